"""Bringing the tables up to date: Tortoise's migrations, run by one process at a time.

Tortoise takes no lock of its own: of three processes that migrate at once two fail
(stack.md 2.1 F). Here the others wait and then find nothing left to do.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from backend.audit_guard import guard_audit
from backend.database import dedicated_connection, is_sqlite, sqlite_path, tortoise_config
from conversations.text import Text
from locales import Catalog

MIGRATIONS: Final = Path(__file__).parent / "migrations"
MIGRATION_LOCK: Final = 0x7468_6F6E_0001
"""Key of PostgreSQL's advisory lock; any number that nobody else of this database uses."""


class NewerDatabaseError(Exception):
    """A newer version of the program has made or changed this database; str() is its migration."""

    def said(self, words: Catalog) -> str:
        """Return the sentence in a language."""
        told = {"name": str(self)[:100]}
        return words.say(
            Text(
                "DATABASE_URL: a newer version of the program has made this database ({name}). Please install that version.",
                told,
            )
        )


async def migrate(database_url: str) -> list[str]:
    """Run the pending migrations and return their names; [] when there were none.

    Waits while another process migrates the same database. Makes a SQLite file that does not
    exist yet; a PostgreSQL database must exist. Raises NewerDatabaseError and changes nothing then.
    """
    done: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            done.append(name)

    async with _lock(database_url), _executor(database_url) as executor:
        for key in await executor.recorder.applied_migrations():
            if key.app_label == "models" and not (MIGRATIONS / f"{key.name}.py").exists():
                raise NewerDatabaseError(key.name)
        await executor.migrate([MigrationTarget("models", "__latest__")], progress=note)
        await guard_audit(executor.connection)
    return done


async def pending(database_url: str) -> list[str]:
    """Return the names of migrations that this database still needs. Changes nothing."""
    if is_sqlite(database_url) and not os.path.exists(sqlite_path(database_url)):  # noqa: ASYNC240, PTH110  (one look at the local disk at start)
        return ["0001_initial"]
    async with _executor(database_url) as executor:
        plan = await executor.plan([MigrationTarget("models", "__latest__")])
    return [step.migration.name for step in plan]


@asynccontextmanager
async def _executor(database_url: str) -> AsyncIterator[MigrationExecutor]:
    config = tortoise_config(database_url)
    async with TortoiseContext() as context:
        await context.init(config=config)
        connection = context.connections.get(config["apps"]["models"]["default_connection"])
        try:
            yield MigrationExecutor(connection, config["apps"])
        finally:
            await context.connections.close_all()


@asynccontextmanager
async def _lock(database_url: str) -> AsyncIterator[None]:
    if is_sqlite(database_url):
        handle = os.open(f"{sqlite_path(database_url)}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            await asyncio.to_thread(fcntl.flock, handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
        return
    connection = await dedicated_connection(database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        yield
    finally:
        await connection.close()
