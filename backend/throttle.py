"""Counting wrong guesses, so that nobody can try codes one after the other.

A key (one chat, or everybody together) has a number of wrong guesses in a window; once they
are used up nothing is even looked at until the window has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.expressions import F

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


async def take(key: str, allowance: Allowance, now: datetime) -> datetime | None:
    """Count one try before it is looked at; return when to come again if there were too many.

    None: go on. Many tries at one moment are counted one by one.
    """
    since = now - allowance.window
    row = Throttle.filter(key=key)
    if not await row.filter(window_from__gt=since).update(count=F("count") + 1):
        begun = {"count": 1, "window_from": now}
        if not await row.filter(window_from__lte=since).update(**begun):
            made = Throttle(key=key, count=0, window_from=now)
            await Throttle.bulk_create([made], ignore_conflicts=True)
            await row.update(count=F("count") + 1)
    kept = await row.get()
    return kept.window_from + allowance.window if kept.count > allowance.guesses else None


async def forgive(key: str) -> None:
    """Forget what was counted of a key."""
    await Throttle.filter(key=key).update(count=0)
