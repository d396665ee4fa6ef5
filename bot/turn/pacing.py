"""How fast a channel may be spoken to: token buckets, turns at a gate, backoff. No I/O."""

from __future__ import annotations

import asyncio
import heapq
import math
from random import Random
from typing import Final

BURST_PER_CHAT: Final = 3
FIRST_BACKOFF_SECONDS: Final = 0.5
LONGEST_BACKOFF_SECONDS: Final = 300.0


class Bucket:
    """Lets `rate` through a second and `burst` at once. A rate of 0 or infinity lets all through."""

    def __init__(self, rate: float, burst: float) -> None:
        """Start full."""
        self._rate = rate if math.isfinite(rate) else 0.0
        self._burst = burst
        self._tokens = burst
        self._at = -math.inf

    def reserve(self, now: float) -> float:
        """Take one token and return how many seconds to wait before using it. `now` in seconds."""
        if not self._rate:
            return 0.0
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)

    def full(self, now: float) -> bool:
        """Say whether nothing would be lost by forgetting this bucket."""
        return self._tokens + (now - self._at) * self._rate >= self._burst


def backoff(attempt: int, random: Random) -> float:
    """Return seconds to wait after the attempt-th failure (from 1): doubling, with jitter."""
    ceiling = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0 ** min(attempt, 20))
    return ceiling * (0.5 + random.random() / 2)


class Gate:
    """Lets a number of people in at once; the others wait by rank, then by when they came."""

    def __init__(self, places: int) -> None:
        """Start empty."""
        self._places = places
        self._came = 0
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []

    async def enter(self, rank: int) -> None:
        """Wait for a place; leave it with `leave`. A lower rank goes first."""
        if self._places > 0:
            self._places -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._came += 1
        heapq.heappush(self._queue, (rank, self._came, place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to whoever is next."""
        while self._queue:
            _, _, place = heapq.heappop(self._queue)
            if not place.done():
                place.set_result(None)
                return
        self._places += 1
