"""What an officer reads after handing something back: when the village head hears of it."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from backend.plans.schema import Pack
from backend.review.told import LONGEST, Told
from backend.schedule.moments import end_of_quiet
from conversations.text import Text

CALL: Final = "call"
LATER: Final = "later"


def news_of(told: Told | None, now: datetime) -> str:
    """Return CALL or LATER when the village head does not hear of it at once, else ""."""
    if told is None:
        return ""
    if told.unreached:
        return CALL
    return LATER if told.due is not None and told.due - now > LONGEST else ""


def news_line(news: str, pack: Pack, now: datetime, zone: tzinfo) -> Text | None:
    """Return the sentence of what `news_of` returned a moment ago."""
    if news == CALL:
        return when_told(Told(unreached=True), now, zone)
    due = end_of_quiet(now, pack, zone) if news == LATER else None
    return when_told(Told(due), now, zone) if due else None


def when_told(told: Told | None, now: datetime, zone: tzinfo) -> Text | None:
    """Return when the village head hears of a decision just made; None when there is no news."""
    if told is None or (told.due is None and not told.unreached):
        return None
    if told.unreached:
        return Text(
            "No chat reaches the village head now. Please call; they also read it when they write again."
        )
    if told.due is not None and told.due - now <= LONGEST:
        return Text("The village head hears it within a minute.")
    return Text(
        "It is quiet time now: the village head reads it at {time}.",
        {"time": told.due.astimezone(zone) if told.due else ""},
    )
