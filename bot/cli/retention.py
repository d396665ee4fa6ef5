"""`thonmoi retention`: delete what has been kept long enough, or count it with --dry-run."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os

from backend.clock import SystemClock
from backend.evidence.store import EvidenceStore
from backend.retention import Keeping, remove_old
from backend.settings import read_settings
from bot.cli.area import in_database
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
    keeping = Keeping(settings.keep_photo_months, settings.keep_message_days)
    store = EvidenceStore(settings.evidence_url)
    try:
        removed = in_database(
            settings,
            lambda: remove_old(
                keeping, SystemClock().now(), settings.zone, store, dry_run=args.dry_run
            ),
        )
    except OSError as error:
        raise Refusal(f"EVIDENCE_URL: {error}") from error
    if args.json:
        told = {"dry_run": args.dry_run, "keep_photo_months": keeping.photo_months}
        told["keep_message_days"] = keeping.message_days
        print(json.dumps(told | dataclasses.asdict(removed)))
        return 0
    if keeping.photo_months is None:
        print(words.get(N_("Photos are kept: the office has not set for how long.")))
    sentence = (
        N_("Would be deleted: {photos} photos, the words of {messages} messages.")
        if args.dry_run
        else N_("Deleted: {photos} photos, the words of {messages} messages.")
    )
    print(words.get(sentence, photos=removed.photos, messages=removed.received + removed.sent))
    return 0
