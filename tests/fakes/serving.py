"""A chat service over real HTTP on loopback: what the fakes of Telegram and both Zalos share."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Coroutine
from typing import Any, Protocol, Self

from aiohttp import ClientSession, ClientTimeout, web

from tests.fakes.trouble import Misbehaving
from tests.fakes.waiting import Conversation, S


class Tells(Protocol):
    """A clock."""

    def now(self) -> Any: ...


class ChatServer(Conversation[S], Misbehaving):
    """Serves `application()` as long as `async with` lasts; `url` and `port` say where.

    `calls` counts by method. `twice` delivers everything twice. `reaches` says where an https
    address stands in truth: {"https://office.example": "http://127.0.0.1:1"}.
    """

    url: str
    port: int

    def __init__(self, clock: Tells | None) -> None:
        Conversation.__init__(self)
        Misbehaving.__init__(self)
        self.twice = False
        self.reaches: dict[str, str] = {}
        self.calls: Counter[str] = Counter()
        self._clock = clock
        self._number = 1_000
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._order: dict[Any, asyncio.Lock] = defaultdict(asyncio.Lock)

    def application(self) -> web.Application:
        """Return what is served."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._client = ClientSession(timeout=ClientTimeout(total=60))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self.release()
        await self.announce()
        for task in self._tasks:
            task.cancel()
        await self.delivered()
        await self._client.close()
        await self._runner.cleanup()

    async def delivered(self) -> None:
        """Wait until the webhook has taken everything, or we have given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def next_id(self) -> int:
        """Return a number that was never given before."""
        self._number += 1
        return self._number

    def seconds(self) -> float:
        """Return the time by the clock that was handed in, else by the machine's."""
        return float(self._clock.now().timestamp() if self._clock else time.time())

    def truly(self, address: str) -> str:
        """Return where an address stands in truth."""
        for shown, there in self.reaches.items():
            address = address.replace(shown, there, 1)
        return address

    def spawn(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside; the end of everything ends it."""
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
