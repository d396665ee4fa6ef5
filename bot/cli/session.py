"""`thonmoi session`: who is signed in to the office's pages, and ending it."""

from __future__ import annotations

import argparse
import json
import os

from backend.clock import SystemClock
from backend.models import OfficeSession, Person
from backend.office.session import person_of
from backend.sessions import Why, end_all, open_sessions
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.named_person import add_person_arguments, named_person, names_listed
from conversations.text import N_
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `list` and `end`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "list the open sessions"
    listed = actions.add_parser("list", help=summary, description=summary)
    listed.add_argument("--json", action="store_true", help="print JSON")
    listed.set_defaults(act=_list)
    summary = "sign a person out of every browser"
    end = actions.add_parser("end", help=summary, description=summary)
    add_person_arguments(end)
    end.set_defaults(act=_end)


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    return int(args.act(args, read_settings(os.environ)))


def _list(args: argparse.Namespace, settings: Settings) -> int:
    async def work() -> tuple[list[OfficeSession], dict[int, str]]:
        now = SystemClock().now()
        people = (
            await OfficeSession.filter(revoked_at=None)
            .distinct()
            .values_list("person_id", flat=True)
        )
        found = await open_sessions(sorted({int(str(p)) for p in people}), now)
        names = {p.id: p.name for p in await Person.filter(id__in=[person_of(s) for s in found])}
        await names_listed("session", len(found))
        return found, names

    found, names = in_database(settings, work)
    rows = [
        {
            "id": session.id,
            "person": person_of(session),
            "name": names.get(person_of(session), ""),
            "way": session.way,
            "browser": session.browser,
            "since": session.created_at.astimezone(settings.zone).isoformat(timespec="minutes"),
            "used": session.used_at.astimezone(settings.zone).isoformat(timespec="minutes"),
        }
        for session in found
    ]
    if args.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        print("  ".join(str(value) for value in row.values()))
    if not rows:
        print(catalog(settings.lang).get(N_("Nobody is signed in.")))
    return 0


def _end(args: argparse.Namespace, settings: Settings) -> int:
    async def work() -> int:
        person = await named_person(args)
        return await end_all(person.id, Why.ADMIN, SystemClock().now(), by=None)

    ended = in_database(settings, work)
    print(catalog(settings.lang).get(N_("Sessions ended: {count}"), count=ended))
    return 0
