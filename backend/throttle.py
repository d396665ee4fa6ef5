"""Counting wrong guesses, so that nobody can try codes one after the other.

A key (one chat, or everybody together) has a number of wrong guesses in a window; once they
are used up nothing is even looked at until the window has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.models import Throttle


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many wrong guesses a key has in a window."""

    guesses: int
    window: timedelta


async def exhausted(key: str, allowance: Allowance, now: datetime) -> bool:
    """Say whether this key has used its wrong guesses up and must wait."""
    row = await Throttle.get_or_none(key=key)
    return (
        row is not None
        and row.count >= allowance.guesses
        and now < row.window_from + allowance.window
    )


async def count_wrong(key: str, allowance: Allowance, now: datetime) -> None:
    """Count one wrong guess; the first after a passed window begins a new one."""
    row, made = await Throttle.get_or_create(key=key, defaults={"count": 1, "window_from": now})
    if made:
        return
    if now >= row.window_from + allowance.window:
        row.count, row.window_from = 0, now
    row.count += 1
    await row.save(update_fields=["count", "window_from"])
