"""`thonmoi due`: what would be sent at a moment, to whom and why, without sending."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import OperationalError

from backend.adhoc.kept import reports_of
from backend.adhoc.shapes import Report
from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.models import Area
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError, active_pack
from backend.quota.books import open_books
from backend.reports.words import period_name
from backend.schedule.due import Due, due, is_quiet
from backend.schedule.obligations import deadlines
from backend.settings import Settings, read_settings
from backend.status.model import Deadline
from bot.cli.refusal import Refusal
from bot.schedule import chats_of
from conversations.text import N_
from locales import Catalog, catalog

ROLE_WORDS = {
    "village_head": N_("village head"),
    "commune_officer": N_("commune officer"),
    "department_officer": N_("department officer"),
    "admin": N_("administrator"),
    "district_officer": N_("officer of the supervising office"),
}


HORIZON = 120
"""How many days ahead deadlines are listed."""


YEARS = (2000, 2100)
"""Of --at: there are days before and after every moment that is looked at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--at",
        metavar="ISO_TIME",
        help="e.g. 2026-12-07T07:30; the office's zone if it names none; default: now",
    )
    parser.add_argument("--area", metavar="CODE", help="only people of this area and below")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Print everything whose time is not after --at and that was not queued yet."""
    settings = read_settings(os.environ)
    at = _moment(args.at, settings) if args.at else SystemClock().now()
    pack, things, channels, reports = asyncio.run(_look(settings, at, args.area))
    if args.json:
        shown = _as_json(pack, at.astimezone(settings.zone), things, channels, settings)
        shown["ad_hoc"] = [_ad_hoc(r, pack, at.astimezone(settings.zone)) for r in reports]
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        print(_as_text(at.astimezone(settings.zone), pack, things, channels, settings))
    return 0


async def _look(
    settings: Settings, at: datetime, area_code: str | None
) -> tuple[Pack, list[Due], dict[str, str], list[Report]]:
    await open_database(settings.database_url)
    try:
        pack = await active_pack(settings.plan, at.astimezone(settings.zone).date())
        area = await Area.get_or_none(code=area_code) if area_code else None
        if area_code and area is None:
            say = catalog(settings.lang).get
            raise Refusal(say(N_("--area: the plan has no area {code}."), code=area_code[:64]))
        things = await due(at, pack, settings.zone, area=area)
        kept = await reports_of(pack, at.astimezone(settings.zone).date())
        chats = await chats_of(things, await open_books(at, settings.zone))
    except NoPlanError as missing:
        say = catalog(settings.lang).get
        raise Refusal(
            say(N_("The plan {plan} is not loaded. Run: thonmoi plan load"), plan=settings.plan)
        ) from missing
    except OperationalError as error:
        say = catalog(settings.lang).get
        raise Refusal(
            say(N_("The database is not ready. Run: thonmoi migrate")),
        ) from error
    finally:
        await close_database()
    reports = [r for r in kept if r.opened_at <= at]
    return pack, things, {key: chat.channel for key, chat in chats.items()}, reports


def _moment(text: str, settings: Settings) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901  (only its year is looked at)
    if not YEARS[0] <= at.year <= YEARS[1]:
        say = catalog(settings.lang).get
        raise Refusal(say(N_("--at: {text} is no time such as 2026-12-07T07:30."), text=text[:40]))
    return at if at.tzinfo else at.replace(tzinfo=settings.zone)


def _as_json(
    pack: Pack, at: datetime, things: list[Due], channels: dict[str, str], settings: Settings
) -> dict[str, Any]:
    speaker = catalog(settings.lang)
    return {
        "at": at.isoformat(),
        "plan": pack.id,
        "sample": pack.sample,
        "quiet": is_quiet(pack, at.time()),
        "deadlines": [_deadline(found, speaker) for found in deadlines(pack, at.date(), HORIZON)],
        "due": [
            {
                "key": thing.key,
                "kind": thing.kind,
                "moment": thing.moment.astimezone(settings.zone).isoformat(),
                "to": {
                    "name": thing.person_name,
                    "role": thing.role,
                    "area": thing.area_code,
                    "area_name": thing.area_name,
                },
                "channel": channels.get(thing.key),
                "period": thing.period,
                "deadline": thing.deadline.isoformat() if thing.deadline else None,
                "why": speaker.say(thing.why),
                "missing": [
                    {
                        "area": m.area_code,
                        "area_name": m.area_name,
                        "questionnaire": m.questionnaire,
                        "title": m.title,
                        "period": m.period,
                        "deadline": m.due.isoformat(),
                        "begun": m.begun,
                        "photos": m.photos,
                    }
                    for m in thing.missing
                ],
                "late": [
                    {
                        "area": v.code,
                        "area_name": v.name,
                        "missing": v.missing,
                        "again": v.again,
                        "call": v.call,
                    }
                    for v in thing.late
                ],
                "reports": [_deadline(found, speaker) for found in thing.reports],
                "nobody_answers_for": [_deadline(found, speaker) for found in thing.nobodys],
            }
            for thing in things
        ],
    }


def _deadline(found: Deadline, speaker: Catalog) -> dict[str, Any]:
    return {
        "day": found.last_day.isoformat() if found.last_day else None,
        "plan_day": found.plan_day.isoformat() if found.plan_day else None,
        "said": speaker.get(N_("by {day}"), day=found.last_day)
        if found.last_day
        else speaker.get(N_("no deadline set")),
        "period": found.period,
        "names": list(found.names),
        "obliged": found.obliged,
        "via": found.via,
        "to": found.to,
    }


def _ad_hoc(report: Report, pack: Pack, at: datetime) -> dict[str, Any]:
    """Return a report asked for once; `at` is in the office's zone."""
    zone = at.tzinfo or UTC
    return {
        "name": report.name,
        "before": report.before.isoformat(),
        "day": report.last_day(pack, zone).isoformat(),
        "questionnaire": report.questionnaire,
        "state": report.standing(pack, at.date(), zone),
        "answered": [u.code for n, u in report.units.items() if n in report.answered],
        "missing": [u.code for u in report.missing],
    }


def _as_text(
    at: datetime, pack: Pack, things: list[Due], channels: dict[str, str], settings: Settings
) -> str:
    speaker = catalog(settings.lang)
    lines = [_line(thing, channels, speaker) for thing in things]
    if not lines and is_quiet(pack, at.time()):
        lines = [speaker.get(N_("Quiet hours: nothing is sent at {time}."), time=at)]
    elif not lines:
        lines = [speaker.get(N_("Nothing is due at {time}."), time=at)]
    found = deadlines(pack, at.date(), HORIZON)
    if found:
        lines += ["", speaker.get(N_("Deadlines of the next {days} days:"), days=HORIZON)]
        lines += [_deadline_line(deadline, speaker) for deadline in found]
    return "\n".join(lines)


def _deadline_line(found: Deadline, speaker: Catalog) -> str:
    said = speaker.get(N_("no deadline set"))
    if found.last_day:
        said = speaker.get(N_("by {day}"), day=found.last_day)
    parts = ["; ".join(found.names), said]
    if found.period:
        parts.append(period_name(found.period, speaker))
    if found.obliged:
        parts.append(speaker.get(N_("Who reports: {obliged}"), obliged=found.obliged))
    return "• " + " · ".join(parts)


def _line(thing: Due, channels: dict[str, str], speaker: Catalog) -> str:
    role = speaker.get(ROLE_WORDS.get(thing.role, thing.role))
    parts = [f"{thing.person_name} ({role}, {thing.area_name})", speaker.say(thing.why)]
    if thing.missing:
        titles = "; ".join(f"{m.area_name}: {m.title}" for m in thing.missing)
        parts.append(speaker.get(N_("missing: {titles}"), titles=titles))
    if thing.key not in channels:
        parts.append(speaker.get(N_("has no chat that can be reached")))
    return " · ".join(parts)
