"""`thonmoi sent`: what was sent to whom, when, by which channel, and how it ended."""

from __future__ import annotations

import argparse
import json
import os
from datetime import datetime, timedelta
from typing import Any

from backend.clock import SystemClock
from backend.models import Area
from backend.quota.words import channel_name
from backend.sent import MOST, Message, about, how_it_ended, sent_messages
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.named_person import names_listed
from bot.cli.refusal import Refusal
from conversations.text import N_
from locales import Catalog, catalog

DAYS = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--area", metavar="CODE", help="only people of this area and below")
    parser.add_argument(
        "--since", metavar="ISO_TIME", help=f"e.g. 2026-12-07; default: {DAYS} days ago"
    )
    parser.add_argument("--answers", action="store_true", help="also answers to what people wrote")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the newest messages, newest first; no words of theirs, no number, no chat."""
    settings = read_settings(os.environ)
    speaker = catalog(settings.lang)
    since = _since(args.since, settings)

    async def look() -> list[Message]:
        area = await Area.get_or_none(code=args.area) if args.area else None
        if args.area and area is None:
            raise Refusal(
                speaker.get(N_("--area: the plan has no area {code}."), code=args.area[:64])
            )
        rows = await sent_messages(since, area=area, answers=args.answers)
        await names_listed("sent", len(rows))
        return rows

    found = in_database(settings, look)
    if args.json:
        shown = [_as_json(message, settings) for message in found]
        print(json.dumps({"since": since.isoformat(), "sent": shown}, ensure_ascii=False, indent=2))
        return 0
    if not found:
        print(speaker.get(N_("Nothing was sent since {time}."), time=since))
        return 0
    print("\n".join(_line(message, settings, speaker) for message in found))
    if len(found) == MOST:
        print(speaker.get(N_("These are the newest {count}. --since asks for fewer."), count=MOST))
    return 0


def _line(message: Message, settings: Settings, speaker: Catalog) -> str:
    at = (message.ended_at or message.queued_at).astimezone(settings.zone)
    who = message.person or speaker.get(N_("somebody not on the list, or a group"))
    if message.areas:
        who += f" ({', '.join(message.areas)})"
    ended = how_it_ended(message, speaker)
    channel = channel_name(message.channel, speaker)
    return " · ".join([f"{at:%d/%m/%Y %H:%M}", about(message, speaker), who, channel, ended])


def _as_json(message: Message, settings: Settings) -> dict[str, Any]:
    def local(at: datetime | None) -> str | None:
        return at.astimezone(settings.zone).isoformat() if at else None

    return {
        "purpose": message.purpose,
        "about": message.about,
        "person": message.person,
        "areas": list(message.areas),
        "channel": message.channel,
        "queued_at": local(message.queued_at),
        "not_before": local(message.not_before),
        "ended_at": local(message.ended_at),
        "end": message.end,
        "reason": message.reason,
    }


def _since(text: str | None, settings: Settings) -> datetime:
    if not text:
        return SystemClock().now().astimezone(settings.zone) - timedelta(days=DAYS)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        words = N_("--since: {text} is no day or time such as 2026-12-07.")
        raise Refusal(catalog(settings.lang).get(words, text=text[:40])) from error
    return at if at.tzinfo else at.replace(tzinfo=settings.zone)
