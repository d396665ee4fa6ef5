"""`thonmoi retention`: delete what has been kept long enough, or count it with --dry-run."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os

from backend.clock import SystemClock
from backend.evidence.away import StoreAwayError
from backend.plans.schema import Keeping
from backend.retention import Removed, keeping_of, remove_old
from backend.settings import read_settings
from bot.cli.area import in_database
from bot.cli.evidence import opened
from bot.cli.refusal import Refusal
from conversations.text import N_
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--dry-run", action="store_true", help="count, delete nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Delete or count; how long things are kept is a setting (docs/law.md)."""
    settings = read_settings(os.environ)
    words = catalog(settings.lang)

    async def done() -> tuple[Keeping, Removed]:
        now = SystemClock().now()
        keeping = await keeping_of(settings, now)
        store = await opened(settings)
        return keeping, await remove_old(
            keeping,
            now,
            settings.zone,
            store,
            dry_run=args.dry_run,
            attachments=await opened(settings, "attachments"),
        )

    try:
        keeping, removed = in_database(settings, done)
    except StoreAwayError:
        raise
    except OSError as error:
        raise Refusal(f"EVIDENCE_URL: {error}") from error
    if args.json:
        told = {"dry_run": args.dry_run, "keep_photo_months": keeping.photo_months}
        told["keep_message_days"] = keeping.message_days
        counts = dataclasses.asdict(removed)
        del counts["marks"]  # the program's own
        print(json.dumps(told | counts))
        return 0
    if keeping.photo_months is None:
        print(words.get(N_("Photos are kept: the office has not set for how long.")))
    sentence = (
        N_(
            "Would be deleted: {photos} photos, the words of {messages} messages, {unsent} questionnaires that were never sent."
        )
        if args.dry_run
        else N_(
            "Deleted: {photos} photos, the words of {messages} messages, {unsent} questionnaires that were never sent."
        )
    )
    said = words.get(
        sentence,
        photos=removed.photos + removed.unsent_photos,
        messages=removed.received + removed.sent,
        unsent=removed.unsent,
    )
    print(said)
    return 0
