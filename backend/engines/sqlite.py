"""SQLite through aiosqlite: one connection, one lock."""

from __future__ import annotations

from typing import Any

from tortoise.backends.base.client import (
    ConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite import client as tortoise_client
from tortoise.connection import get_connections

from backend.engines import to_its_end


class _Connection(ConnectionWrapper[Any]):
    __slots__ = ()

    async def __aenter__(self) -> Any:
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class _Transaction(tortoise_client.SqliteTransactionContext):
    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self._begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]  # Tortoise leaves it untyped

    async def _begin(self) -> None:
        try:
            await self.connection.begin()
        except BaseException:
            # BEGIN may be on its way in the connection's thread: what comes after it undoes it.
            await to_its_end(self.connection._connection.rollback())
            raise


class SqliteClient(tortoise_client.SqliteClient):
    """As Tortoise's, but an interrupted beginning leaves the lock free."""

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """Return a context that holds the lock around one statement."""
        return _Connection(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(tortoise_client.SqliteTransactionWrapper(self), self._lock)


client_class = SqliteClient
