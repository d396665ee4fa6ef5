"""`thonmoi progress`: what /tiendo is made of."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
from datetime import date
from decimal import Decimal
from typing import Any

from tortoise.exceptions import OperationalError

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.plans.store import NoPlanError, active_pack
from backend.reports.text import progress_text
from backend.settings import Settings, read_settings
from backend.status.model import Progress
from backend.status.progress import UnknownAreaError
from backend.status.recorded import progress_of
from bot.cli.plan import NO_TABLES
from bot.cli.refusal import Refusal
from conversations.text import N_
from locales import catalog

NO_LIMIT = 1_000_000
"""A terminal scrolls: nothing is left out of the text."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--area", required=True, metavar="CODE", help="area code from the plan")
    parser.add_argument("--period", metavar="P", help="2026-Q4, 2026-11 or 2026; default: now")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the progress; Refusal for an area that the plan lacks and for what is no period."""
    settings = read_settings(os.environ)
    progress = asyncio.run(_progress(args, settings))
    if args.json:
        print(json.dumps(as_json(progress), ensure_ascii=False, indent=2))
    else:
        print(progress_text(progress, catalog(settings.lang), zone=settings.zone, limit=NO_LIMIT))
    return 0


async def _progress(args: argparse.Namespace, settings: Settings) -> Progress:
    say = catalog(settings.lang).get
    await open_database(settings.database_url)
    try:
        pack = await active_pack(settings.plan)
        return await progress_of(args.area, args.period, SystemClock(), pack, zone=settings.zone)
    except OperationalError as error:
        raise Refusal(say(NO_TABLES)) from error
    except NoPlanError as error:
        sentence = N_("The plan {plan} is not loaded. Run: thonmoi plan load")
        raise Refusal(say(sentence, plan=settings.plan)) from error
    except UnknownAreaError as error:
        raise Refusal(say(N_("The plan has no area {name}."), name=args.area)) from error
    except ValueError as error:
        sentence = N_("{period} is no period. Write 2026-Q4, 2026-11 or 2026.")
        raise Refusal(say(sentence, period=args.period)) from error
    finally:
        await close_database()


def as_json(value: Any) -> Any:
    """Return a value of `backend.status.model` as JSON's types; times are ISO 8601."""
    if dataclasses.is_dataclass(value):
        return {f.name: as_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
