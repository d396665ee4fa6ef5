"""`thonmoi export`: submissions of an area as CSV, as a workbook, or as standard XML in a zip."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from backend import audit
from backend.clock import SystemClock
from backend.exporting import As, Exported, UnknownAreaError, Wanted, export
from backend.plans.load import id_of
from backend.plans.periods import period_days
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.dossier import Shown
from bot.cli.output_file import not_written, output_file
from bot.cli.refusal import Refusal
from conversations.text import N_
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--area", required=True, metavar="CODE", help="area code from the plan")
    parser.add_argument("--period", metavar="P", help="2026-Q4, 2026-11 or 2026; default: all")
    parser.add_argument("--as", dest="form", choices=[str(f) for f in As], default="csv")
    parser.add_argument(
        "--every-version", action="store_true", help="also what corrections have replaced"
    )
    parser.add_argument("-o", "--output", required=True, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Write the file; Refusal for an area, period or file that cannot be."""
    settings = read_settings(os.environ)
    words = catalog(settings.lang)
    target = output_file(args.output)
    if args.period is not None:
        try:
            period_days(args.period)
        except ValueError as error:
            sentence = N_("{period} is no period. Write 2026-Q4, 2026-11 or 2026.")
            raise Refusal(words.get(sentence, period=args.period)) from error
    try:
        made = in_database(settings, lambda: _made(args, settings, target))
    except UnknownAreaError as error:
        raise Refusal(words.get(N_("The plan has no area {name}."), name=args.area)) from error
    except OSError as error:
        raise not_written(args.output, error) from error
    if args.json:
        print(
            json.dumps(
                {
                    "file": str(target),
                    "submissions": made.submissions,
                    "answers": made.answers,
                    "size": made.size,
                },
                ensure_ascii=False,
            )
        )
    else:
        print(
            words.get(
                N_("{file}: {submissions} questionnaires"),
                file=target.name,
                submissions=made.submissions,
            )
        )
    return 0


async def _made(args: argparse.Namespace, settings: Settings, target: Path) -> Exported:
    wanted = Wanted(id_of(settings.plan), args.area, args.period, args.every_version)

    async def note(made: Exported) -> None:
        await audit.record(
            "export.made",
            by=None,
            subject=f"area:{args.area}",
            at=SystemClock().now(),
            details={"as": args.form, "period": args.period or "", "submissions": made.submissions},
        )

    return await export(wanted, As(args.form), target, progress=Shown(), note=note)
