"""`thonmoi doctor`: look at everything an installation rests on; one line each, and what to do."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from backend.clock import Clock, SystemClock
from bot.doctor.checks import Found, examine, refused
from bot.doctor.cleaning import secrets_of, without
from bot.doctor.settings import read_all
from bot.doctor.shapes import Check, Mark, Sight
from conversations.text import N_
from locales import Catalog, catalog

SIGNS: Final = {Mark.GOOD: "✓", Mark.LOOK: "!", Mark.MEND: "✗", Mark.UNSEEN: "–"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = "Exit 0: nothing is to be mended (✗); 1: something is; 2: wrong use."


def run(args: argparse.Namespace) -> int:
    """Print what was found; 1 if something is to be mended. Nothing is sent to anybody."""
    return doctor(os.environ, SystemClock(), as_json=args.json)


def doctor(env: Mapping[str, str], clock: Clock, *, as_json: bool) -> int:
    """Look at the installation that `env` sets up, print and return the exit code."""
    words = catalog(env.get("OFFICE_LANG") or "vi")
    read = read_all(env)

    def waiting(checks: Sequence[Check]) -> None:
        names = ", ".join(dict.fromkeys(_title(check, words) for check in checks))
        print(words.get(N_("… still looking at: {names}"), names=names), file=sys.stderr)

    if isinstance(read, list):
        found = refused(read)
    else:
        sight = Sight(settings=read[0], bots=read[1], clock=clock)
        found = asyncio.run(examine(sight, env, waiting))
    secrets = secrets_of(env)
    mended = any(f.mark is Mark.MEND for _, findings in found for f in findings)
    if as_json:
        shown = {"ok": not mended, "checks": list(_as_json(found, words, secrets))}
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        for line in _lines(found, words, secrets):
            print(line)
    return int(mended)


def _title(check: Check, words: Catalog) -> str:
    return words.get(check.title) + (f" ({check.bot})" if check.bot else "")


def _lines(found: Found, words: Catalog, secrets: tuple[str, ...]) -> Iterator[str]:
    count = dict.fromkeys(Mark, 0)
    for check, findings in found:
        for finding in findings:
            count[finding.mark] += 1
            line = f"{SIGNS[finding.mark]} {_title(check, words)}: {words.say(finding.says)}"
            if finding.advice is not None:
                line += f" → {words.say(finding.advice)}"
            yield without(line, secrets)
    yield ""
    if count[Mark.MEND]:
        yield words.get(N_("To be mended (✗): {count}."), count=count[Mark.MEND])
    else:
        yield words.get(N_("Nothing is to be mended."))
    if count[Mark.LOOK]:
        yield words.get(N_("Worth a look (!): {count}."), count=count[Mark.LOOK])


def _as_json(found: Found, words: Catalog, secrets: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for check, findings in found:
        for finding in findings:
            advice = words.say(finding.advice) if finding.advice is not None else None
            yield {
                "check": check.name,
                "bot": check.bot or None,
                "title": words.get(check.title),
                "mark": finding.mark.value,
                "says": without(words.say(finding.says), secrets),
                "advice": without(advice, secrets) if advice else None,
            }
