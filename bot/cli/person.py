"""`thonmoi person`: hand out what is kept of somebody, or erase it; always asked for by themselves."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os

from backend import audit
from backend.clock import SystemClock
from backend.dossier.jobs import DOSSIERS
from backend.erasing import LastAdminError, Made, erase_person, would_erase
from backend.personal import export_person
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.evidence import opened
from bot.cli.named_person import add_person_arguments, named_person
from bot.cli.output_file import not_written, output_file
from bot.cli.refusal import Refusal
from bot.web_chat.spool import Spool
from conversations.text import N_
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "write all that is kept of a person, with the photos they sent, to a zip"
    export = actions.add_parser("export", help=summary, description=summary)
    export.add_argument("-o", "--output", required=True, metavar="FILE.zip")
    export.set_defaults(act=_export)
    summary = "erase name, number, chats and words; what the village reported stays the village's"
    erase = actions.add_parser("erase", help=summary, description=summary)
    erase.add_argument("--yes", action="store_true", help="do it; without this it is only counted")
    erase.set_defaults(act=_erase)
    for some in (export, erase):
        add_person_arguments(some)
        some.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what is asked; Refusal for a person who is not known and a file that cannot be."""
    settings = read_settings(os.environ)
    code: int = args.act(args, settings)
    return code


def _export(args: argparse.Namespace, settings: Settings) -> int:
    target = output_file(args.output)

    async def made() -> dict[str, int]:
        person = await named_person(args)

        async def note(counts: dict[str, int]) -> None:
            at, subject = SystemClock().now(), f"person:{person.id}"
            await audit.record("person.exported", by=None, subject=subject, at=at, details=counts)

        return await export_person(person, await opened(settings), target, note)

    try:
        counts = in_database(settings, made)
    except OSError as error:
        raise not_written(args.output, error) from error
    if args.json:
        print(json.dumps({"file": str(target), **counts}, ensure_ascii=False))
    else:
        print(target.name)
    return 0


def _erase(args: argparse.Namespace, settings: Settings) -> int:
    words = catalog(settings.lang)

    async def done() -> tuple[int, dict[str, int]]:
        person = await named_person(args)
        erased = (
            await erase_person(
                person,
                await opened(settings),
                Spool(settings.data_dir / "spool"),
                SystemClock().now(),
                made=Made(await opened(settings, "attachments"), settings.data_dir / DOSSIERS),
            )
            if args.yes
            else await would_erase(person)
        )
        return person.id, dataclasses.asdict(erased)

    try:
        person_id, counts = in_database(settings, done)
    except LastAdminError as error:
        raise Refusal(
            words.get(N_("This is the last admin. Please invite another one first."))
        ) from error
    except OSError as error:
        sentence = N_(
            "All is erased but photos, which cannot be reached. Please run it again: {reason}"
        )
        raise Refusal(words.get(sentence, reason=type(error).__name__)) from error
    if args.json:
        print(json.dumps({"person": person_id, "erased": args.yes, **counts}))
        return 0
    sentence = (
        N_(
            "Erased: name, number, {chats} chats, the words of {messages} messages, {unsent} questionnaires never sent with {photos} photos. {kept} questionnaires stay the village's."
        )
        if args.yes
        else N_(
            "Would be erased: name, number, {chats} chats, the words of {messages} messages, {unsent} questionnaires never sent with {photos} photos. {kept} questionnaires stay the village's. Add --yes to do it."
        )
    )
    print(
        words.get(
            sentence,
            chats=counts["chats"],
            messages=counts["received"] + counts["sent"],
            unsent=counts["interviews"],
            photos=counts["photos"],
            kept=counts["kept_submissions"],
        )
    )
    return 0
