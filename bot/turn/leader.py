"""One of several processes does what may be done only once: send, tick the schedule.

PostgreSQL: an advisory lock on a connection of its own, so it falls free when the process or
its connection dies. SQLite has one process only, and that one leads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from backend.database import dedicated_connection, is_lost, is_sqlite

log = logging.getLogger(__name__)

SENDER_LOCK: Final = 0x7468_6F6E_0002
SCHEDULE_LOCK: Final = 0x7468_6F6E_0003
POLLER_LOCK: Final = 0x7468_6F6E_0004
RETRY_SECONDS: Final = 2.0
CHECK_SECONDS: Final = 5.0


class Leader:
    """Holds one named leadership while `lead` runs."""

    def __init__(
        self,
        database_url: str,
        lock: int,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`lock` is one of this module's *_LOCK numbers."""
        self._url = database_url
        self._lock = lock
        self._sleep = sleep
        self.leading = False
        """Whether this process leads now."""

    async def lead(
        self, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]
    ) -> None:
        """Wait to become the leader, call `start`; when the lead is lost call `stop`; again.

        Runs until cancelled; `stop` is called too then, and after a `start` that failed. A
        database that is away is waited for; any other error is the caller's.
        """
        while True:
            connection = await self._acquire()
            failed = False
            try:
                self.leading = True
                try:
                    await start()
                    await self._lost(connection)
                finally:
                    self.leading = False
                    await stop()
            except Exception as error:
                if not is_lost(error):
                    raise
                failed = True
                log.warning("leading failed: %s", type(error).__name__)
            finally:
                if connection is not None:
                    # Not close(): it waits for, and stumbles over, a query that was cancelled.
                    _break_off(connection)
            log.warning("no longer the leader")
            if failed:
                await self._sleep(RETRY_SECONDS)

    async def _acquire(self) -> asyncpg.Connection | None:
        if is_sqlite(self._url):
            return None
        while True:
            connection = None
            try:
                connection = await dedicated_connection(self._url)
                if await _ask(connection, "SELECT pg_try_advisory_lock($1)", self._lock):
                    return connection
            except Exception as error:
                if not (is_lost(error) or isinstance(error, asyncpg.InternalClientError)):
                    raise
                log.warning("cannot ask to lead: %s", type(error).__name__)
            if connection is not None:
                _break_off(connection)
            await self._sleep(RETRY_SECONDS)

    async def _lost(self, connection: asyncpg.Connection | None) -> None:
        """Return when the connection that holds the lock is gone."""
        if connection is None:
            await asyncio.Event().wait()
            return
        while not connection.is_closed():
            await self._sleep(CHECK_SECONDS)
            try:
                await _ask(connection, "SELECT 1")
            except Exception:  # noqa: BLE001  (whatever the reason: who cannot ask does not lead)
                return


async def _ask(connection: asyncpg.Connection, query: str, *values: object) -> object:
    """Return one value, or raise TimeoutError.

    The query is never cancelled: asyncpg would wait for it at the next use of the connection.
    Whoever is cancelled here leaves the connection broken off.
    """
    asked = asyncio.ensure_future(connection.fetchval(query, *values))
    asked.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await asyncio.shield(asked)
    except (asyncio.CancelledError, TimeoutError):
        _break_off(connection)
        raise


def _break_off(connection: asyncpg.Connection) -> None:
    """End a connection at once; the lock it held falls free."""
    with contextlib.suppress(asyncpg.InternalClientError):  # the server ended it in mid-answer
        connection.terminate()
