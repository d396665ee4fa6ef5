"""`thonmoi area import` and `template`: the office's list of villages, people and households."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from backend.clock import SystemClock
from backend.imports.put_in import Change, Kind, Outcome, Wish, put_in
from backend.imports.sheet import SheetError, read_sheets
from backend.imports.template import write_template
from backend.imports.villages import ReadList, RowError, read_list
from backend.imports.words import Column
from backend.models import Area
from backend.plans.schema import Pack
from backend.plans.store import MADE_UP, NoPlanError, active_pack
from backend.settings import Settings, read_settings
from bot.cli.refusal import Refusal
from conversations.text import N_, Param, Text
from locales import Catalog, catalog

InDatabase = Callable[..., Any]
"""`bot.cli.area.in_database`."""

COLUMN_NAMES = {
    Column.CODE: N_("Code (do not change)"),
    Column.VILLAGE: N_("Village"),
    Column.COMMUNE: N_("Commune"),
    Column.PERSON: N_("Person in charge"),
    Column.PHONE: N_("Telephone number"),
    Column.HOUSEHOLDS: N_("Households"),
}


def add_actions(actions: Any, in_database: InDatabase) -> None:
    """Declare `import` and `template` beside the other actions of `thonmoi area`."""
    summary = "preview a list of villages and people (.xlsx, .csv); --apply puts it in"
    put = actions.add_parser("import", help=summary, description=summary)
    put.add_argument("file", metavar="FILE", type=Path)
    put.add_argument("--apply", action="store_true", help="put it in, if no row is wrong")
    put.add_argument("--new-communes", action="store_true", help="let it bring communes not known")
    put.add_argument("--json", action="store_true", help="print JSON")
    put.set_defaults(act=lambda args: _import(args, in_database))
    summary = "write a list to fill in, with the villages known already"
    template = actions.add_parser("template", help=summary, description=summary)
    template.add_argument("file", metavar="FILE.xlsx", type=Path)
    template.set_defaults(act=lambda args: _template(args, in_database))


async def _pack(settings: Settings) -> Pack:
    try:
        return await active_pack(settings.plan)
    except NoPlanError as error:
        sentence = N_("The plan {plan} is not loaded. Run: thonmoi plan load")
        raise Refusal(catalog(settings.lang).get(sentence, plan=settings.plan)) from error


def _import(args: argparse.Namespace, in_database: InDatabase) -> int:
    settings = read_settings(os.environ)
    speaker = catalog(settings.lang)
    try:
        given = read_list(read_sheets(args.file))
    except SheetError as refused:
        raise Refusal(f"{args.file.name}: {speaker.say(refused.reason)}") from refused
    wish = Wish(apply=args.apply, new_communes=args.new_communes)

    async def work() -> Outcome:
        pack = await _pack(settings)
        return await put_in(given, pack, SystemClock(), zone=settings.zone, wish=wish)

    outcome: Outcome = in_database(settings, work)
    if args.json:
        print(json.dumps(_as_json(outcome, speaker), ensure_ascii=False))
    else:
        for line in _lines(given, outcome, apply=args.apply):
            print(speaker.say(line))
        for error in outcome.errors:
            print(_sentence(error, speaker))
    return 2 if outcome.errors else 0


def _sentence(error: RowError, speaker: Catalog) -> str:
    reason = speaker.say(error.reason)
    if error.column is None:
        return speaker.get(N_("Row {row}: {reason}"), row=error.row, reason=reason)
    column = speaker.get(COLUMN_NAMES[error.column])
    place = N_("Row {row}, column {column}: {reason}")
    return speaker.get(place, row=error.row, column=column, reason=reason)


def _lines(given: ReadList, outcome: Outcome, *, apply: bool) -> Iterator[Text]:
    for change in outcome.changes:
        yield _said(change)
    if outcome.unchanged:
        yield Text("{count} rows change nothing.", {"count": outcome.unchanged})
    if not given.listed and not outcome.errors:
        yield Text("The list has no village.")
    elif outcome.errors:
        yield Text("{count} mistakes: nothing was put in.", {"count": len(outcome.errors)})
    elif outcome.applied:
        yield Text("All of it is put in.")
    elif outcome.changes and not apply:
        yield Text("Nothing is put in yet. To do it, add --apply.")


def _said(change: Change) -> Text:
    """Return a change as a person reads it."""
    names: dict[str, Param] = {
        "row": change.row,
        "village": f"{change.village} ({change.commune})" if change.village else change.commune,
        "new": change.new,
        "old": change.old,
    }
    match change.kind:
        case Kind.NEW_COMMUNE:
            return Text("Row {row}: new commune: {village}", names)
        case Kind.NEW_VILLAGE:
            return Text("Row {row}: new village: {village}", names)
        case Kind.RENAMED:
            return Text("Row {row}: {village} is now called {new}", names)
        case Kind.HOUSEHOLDS if change.old:
            return Text("Row {row}: {village}: {new} households, until now {old}", names)
        case Kind.HOUSEHOLDS:
            return Text("Row {row}: {village}: {new} households", names)
        case Kind.NEW_PERSON:
            return Text("Row {row}: {village}: new in charge: {new}", names)
        case Kind.NEW_ROLE:
            return Text("Row {row}: {village}: now also in charge here: {new}", names)
        case Kind.PHONE:
            return Text("Row {row}: {village}: another telephone number of {new}", names)
        case Kind.ALSO:
            return Text("Row {row}: {village}: {new} stays in charge as well", names)


def _as_json(outcome: Outcome, speaker: Catalog) -> dict[str, Any]:
    return {
        "applied": outcome.applied,
        "changes": [
            {
                "row": c.row,
                "kind": c.kind,
                "village": c.village,
                "commune": c.commune,
                "old": c.old or None,
                "new": c.new or None,
            }
            for c in outcome.changes
        ],
        "unchanged": outcome.unchanged,
        "errors": [
            {"row": e.row, "column": e.column, "reason": speaker.say(e.reason)}
            for e in outcome.errors
        ],
    }


def _template(args: argparse.Namespace, in_database: InDatabase) -> int:
    settings = read_settings(os.environ)
    speaker = catalog(settings.lang)
    if args.file.suffix.lower() != ".xlsx":
        raise Refusal(speaker.get(N_("The file's name must end in .xlsx.")))
    if args.file.exists():
        sentence = N_("{file} is there already. Please choose another name.")
        raise Refusal(speaker.get(sentence, file=args.file.name))

    async def read() -> tuple[Pack, dict[str, int]]:
        rows = await Area.filter(level="village", households__not_isnull=True)
        return await _pack(settings), {
            a.code: a.households for a in rows if a.households is not None and MADE_UP not in a.info
        }

    pack, households = in_database(settings, read)
    today = SystemClock().now().astimezone(settings.zone).date()
    try:
        count = write_template(args.file, pack, today, households, speaker)
    except OSError as error:
        raise Refusal(f"{args.file}: {error.strerror}") from error
    print(speaker.get(N_("{file}: {count} villages"), file=args.file.name, count=count))
    return 0
