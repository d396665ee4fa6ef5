"""Naming a person on the command line: by number to call or by the number in the list."""

from __future__ import annotations

import argparse

from backend.models import Person
from backend.personal import find
from bot.cli.refusal import Refusal
from conversations.text import Text


def add_person_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--phone` and `--id`, one of which is needed."""
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--phone", metavar="NUMBER")
    who.add_argument("--id", type=int, metavar="ID")


async def named_person(args: argparse.Namespace) -> Person:
    """Return the person; raise Refusal for one who is not known."""
    found = await find(phone=args.phone, person_id=args.id)
    if found is None:
        raise Refusal(Text("Nobody of this number or id is known."))
    return found
