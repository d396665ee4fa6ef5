"""`thonmoi setting`: what the office has set beside its plan; setting and ending it; the log."""

from __future__ import annotations

import argparse
import getpass
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from backend.clock import SystemClock
from backend.models import OfficeSetting
from backend.office_settings.asked import Asked
from backend.office_settings.keys import DAYS, Key
from backend.office_settings.listing import Item
from backend.office_settings.service import Look, confirm, look_at, preview_of
from backend.office_settings.store import (
    ChangedMeanwhileError,
    Setter,
    Wanted,
    key_of,
    log_of,
    value_of,
)
from backend.office_settings.told import change_lines, log_line, preview_lines
from backend.office_settings.values import WrongValueError
from backend.office_settings.words import coming_of, name_of, origin_of, shown_value
from backend.plans.store import NoPlanError
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.refusal import Refusal
from conversations.text import N_
from locales import catalog

T = TypeVar("T")
MOST_LOG = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "list what may be set, with its present value and where that comes from"
    listed = actions.add_parser("list", help=summary, description=summary)
    listed.set_defaults(act=_list)
    summary = "set a value, for example: setting set deadline:quarterly 13 --source 'QĐ 12'"
    put = actions.add_parser("set", help=summary, description=summary)
    put.add_argument("key", metavar="KEY", help="as `setting list` names it")
    put.add_argument("value", metavar="VALUE")
    put.add_argument("--to", default="", metavar="DAY", help="last day of validity")
    put.set_defaults(act=_set, ends=False)
    summary = "end the office's own value: the plan's holds again"
    end = actions.add_parser("end", help=summary, description=summary)
    end.add_argument("key", metavar="KEY", help="as `setting list` names it")
    end.set_defaults(act=_set, ends=True, value="", to="")
    for changing in (put, end):
        changing.add_argument(
            "--source", required=True, metavar="TEXT", help="the document that says so"
        )
        changing.add_argument(
            "--from", dest="since", default="", metavar="DAY", help="first day; default: today"
        )
        changing.add_argument("--by", default="", metavar="NAME", help="who sets it")
        changing.add_argument("--dry-run", action="store_true", help="only say what would change")
    summary = "show who set what, when, and from which document, newest first"
    log = actions.add_parser("log", help=summary, description=summary)
    log.add_argument("--key", default="", metavar="KEY", help="only this setting")
    log.add_argument("--limit", type=int, default=50, metavar="N")
    log.set_defaults(act=_log)
    for action in (listed, put, end, log):
        action.add_argument(
            "--area", default="", metavar="CODE", help="one unit and what is below it"
        )
        action.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; a value that cannot be is refused in one sentence, nothing half set."""
    return int(args.act(args, read_settings(os.environ)))


def _in_database(settings: Settings, act: Callable[[], Awaitable[T]]) -> T:
    say = catalog(settings.lang)
    try:
        return in_database(settings, act)
    except NoPlanError as error:
        sentence = N_("The plan {plan} is not loaded. Run: thonmoi plan load")
        raise Refusal(say.get(sentence, plan=settings.plan)) from error
    except WrongValueError as error:
        raise Refusal(say.say(error.reason)) from error
    except ChangedMeanwhileError as error:
        raise Refusal(say.say(error.reason)) from error


def _list(args: argparse.Namespace, settings: Settings) -> int:
    words = catalog(settings.lang)
    look = _in_database(
        settings, lambda: look_at(settings.plan, SystemClock(), settings.zone, args.area)
    )
    if args.json:
        print(json.dumps([_item(i, look, settings) for i in look.items], ensure_ascii=False))
        return 0
    for item in look.items:
        shown = shown_value(item.key, item.value, look.bare, words)
        origin = origin_of(item, look.bare, words, settings.zone)
        print(f"{item.key}\n  {name_of(item.key, look.bare, words)}: {shown}\n  {origin}")
        for line in coming_of(item, look.bare, words):
            print(f"  {line}")
    return 0


def _item(item: Item, look: Look, settings: Settings) -> dict[str, Any]:
    words, act = catalog(settings.lang), item.act
    return {
        "key": str(item.key),
        "name": name_of(item.key, look.bare, words),
        "value": item.value,
        "shown": shown_value(item.key, item.value, look.bare, words),
        "plan_value": item.own,
        "origin": origin_of(item, look.bare, words, settings.zone),
        "coming": coming_of(item, look.bare, words),
        "set": None
        if act is None
        else {
            "by": act.by,
            "at": act.at.isoformat() if act.at else None,
            "source": act.source,
            "valid_from": act.valid_from.isoformat(),
            "valid_to": act.valid_to.isoformat() if act.valid_to else None,
        },
    }


def _set(args: argparse.Namespace, settings: Settings) -> int:
    words, clock = catalog(settings.lang), SystemClock()
    key = _key(args.key, settings)
    asked = Asked(
        key=key,
        value=args.value,
        source=args.source,
        valid_from=args.since,
        valid_to=args.to,
        ends=args.ends,
    )

    async def work() -> tuple[Look, Wanted, list[str], OfficeSetting | None]:
        look = await look_at(settings.plan, clock, settings.zone, args.area or key.area)
        wanted = look.understood(replace(asked, key=replace(key, area=look.area)))
        lines = change_lines(look, wanted, words)
        found = await preview_of(look, wanted, clock, settings.zone)
        lines += preview_lines(found, wanted, words)
        if args.dry_run:
            return look, wanted, lines, None
        item = look.item(wanted.key)
        by = Setter(None, " ".join(args.by.split()) or _account(), "command")
        seen = item.number if item else 0
        return look, wanted, lines, await confirm(look, wanted, by, clock, seen=seen)

    look, wanted, lines, row = _in_database(settings, work)
    if args.json:
        shown = {"applied": row is not None, "key": str(wanted.key), "preview": lines}
        shown |= {"set": None if row is None else _row(row, look, settings)}
        print(json.dumps(shown, ensure_ascii=False))
        return 0
    for line in lines:
        print(line)
    done = N_("It is set.") if row else N_("Nothing is set yet. To do it, leave out --dry-run.")
    print(words.get(done))
    return 0


def _log(args: argparse.Namespace, settings: Settings) -> int:
    words = catalog(settings.lang)
    key = _key(args.key, settings) if args.key else None
    if not 1 <= args.limit <= MOST_LOG:
        raise Refusal(words.get(N_("--limit lies between 1 and {most}."), most=MOST_LOG))

    async def work() -> tuple[Look, list[OfficeSetting]]:
        look = await look_at(settings.plan, SystemClock(), settings.zone, args.area)
        where = look.area or None
        return look, await log_of(look.bare.id, key=key, area=where, limit=args.limit)

    look, rows = _in_database(settings, work)
    if args.json:
        print(json.dumps([_row(row, look, settings) for row in rows], ensure_ascii=False))
        return 0
    for row in rows:
        print(log_line(row, look, words, settings.zone))
    if not rows:
        print(words.get(N_("Nothing was set yet.")))
    return 0


def _row(row: OfficeSetting, look: Look, settings: Settings) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": str(key_of(row)),
        "area": row.area,
        "name": name_of(key_of(row), look.bare, catalog(settings.lang)),
        "act": row.act,
        "value": value_of(row),
        "unit": row.unit,
        "source": row.source,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "by": row.set_by_name,
        "via": row.via,
        "at": row.set_at.astimezone(settings.zone).isoformat(),
    }


def _key(text: str, settings: Settings) -> Key:
    key = Key.read(text)
    if key is None:
        sentence = N_("There is no setting {name}; `thonmoi setting list` names them.")
        raise Refusal(catalog(settings.lang).get(sentence, name=text[:80]))
    return Key(key.kind) if key.kind in DAYS and not key.target else key


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "thonmoi"
