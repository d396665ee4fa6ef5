"""Counting wrong guesses, so that nobody can try codes one after the other.

A key (one chat, or everybody together) has a number of wrong guesses in a window; once they
are used up nothing is even looked at until the window has passed. A window that begins later than
any could by now was written while the clock was wrong, and counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.expressions import F, Q

from backend.models import Throttle


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many wrong guesses a key has in a window."""

    guesses: int
    window: timedelta


async def exhausted(key: str, allowance: Allowance, now: datetime) -> bool:
    """Say whether this key has used its wrong guesses up and must wait."""
    row = await Throttle.get_or_none(key=key)
    if row is None or row.count < allowance.guesses:
        return False
    return now - allowance.window < row.window_from <= now + allowance.window


async def count_wrong(key: str, allowance: Allowance, now: datetime) -> None:
    """Count one wrong guess; the first after a passed window begins a new one."""
    await _count(key, allowance, now)


async def take(key: str, allowance: Allowance, now: datetime) -> datetime | None:
    """Count one try before it is looked at; return when to come again if there were too many.

    None: go on. Many tries at one moment are counted one by one.
    """
    await _count(key, allowance, now)
    kept = await Throttle.get(key=key)
    return kept.window_from + allowance.window if kept.count > allowance.guesses else None


async def _count(key: str, allowance: Allowance, now: datetime) -> None:
    """Count one more in one statement, so that of many at a moment none is lost."""
    row = Throttle.filter(key=key)
    since, until = now - allowance.window, now + allowance.window
    for _ in range(2):  # another one may make the row, or begin its window anew, in between
        if await row.filter(window_from__gt=since, window_from__lte=until).update(
            count=F("count") + 1
        ):
            return
        over = row.filter(Q(window_from__lte=since) | Q(window_from__gt=until))
        if await over.update(count=1, window_from=now):
            return
        made = Throttle(key=key, count=0, window_from=now)
        await Throttle.bulk_create([made], ignore_conflicts=True)


async def forgive(key: str) -> None:
    """Forget what was counted of a key."""
    await Throttle.filter(key=key).update(count=0)
