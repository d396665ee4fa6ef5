"""What an officer reads after handing something back: when the village head hears of it."""

from __future__ import annotations

from datetime import datetime, tzinfo

from backend.review.told import LONGEST, Told
from conversations.text import Text


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
