"""SQLite through aiosqlite: one connection, one lock, and a transaction in few trips.

Each statement is a trip to the connection's thread and back, which costs more than most
statements do. So a transaction begins on the way with its first statement, and what was put off
(`backend.engines.put_off`) goes with the one that follows, or with the commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite import client as tortoise_client
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

T = TypeVar("T")


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


class _Trips:
    """The connection of one transaction: takes what waits along with whatever cannot wait.

    It has the methods of aiosqlite's connection that Tortoise calls.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._waiting: list[Callable[[sqlite3.Connection], object]] = [_begin]
        self._begun = False
        self._failed: BaseException | None = None

    def put_off(self, sql: str, parameters: Sequence[Any]) -> None:
        self._waiting.append(lambda db: db.execute(sql, parameters))

    async def _go(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._failed is not None:
            raise self._failed
        waiting, self._waiting, self._begun = self._waiting, [], True

        def in_its_thread() -> T:
            db = self._connection._conn
            try:
                for one in waiting:
                    one(db)
            except BaseException as error:
                # Whoever asks now is not at fault, and may take the error for its own and go on.
                self._failed = error
                db.rollback()
                raise
            return work(db)

        # Its only way to run several statements in one trip.
        result: T = await self._connection._execute(in_its_thread)
        return result

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        await self._go(lambda db: db.execute(sql, parameters))

    async def execute_fetchall(self, sql: str, values: Sequence[Any] | None) -> list[Any]:
        return await self._go(lambda db: db.execute(sql, values or ()).fetchall())

    async def execute_counted(
        self, sql: str, values: Sequence[Any] | None
    ) -> tuple[int, list[Any]]:
        """Return how many rows were changed, or else found, and those found."""

        def work(db: sqlite3.Connection) -> tuple[int, list[Any]]:
            before = db.total_changes
            rows = db.execute(sql, values or ()).fetchall()
            return (db.total_changes - before) or len(rows), rows

        return await self._go(work)

    async def execute_insert(self, sql: str, values: Sequence[Any]) -> tuple[int]:
        def work(db: sqlite3.Connection) -> tuple[int]:
            db.execute(sql, values)
            number: tuple[int] = db.execute("SELECT last_insert_rowid()").fetchone()
            return number

        return await self._go(work)

    async def executemany(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        await self._go(lambda db: db.executemany(sql, values))

    async def executescript(self, sql: str) -> None:
        await self._go(lambda db: db.executescript(sql))

    async def commit(self) -> None:
        if self._begun or len(self._waiting) > 1:
            await self._go(_commit)

    async def rollback(self) -> None:
        self._waiting.clear()
        if self._begun:
            await self._connection.rollback()


def _begin(db: sqlite3.Connection) -> None:
    if db.in_transaction:  # of a bulk insert that was cancelled, maybe with others' rows in it
        db.commit()
    db.execute("BEGIN")


def _commit(db: sqlite3.Connection) -> None:
    try:
        db.commit()
    except BaseException:
        db.rollback()
        raise


class _InTransaction(tortoise_client.SqliteTransactionWrapper):
    _connection: Any

    def put_off(self, query: str, values: Sequence[Any]) -> None:
        self._connection.put_off(query, values)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_InTransaction(self))

    @tortoise_client.translate_exceptions
    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        async with self.acquire_connection() as connection:
            self.log.debug("%s: %s", query, values)
            counted: tuple[int, list[Any]] = await connection.execute_counted(
                query.replace("\x00", "'||CHAR(0)||'"), values
            )
            return counted

    async def commit(self) -> None:
        try:
            await super().commit()
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error


class _Transaction(tortoise_client.SqliteTransactionContext):
    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._trxlock.release()
            raise
        self.connection._connection = _Trips(self.connection._connection)
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]  # Tortoise leaves it untyped


class SqliteClient(tortoise_client.SqliteClient):
    """As Tortoise's, but an interrupted beginning leaves the lock free."""

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """Return a context that holds the lock around one statement."""
        return _Connection(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_InTransaction(self), self._lock)


client_class = SqliteClient
