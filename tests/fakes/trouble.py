"""Misbehaving on order: errors, broken connections, late answers, for some calls of a method."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Trouble:
    """What happens to the next `times` calls of a method, after `skip` good ones.

    `chat` "" is everybody's; `drop` is "before" or "after" what was asked is done. Which of
    `status`, `code`, `body` and `page` an error is made of, the server knows.
    """

    method: str
    times: int
    chat: str = ""
    status: int = 0
    code: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    page: bool = False
    drop: str = ""
    skip: int = 0


class Misbehaving:
    """Keeps what was ordered until it has happened."""

    def __init__(self) -> None:
        self._trouble: list[Trouble] = []
        self._held: dict[str, asyncio.Event] = {}

    def drops(self, method: str, *, after: bool = False, times: int = 1) -> None:
        """Break the connection, before or after doing what was asked."""
        self._trouble.append(Trouble(method, times, drop="after" if after else "before"))

    @contextmanager
    def holds(self, method: str) -> Iterator[None]:
        """Do what is asked, but answer only when the block ends."""
        event = self._held[method] = asyncio.Event()
        try:
            yield
        finally:
            del self._held[method]
            event.set()

    def next_trouble(self, method: str, chat: str = "") -> Trouble | None:
        """Return what is to happen to this call, and count it."""
        for trouble in self._trouble:
            if trouble.method == method and trouble.chat in {"", chat}:
                if trouble.skip:
                    trouble.skip -= 1
                    continue
                trouble.times -= 1
                if trouble.times <= 0:
                    self._trouble.remove(trouble)
                return trouble
        return None

    async def held(self, method: str) -> None:
        """Wait as long as the answers of a method are held."""
        if method in self._held:
            await self._held[method].wait()

    def release(self) -> None:
        """Hold nothing any more."""
        for event in self._held.values():
            event.set()


def broken(request: web.Request) -> web.Response:
    """Break the connection; nothing of the response is sent."""
    if request.transport is not None:
        with suppress(OSError):
            request.transport.abort()
    return web.Response()
