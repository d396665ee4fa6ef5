"""PostgreSQL through asyncpg: a pool of connections."""

from __future__ import annotations

import asyncpg
from tortoise.backends.asyncpg import client as tortoise_client
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from backend.engines import to_its_end


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Is given back as it is, without a trip that resets it.

    Nothing of ours outlasts its transaction on a connection of the pool: no setting, no lock, no
    listener (advisory locks have a connection of their own, `backend.database`).
    """

    def get_reset_query(self) -> str:
        return ""


class _Transaction(TransactionContextPooled):
    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            # The pool ends whatever began on it.
            await to_its_end(pool.release(self.client._connection))
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


class PostgresClient(tortoise_client.AsyncpgDBClient):
    """As Tortoise's, but an interrupted beginning gives its connection back."""

    connection_class = _Connection

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(tortoise_client.TransactionWrapper(self), self._pool_init_lock)


client_class = PostgresClient
