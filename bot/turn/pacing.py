"""How fast a channel may be spoken to: token buckets, turns at a gate, backoff. No I/O."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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

    def give_back(self) -> None:
        """Return a token that was taken and not used."""
        self._tokens = min(self._burst, self._tokens + 1)

    def full(self, now: float) -> bool:
        """Say whether nothing would be lost by forgetting this bucket."""
        return self._tokens + (now - self._at) * self._rate >= self._burst


class Paces:
    """The pace of each chat. Those that would lose nothing by it are forgotten when many are known."""

    def __init__(self, most: int = 20_000) -> None:
        """Know no chat yet."""
        self._most = most
        self._buckets: dict[int, Bucket] = {}

    def reserve(self, chat: int, seconds: float, now: float) -> float:
        """Return how long to wait before the next message to a chat, at one each so many seconds."""
        bucket = self._buckets.get(chat)
        if bucket is None:
            if len(self._buckets) > self._most:
                self._buckets = {k: b for k, b in self._buckets.items() if not b.full(now)}
            bucket = Bucket(1 / seconds if seconds else 0.0, BURST_PER_CHAT)
            self._buckets[chat] = bucket
        return bucket.reserve(now)


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


class Speech:
    """When one bot may speak: by rank, at its rate, never while it is held, so many at once.

    Each bot has its own, so that a slow one keeps nobody waiting but its own people.
    """

    def __init__(
        self,
        per_second: float,
        places: int,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`now` is Unix time in seconds; `places` how many messages may be on their way at once."""
        self._bucket = Bucket(per_second, max(1.0, per_second))
        self._next, self._places = Gate(1), Gate(places)
        self._until = -math.inf
        self._now, self._sleep = now, sleep

    def hold(self, seconds: float) -> None:
        """Let nobody begin to speak for so long (retry_after of the whole bot)."""
        self._until = max(self._until, self._now() + seconds)

    @asynccontextmanager
    async def turn(self, rank: int) -> AsyncIterator[None]:
        """Wait until this one may speak.

        The wait for the rate is one line, so that a lower rank that comes later still goes first.
        """
        while True:
            await self._next.enter(rank)
            try:
                await self._not_held()
                if (wait := self._bucket.reserve(self._now())) > 0:
                    await self._sleep(wait)
                await self._not_held()
            finally:
                self._next.leave()
            await self._places.enter(rank)
            if self._until <= self._now():
                break
            self._places.leave()  # held while it waited for a place
        try:
            yield
        finally:
            self._places.leave()

    def unused(self) -> None:
        """Say that nothing was sent in this turn: it costs nothing of the rate."""
        self._bucket.give_back()

    async def _not_held(self) -> None:
        while (wait := self._until - self._now()) > 0:
            await self._sleep(wait)
