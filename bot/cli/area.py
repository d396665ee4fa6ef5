"""`thonmoi area`: reforms of the tree, and lists of villages and people from a spreadsheet."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from tortoise.exceptions import OperationalError

from backend.areas.reform import apply_reform
from backend.areas.reform_file import Reform, read_reform
from backend.areas.reform_plan import Changes
from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.people import Role
from backend.plans.load import PackRefusedError
from backend.roles import role_name
from backend.settings import Settings, read_settings
from bot.cli import area_list
from bot.cli.plan import NO_TABLES, refusal_of
from bot.cli.refusal import Refusal
from conversations.text import Param, Text
from locales import catalog

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "apply a dated change of the tree, such as the mergers of July 2025"
    reform = actions.add_parser("reform", help=summary, description=summary)
    reform.add_argument("file", metavar="FILE", help="a YAML file, or reform-2025 that comes along")
    reform.add_argument("--dry-run", action="store_true", help="only say what would change")
    reform.add_argument(
        "--move-people",
        action="store_true",
        help="take roles at ended units to the unit that took their place",
    )
    reform.add_argument("--json", action="store_true", help="print JSON")
    reform.set_defaults(act=_reform)
    area_list.add_actions(actions, in_database)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; a file that does not fit is refused as a whole with every reason."""
    return int(args.act(args))


def in_database(settings: Settings, act: Callable[[], Awaitable[T]]) -> T:
    """Return what `act` returns with the office's database open; Refusal without tables."""

    async def opened() -> T:
        await open_database(settings.database_url)
        try:
            return await act()
        except OperationalError as error:
            raise Refusal(catalog(settings.lang).get(NO_TABLES)) from error
        finally:
            await close_database()

    return asyncio.run(opened())


def _reform(args: argparse.Namespace) -> int:
    settings = read_settings(os.environ)
    try:
        file = read_reform(args.file)
        changes = in_database(
            settings,
            lambda: apply_reform(
                file,
                SystemClock(),
                zone=settings.zone,
                dry_run=args.dry_run,
                move_people=args.move_people,
            ),
        )
    except PackRefusedError as refused:
        raise refusal_of(refused) from refused
    if args.json:
        print(json.dumps(_as_json(changes, applied=not args.dry_run), ensure_ascii=False))
        return 0
    say = catalog(settings.lang).say
    for line in _lines(file.reform, changes, moved=args.move_people):
        print(say(line))
    if changes and args.dry_run:
        print(say(Text("Nothing is changed yet. To apply it, leave out --dry-run.")))
    return 0


def _lines(reform: Reform, changes: Changes, *, moved: bool) -> Iterator[Text | str]:
    if not changes:
        yield Text("There is nothing to change: this was applied before.")
    old: dict[str, list[str]] = {}
    for code, area in changes.successions:
        old.setdefault(code, []).append(area.name)
    for unit in changes.begins:
        names = ", ".join([*old.get(unit.code, ()), *unit.also])
        params: dict[str, Param] = {
            "name": unit.name,
            "code": unit.code,
            "day": reform.date,
            "names": names,
        }
        yield Text("{name} ({code}) begins on {day}, out of: {names}", params)
    eve = reform.date - timedelta(days=1)
    for area in changes.ends:
        yield Text(
            "{name} ({code}) ends on {day}", {"name": area.name, "code": area.code, "day": eve}
        )
    for area, parent in changes.moves:
        params = {"name": area.name, "code": area.code, "parent": parent}
        yield Text("{name} ({code}) lies in {parent} from then on", params)
    for role in changes.stranded:
        params = {"person": role.person, "role": role_name(Role(role.role)), "area": role.area}
        if moved and role.successor:
            yield Text("{person} ({role}, {area}) goes along to the new unit", params)
        else:
            yield Text(
                "{person} ({role}, {area}) has no work there any more: please invite anew", params
            )


def _as_json(changes: Changes, *, applied: bool) -> dict[str, Any]:
    return {
        "applied": applied and bool(changes),
        "begins": [{"code": u.code, "name": u.name} for u in changes.begins],
        "ends": [{"code": a.code, "name": a.name} for a in changes.ends],
        "moves": [{"code": a.code, "name": a.name, "to": to} for a, to in changes.moves],
        "left_out": changes.left_out,
        "stranded": [
            {"person": s.person, "role": s.role, "area": s.area, "successor": s.successor or None}
            for s in changes.stranded
        ],
    }
