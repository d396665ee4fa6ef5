"""`thonmoi restore`: a backup of either database into an empty installation of either."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

from backend import audit
from backend.backup import (
    DamagedError,
    NotEmptyError,
    OtherVersionError,
    Whole,
    read_backup,
)
from backend.clock import SystemClock
from backend.evidence.away import StoreAwayError
from backend.migrate import migrate
from backend.settings import read_settings
from bot.cli.area import in_database
from bot.cli.backup import stores_of, tell
from bot.cli.dossier import Shown
from bot.cli.refusal import Refusal
from conversations.text import N_
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("file", metavar="FILE.zip")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Make the tables and fill them; Refusal when there is anything in them already."""
    settings = read_settings(os.environ)
    words = catalog(settings.lang)
    source = Path(args.file)
    if not source.is_file():
        raise Refusal(words.get(N_("There is no file {name}."), name=args.file))

    async def made() -> Whole:
        whole = await read_backup(source, await stores_of(settings), progress=Shown())
        await audit.record("backup.restored", by=None, subject="backup", at=SystemClock().now())
        return whole

    try:
        asyncio.run(migrate(settings.database_url))
        whole = in_database(settings, made)
    except NotEmptyError as error:
        sentence = N_("The database is not empty ({table}): a backup goes into an empty one only.")
        raise Refusal(words.get(sentence, table=str(error))) from error
    except OtherVersionError as error:
        sentence = N_(
            "Another version of the program has written this backup ({part}). Nothing was put in."
        )
        raise Refusal(words.get(sentence, part=str(error))) from error
    except DamagedError as error:
        sentence = N_("This is no whole backup ({part}). Nothing was put in.")
        raise Refusal(words.get(sentence, part=str(error))) from error
    except StoreAwayError:
        raise
    except OSError as error:
        raise Refusal(f"EVIDENCE_URL: {error}") from error
    tell(whole, settings, as_json=args.json)
    return 0
