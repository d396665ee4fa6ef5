"""`thonmoi role`: who may what in which unit, and taking a role away."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from backend.area_tree import subtree
from backend.clock import SystemClock
from backend.models import Area, Person, RoleGrant
from backend.people import Role
from backend.roles import RefusedEndError, end_role, role_name, roles_listed
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.named_person import add_person_arguments, named_person, names_listed
from bot.cli.refusal import Refusal
from conversations.text import N_, Text
from locales import Catalog, catalog

MOST_ROWS = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `list` and `end`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = (
        "list the roles in force: of everybody, of one unit and what is below it, of one person"
    )
    listed = actions.add_parser("list", help=summary, description=summary)
    add_person_arguments(listed, required=False)
    listed.add_argument("--ended", action="store_true", help="with those that were taken away")
    listed.set_defaults(act=_list)
    summary = "take a role away; links, sessions and reminders that go with it end at once"
    end = actions.add_parser("end", help=summary, description=summary)
    add_person_arguments(end)
    end.add_argument("--reason", required=True, metavar="TEXT", help="why; kept beside the role")
    end.set_defaults(act=_end)
    for some in (listed, end):
        some.add_argument("--area", metavar="CODE", help="area code from the plan")
        some.add_argument("--role", choices=[str(role) for role in Role])
        some.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; Refusal for who or what is not known, and for the last admin."""
    return int(args.act(args, read_settings(os.environ)))


def _list(args: argparse.Namespace, settings: Settings) -> int:
    async def work() -> list[RoleGrant]:
        areas = await _areas(args, below=True)
        asked = args.person is not None or args.phone is not None or args.id is not None
        person = await named_person(args) if asked else None
        rows = await roles_listed(
            areas=areas,
            person_id=person.id if person else None,
            role=Role(args.role) if args.role else None,
            ended=args.ended,
            limit=MOST_ROWS,
        )
        await names_listed("role", len(rows))
        return rows

    rows = in_database(settings, work)
    words = catalog(settings.lang)
    if args.json:
        print(json.dumps([_row(row, settings) for row in rows], ensure_ascii=False))
        return 0
    for row in rows:
        print(_line(row, words, settings))
    if not rows:
        print(words.get(N_("Nobody has such a role.")))
    return 0


def _end(args: argparse.Namespace, settings: Settings) -> int:
    words = catalog(settings.lang)

    async def work() -> tuple[Person, RoleGrant]:
        person = await named_person(args)
        rows = await roles_listed(
            areas=await _areas(args, below=False),
            person_id=person.id,
            role=Role(args.role) if args.role else None,
        )
        if not rows:
            raise Refusal(Text("This person has no such role."))
        if len(rows) > 1:
            told = {"roles": " · ".join(f"--role {r.role} --area {r.area.code}" for r in rows)}
            raise Refusal(Text("This person has several roles. Say which one: {roles}", told))
        try:
            await end_role(rows[0], args.reason, SystemClock().now(), by=None)
        except RefusedEndError as refused:
            raise Refusal(refused.why) from refused
        return person, await RoleGrant.get(id=rows[0].id).prefetch_related("person", "area")

    person, row = in_database(settings, work)
    if args.json:
        print(json.dumps(_row(row, settings), ensure_ascii=False))
        return 0
    done = N_("The role is taken away: {name}, {role}, {area}.")
    role = words.say(role_name(Role(row.role)))
    print(words.get(done, name=person.name or f"#{person.id}", role=role, area=row.area.name))
    return 0


async def _areas(args: argparse.Namespace, *, below: bool) -> frozenset[int] | None:
    if not args.area:
        return None
    area = await Area.get_or_none(code=args.area)
    if area is None:
        told = {"code": args.area[:64]}
        raise Refusal(Text("--area {code}: no such area; `thonmoi plan show` lists them", told))
    return await subtree([area.id]) if below else frozenset({area.id})


def _row(row: RoleGrant, settings: Settings) -> dict[str, Any]:
    zone = settings.zone
    ended = row.revoked_at.astimezone(zone) if row.revoked_at else None
    return {
        "id": row.id,
        "person": row.person.id,
        "name": row.person.name,
        "role": row.role,
        "area": row.area.code,
        "area_name": row.area.name,
        "owner": row.owner,
        "since": row.granted_at.astimezone(zone).isoformat(timespec="minutes"),
        "ended": ended.isoformat(timespec="minutes") if ended else None,
        "reason": row.revoked_reason,
    }


def _line(row: RoleGrant, words: Catalog, settings: Settings) -> str:
    who = f"#{row.person.id} {row.person.name}".rstrip()
    of = f" · {row.owner}" if row.owner else ""
    role = words.say(role_name(Role(row.role)))
    line = f"{who}  {role}{of}  {row.area.name} ({row.area.code})"
    if row.revoked_at is None:
        since = row.granted_at.astimezone(settings.zone)
        return f"{line}  {words.get(N_('since {moment}'), moment=words.date(since))}"
    moment = words.date(row.revoked_at.astimezone(settings.zone))
    ended = words.get(N_("ended {moment}: {reason}"), moment=moment, reason=row.revoked_reason)
    return f"{line}  {ended}"
