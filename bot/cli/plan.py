"""`thonmoi plan`: check, load, list and show plan packs."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from typing import Any

from tortoise.exceptions import OperationalError

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.plans.load import PackRefusedError, load_pack, pack_ids
from backend.plans.located import PackError
from backend.plans.schema import Pack
from backend.plans.store import content_of, load_into_database, loaded_plans
from backend.settings import read_settings
from bot.cli import plan_new
from bot.cli.plan_text import plan_lines
from bot.cli.refusal import Refusal
from bot.cli.speaking import speaker
from conversations.text import N_, Text

DEFAULT_PLAN = "vi-du"
NO_TABLES = N_("The database has no tables yet. Run: thonmoi migrate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, act, summary in (
        ("check", _check, "say everything that is wrong with a pack"),
        ("load", _load, "put a pack in force in the database"),
        ("show", _show, "show what a pack holds and what nobody has decided yet"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        action.add_argument(
            "pack",
            metavar="DIR|ID",
            nargs="?",
            default=os.environ.get("PLAN") or DEFAULT_PLAN,
            help="a pack's id, or its folder; default: PLAN",
        )
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(act=act)
    summary = "list the packs that come along and those that were loaded"
    listing = actions.add_parser("list", help=summary, description=summary)
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(act=_list)
    summary = "write a commented plan for an office to fill in"
    plan_new.add_arguments(actions.add_parser("new", help=summary, description=summary))


def run(args: argparse.Namespace) -> int:
    """Do what was asked; a pack that cannot be used is refused with every mistake in it."""
    return int(args.act(args))


def _read(pack: str) -> Pack:
    try:
        return load_pack(pack)
    except PackRefusedError as refused:
        raise refusal_of(refused) from refused


def refusal_of(refused: PackRefusedError) -> Refusal:
    """Return every mistake of a file as one refusal, one line each with its place."""
    return Refusal("\n".join(_sentence(error) for error in refused.errors))


def _sentence(error: PackError) -> str:
    place = f"{error.file}:{error.line}" if error.line else error.file
    key = f"{error.key}: " if error.key else ""
    return f"{place}: {key}{speaker().say(error.reason)}"


def _check(args: argparse.Namespace) -> int:
    if not args.json:
        pack = _read(args.pack)
        good = Text("The plan {plan} is in order.", {"plan": f"{pack.id} ({pack.name})"})
        print(speaker().say(good))
        return 0
    try:
        pack = load_pack(args.pack)
    except PackRefusedError as refused:
        errors = [
            {
                "file": e.file,
                "line": e.line or None,
                "key": e.key,
                "reason": speaker().say(e.reason),
            }
            for e in refused.errors
        ]
        print(json.dumps({"ok": False, "errors": errors}, ensure_ascii=False))
        return 2
    print(json.dumps({"ok": True, "id": pack.id, "errors": []}, ensure_ascii=False))
    return 0


def _load(args: argparse.Namespace) -> int:
    pack = _read(args.pack)
    asyncio.run(_put_in_force(pack))
    if args.json:
        print(json.dumps({"id": pack.id, "sha256": content_of(pack)[1]}))
    else:
        good = Text("The plan {plan} is in force.", {"plan": f"{pack.id} ({pack.name})"})
        print(speaker().say(good))
    return 0


async def _put_in_force(pack: Pack) -> None:
    await open_database(read_settings(os.environ).database_url)
    try:
        await load_into_database(pack, SystemClock())
    except OperationalError as error:
        raise Refusal(speaker().get(NO_TABLES)) from error
    finally:
        await close_database()


def _list(args: argparse.Namespace) -> int:
    packs = [_facts(_read(pack_id)) for pack_id in pack_ids()]
    loaded = asyncio.run(_loaded())
    if args.json:
        print(json.dumps({"packs": packs, "loaded": loaded}, ensure_ascii=False))
        return 0
    for pack in packs:
        times = [row["loaded_at"] for row in loaded if row["id"] == pack["id"]]
        state = f" [{times[-1]}]" if times else ""
        print(f"{pack['id']}\t{pack['year']}\t{pack['name']}{state}")
    return 0


async def _loaded() -> list[dict[str, str]]:
    await open_database(read_settings(os.environ).database_url)
    try:
        rows = await loaded_plans()
    except OperationalError:
        return []  # no tables yet: nothing was loaded
    finally:
        await close_database()
    return [
        {"id": row.pack, "sha256": row.sha256, "loaded_at": row.loaded_at.isoformat()}
        for row in rows
    ]


def _facts(pack: Pack) -> dict[str, Any]:
    return {
        "id": pack.id,
        "name": pack.name,
        "year": pack.year,
        "extends": pack.extends,
        "sample": pack.sample,
        "historical": pack.historical,
        "villages": sum(area.level == "village" for area in pack.areas),
    }


def _show(args: argparse.Namespace) -> int:
    pack = _read(args.pack)
    if args.json:
        print(pack.model_dump_json(indent=2))
        return 0
    print("\n".join(plan_lines(pack, speaker())))
    return 0
