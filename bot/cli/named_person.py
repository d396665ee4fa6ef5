"""Naming a person on the command line: by number to call, by name, or by the number in the list."""

from __future__ import annotations

import argparse

from backend import audit
from backend.clock import SystemClock
from backend.models import Person
from backend.personal import find, named
from bot.cli.refusal import Refusal
from conversations.text import Text

MOST_DIGITS = 18
"""Of an id: what both databases can hold."""


def row_id(text: str) -> int:
    """Return an id that was typed, 0, which is nobody's, for a longer one than any; or ValueError."""
    if not text.isdecimal():
        raise ValueError(text)
    return int(text) if len(text) <= MOST_DIGITS else 0


def add_person_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Declare `--phone`, `--id` and `--person`, one of which is needed."""
    who = parser.add_mutually_exclusive_group(required=required)
    who.add_argument("--phone", metavar="NUMBER", help="in any spelling")
    who.add_argument("--id", type=row_id, metavar="ID")
    who.add_argument("--person", metavar="NAME", help="the whole name, with or without marks")


async def named_person(args: argparse.Namespace) -> Person:
    """Return the person; raise Refusal for one who is not known, or a name that several have."""
    if args.person is not None:
        people = await named(args.person)
        if len(people) > 1:
            told = {"name": args.person[:80], "ids": ", ".join(str(p.id) for p in people)}
            raise Refusal(Text("Several people are called {name}: name one by --id ({ids}).", told))
        found = people[0] if people else None
    else:
        found = await find(phone=args.phone, person_id=args.id)
    if found is None:
        raise Refusal(Text("Nobody of this number, name or id is known."))
    return found


async def names_listed(command: str, rows: int) -> None:
    """Note that a list with names of people was shown at the command line, unless it was empty."""
    if rows:
        await audit.record(
            "people.listed",
            by=None,
            subject="people",
            at=SystemClock().now(),
            details={"command": command, "rows": rows},
        )
