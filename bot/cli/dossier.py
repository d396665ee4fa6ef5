"""`thonmoi dossier`: the evidence dossier of a village or a commune, as one zip."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path

from tortoise.exceptions import OperationalError

from backend import audit
from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.dossier.build import Built, build
from backend.dossier.collect import Reader, UnknownAreaError
from backend.dossier.facts import Asked
from backend.plans.store import NoPlanError
from backend.settings import Settings, read_settings
from bot.cli.evidence import opened
from bot.cli.output_file import not_written, output_file
from bot.cli.plan import NO_TABLES
from bot.cli.refusal import Refusal
from conversations.text import N_
from locales import catalog

QUIET_SECONDS = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--area", required=True, metavar="CODE", help="area code from the plan")
    parser.add_argument(
        "--period", metavar="P", help="2026-Q4, 2026-11 or 2026; default: of the newest answers"
    )
    parser.add_argument("--set", default="", metavar="ID", help="one criteria set of the plan only")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.zip")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Build the dossier; Refusal for an area, period, set or file that cannot be."""
    target = output_file(args.output)
    settings = read_settings(os.environ)
    built = asyncio.run(_built(args, settings, target))
    say = catalog(settings.lang).get
    if args.json:
        print(
            json.dumps(
                {
                    "file": str(built.path),
                    "size": built.size,
                    "period": built.period,
                    "submissions": built.submissions,
                    "photos": built.photos,
                    "lost": built.lost,
                },
                ensure_ascii=False,
            )
        )
        return 0
    print(
        say(
            N_("{file}: {submissions} questionnaires, {photos} photos"),
            file=built.path.name,
            submissions=built.submissions,
            photos=built.photos,
        )
    )
    if built.lost:
        print(say(N_("{count} photos are not in the store any more."), count=built.lost))
    return 0


async def _built(args: argparse.Namespace, settings: Settings, target: Path) -> Built:
    words = catalog(settings.lang)
    asked = Asked(args.area, args.period, args.set)
    await open_database(settings.database_url)
    try:
        built = await build(
            asked,
            Reader(settings.plan, words, settings.zone),
            await opened(settings),
            target,
            progress=Shown(),
        )
        try:
            await audit.record(
                "dossier.built",
                by=None,
                subject=f"area:{args.area}",
                at=SystemClock().now(),
                details={"period": built.period, "photos": built.photos},
            )
        except BaseException:  # what cannot be noted is not handed out
            built.path.unlink()
            raise
    except OperationalError as error:
        raise Refusal(words.get(NO_TABLES)) from error
    except NoPlanError as error:
        sentence = N_("The plan {plan} is not loaded. Run: thonmoi plan load")
        raise Refusal(words.get(sentence, plan=settings.plan)) from error
    except UnknownAreaError as error:
        raise Refusal(words.get(N_("The plan has no area {name}."), name=args.area)) from error
    except LookupError as error:
        name = args.set or args.area
        raise Refusal(words.get(N_("The plan does not have {name}."), name=name)) from error
    except ValueError as error:
        sentence = N_("{period} is no period. Write 2026-Q4, 2026-11 or 2026.")
        raise Refusal(words.get(sentence, period=args.period)) from error
    except OSError as error:
        raise not_written(args.output, error) from error
    else:
        return built
    finally:
        await close_database()


class Shown:
    """Shows on a terminal how far something is, once it takes longer than two seconds."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def __call__(self, done: int, whole: int) -> None:
        """Tell how many steps of how many are done."""
        now = time.monotonic()
        if now - self._began < QUIET_SECONDS or (now - self._last < 1 and done < whole):
            return
        self._last = now
        end = "\n" if done >= whole or not sys.stderr.isatty() else ""
        print(f"\r{done}/{whole}", end=end, file=sys.stderr, flush=True)
