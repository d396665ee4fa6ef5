"""`thonmoi invite`: a code, a link and a QR picture for one role in one area."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from tortoise.exceptions import OperationalError

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.invites import DEFAULT_DAYS, MAX_DAYS, MAX_USES, make_invite, spoken
from backend.models import Area
from backend.people import Grant, Role, fits
from backend.settings import Settings, read_settings
from bot.cli.plan import NO_TABLES
from bot.cli.refusal import Refusal
from bot.doors.links import invite_links, ways_of
from bot.doors.settings import read_bots
from conversations.text import Text

PICTURES = (".svg", ".png", ".pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--role", required=True, choices=[str(role) for role in Role])
    parser.add_argument("--area", required=True, metavar="CODE", help="area code from the plan")
    parser.add_argument("--owner", default="", help="department of a department officer")
    parser.add_argument("--name", default="", help="name of the person invited")
    parser.add_argument("--uses", type=int, default=1, help="how many people may use it")
    parser.add_argument("--expires", type=int, default=DEFAULT_DAYS, metavar="DAYS")
    parser.add_argument("--qr", metavar="FILE", help="save the QR picture (.svg, .png or .pdf)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Make the invitation and print it; Refusal for an area, number or file that cannot be.

    A terminal is shown the QR as well; `--qr` saves it as a picture to print.
    """
    if args.qr and Path(args.qr).suffix not in PICTURES:
        told = {"file": args.qr, "names": ", ".join(PICTURES)}
        raise Refusal(Text("--qr {file}: a picture ends in {names}", told))
    settings = read_settings(os.environ)
    made = asyncio.run(_made(args, settings))
    picture = segno.make(made["links"]["web"], error="m")
    if args.qr:
        try:
            picture.save(args.qr, scale=8)
        except OSError as error:
            raise Refusal(Text("{file} cannot be written.", {"file": args.qr})) from error
    if args.json:
        print(json.dumps(made, ensure_ascii=False))
        return 0
    end = datetime.fromisoformat(made["expires_at"]).astimezone(settings.zone)
    print(f"{spoken(made['code'])}  (→ {end:%H:%M %d/%m/%Y})")
    for name in ("web", "telegram", "zalo"):
        if made["links"][name]:
            print(made["links"][name])
    if sys.stdout.isatty():
        picture.terminal(compact=True)
    return 0


async def _links(code: str, settings: Settings, area_id: int) -> dict[str, Any]:
    """Return the links that carry a code; None for a channel that is not set up. The QR is the web's."""
    ways = ways_of(read_bots(settings.doors))
    links = await invite_links(ways, settings.public_url, code, area_id)
    picture = io.BytesIO()
    segno.make(links["web"], error="m").save(
        picture, kind="svg", scale=4, xmldecl=False, svgns=True
    )
    return {"telegram": None, "zalo": None, **links, "qr_svg": picture.getvalue().decode()}


async def _made(args: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    role = Role(args.role)
    await open_database(settings.database_url)
    try:
        area = await Area.get_or_none(code=args.area)
        if area is None:
            told = {"code": args.area[:64]}
            raise Refusal(Text("--area {code}: no such area; `thonmoi plan show` lists them", told))
        if not fits(role, area.level):
            told = {"code": area.code, "role": str(role), "level": area.level}
            raise Refusal(Text("--area {code}: a {role} is not for a {level}", told))
        grant = Grant(role, area.id, args.owner)
        try:
            invite, code = await make_invite(
                grant, SystemClock().now(), name=args.name, days=args.expires, uses=args.uses
            )
        except ValueError as error:
            bounds = {"people": MAX_USES, "days": MAX_DAYS}
            bounded = Text(
                "An invitation is for 1 to {people} people and 1 to {days} days.", bounds
            )
            raise Refusal(bounded) from error
        links = await _links(code, settings, area.id)
    except OperationalError as error:
        raise Refusal(Text(NO_TABLES)) from error
    finally:
        await close_database()
    return {
        "code": code,
        "expires_at": invite.expires_at.isoformat(),
        "links": links,
    }
