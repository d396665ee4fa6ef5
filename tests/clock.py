"""A clock that tests move by hand."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 11, 22, 8, 0, tzinfo=OFFICE_ZONE)
PATIENCE = 60.0
"""Real seconds that a test waits for something that comes; only a failing test uses them up."""


def local(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    """Return a moment by the office's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=OFFICE_ZONE)


class MorningClock:
    """A `backend.clock.Clock` that runs from MORNING on; stands in for the machine's.

    `SystemClock.now = MorningClock().now` makes a story of a program that nobody hands a clock.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return MORNING and as much as has passed since this clock was made."""
        return (MORNING + timedelta(seconds=time.monotonic() - self._began)).astimezone(UTC)


class HandClock:
    """A `backend.clock.Clock` that stands still until somebody moves it."""

    def __init__(self, start: datetime = MORNING) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return self._now

    def advance(self, seconds: float = 0, **parts: float) -> datetime:
        """Move on by seconds, or by any keyword of timedelta (days=1, minutes=5)."""
        self._now += timedelta(seconds=seconds, **parts)
        return self._now

    def set(self, moment: datetime) -> datetime:
        """Jump to an aware moment, forwards or backwards."""
        assert moment.tzinfo is not None
        self._now = moment.astimezone(UTC)
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Stand in for asyncio.sleep: the time passes at once."""
        self.advance(max(seconds, 0.0))
        await asyncio.sleep(0)
