"""`thonmoi migrate`: bring the database's tables up to date."""

from __future__ import annotations

import argparse
import asyncio
import json
import os

from backend.migrate import migrate
from backend.settings import read_settings
from conversations.text import N_
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--json", action="store_true", help="print what was run as JSON")


def run(args: argparse.Namespace) -> int:
    """Run the pending migrations; several processes may do so at once."""
    settings = read_settings(os.environ)
    done = asyncio.run(migrate(settings.database_url))
    if args.json:
        print(json.dumps({"migrated": done}))
    else:
        print(
            "\n".join(done)
            if done
            else catalog(settings.lang).get(N_("The tables are up to date."))
        )
    return 0
