"""Listening for connections, never for more than the process can hold open.

Whoever opens a thousand connections and says nothing must not take the files that the database
and the answers of all others need: at the system's limit asyncio can neither accept nor refuse,
and writes a traceback for each try. So one more than `most` is answered «503» and closed, and a
connection that has not sent its request's head, or the next request, is closed after IDLE_SECONDS.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from conversations.text import Text
from locales import catalog

IDLE_SECONDS: Final = 75.0
"""As long as nginx keeps a connection open, so that we are not the first to close a good one."""
KEPT_FREE: Final = 200
"""Files for the database, photos, what we ask of channels, and this program's own."""
MOST: Final = 8_000
"""Connections at most, however many files the system gives: each takes some 20 kB."""
BACKLOG: Final = 512
BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)

log = logging.getLogger(__name__)


class NotListeningError(OSError):
    """The address cannot be had; `reason` names HOST or PORT."""

    def __init__(self, reason: Text) -> None:
        super().__init__(catalog("en").say(reason))
        self.reason = reason


def room() -> int:
    """Return how many connections this process may hold; asks the system for as many as it gives."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return MOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + KEPT_FREE
    if hard == resource.RLIM_INFINITY or hard > soft:
        more = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        if more > soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
            soft = more
    return max(KEPT_FREE // 2, min(MOST, soft - KEPT_FREE))


async def listen(
    runner: web.AppRunner, host: str, port: int, most: int
) -> Callable[[], Awaitable[None]]:
    """Listen for a runner that is set up; return what stops listening, to be called before its cleanup.

    Raises:
        NotListeningError: the address cannot be had.

    """
    serve = runner.server
    if serve is None:
        raise RuntimeError("the runner is not set up")
    full = False

    def connected() -> asyncio.BaseProtocol:
        nonlocal full
        if len(serve.connections) < most:
            full = False
            return serve()
        if not full:  # once each time, or whoever fills the house fills the log too
            full = True
            log.warning("%s connections are open: no more are taken for now", most)
        return _Busy()

    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(connected, host, port, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:  # a host's name may be no name at all
        raise NotListeningError(_why_not(error, host, port)) from error

    async def stop() -> None:
        server.close()

    return stop


def _why_not(error: Exception, host: str, port: int) -> Text:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        told = {"port": str(port)}
        return Text("PORT: {port} is in use by another program; choose another one", told)
    if number in {errno.EACCES, errno.EPERM}:
        told = {"port": str(port)}
        return Text("PORT: {port} is not for this user; choose one from 1024 on", told)
    return Text("HOST: this machine has no address {host}", {"host": host[:100]})


class _Busy(asyncio.Protocol):
    """Says that there is no room, and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(BUSY)
        transport.close()
