"""`thonmoi backup`: everything in one file, while the program runs."""

from __future__ import annotations

import argparse
import json
import os

from backend import audit
from backend.backup import Store, Whole, write_backup
from backend.clock import SystemClock
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.dossier import Shown
from bot.cli.evidence import opened
from bot.cli.output_file import not_written, output_file
from conversations.text import N_
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("-o", "--output", required=True, metavar="FILE.zip")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Write the backup; it holds tokens and telephone numbers, so it is for its owner alone."""
    target = output_file(args.output, replace=args.force)
    settings = read_settings(os.environ)

    async def made() -> Whole:
        await audit.record("backup.made", by=None, subject="backup", at=SystemClock().now())
        return await write_backup(target, await stores_of(settings), progress=Shown())

    try:
        whole = in_database(settings, made)
    except OSError as error:
        raise not_written(args.output, error) from error
    tell(whole, settings, as_json=args.json)
    return 0


async def stores_of(settings: Settings) -> dict[str, Store]:
    """Return the folders of the evidence store by name; raises what `opened` raises."""
    return {name: await opened(settings, name) for name in ("attachments", "photos")}


def tell(whole: Whole, settings: Settings, *, as_json: bool) -> None:
    """Print how much it was."""
    if as_json:
        print(json.dumps({"rows": whole.rows, "files": whole.files, "audit": whole.audit}))
        return
    sentence = N_("{rows} rows, {files} files")
    words = catalog(settings.lang)
    print(words.get(sentence, rows=sum(whole.rows.values()), files=sum(whole.files.values())))
    if whole.audit.get("sha256"):
        end = N_("The audit log's last hash, to be written down: {hash}")
        print(words.get(end, hash=whole.audit["sha256"]))
