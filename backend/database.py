"""Opening the database: one place that knows how Tortoise is set up for each kind.

SQLite is one process and one file (WAL, synchronous=FULL: an acknowledged message survives a
power cut). PostgreSQL is for production and for more than one process (design.md 5).
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError

MODELS = ("backend.models",)
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


def is_sqlite(database_url: str) -> bool:
    """Say which of the two kinds a URL names."""
    return database_url.startswith("sqlite:")


def tortoise_config(database_url: str) -> dict[str, Any]:
    """Return Tortoise's configuration for a URL.

    The connection is named after the kind, because Tortoise reuses prepared SQL by
    connection name (stack.md 2.1 H).
    """
    name = "sqlite" if is_sqlite(database_url) else "postgres"
    connection = expand_db_url(_with_defaults(database_url))
    connection["engine"] = f"backend.engines.{name}"
    if name == "postgres":
        # Compiling a statement costs PostgreSQL half a second where running it costs one
        # millisecond: the walks of the area tree look dear to its planner and are not. And an
        # office's rows lie in memory or on a disk that reads them in any order: with the default,
        # statements that were planned while tables were small go on reading them whole.
        connection["credentials"]["server_settings"] = {"jit": "off", "random_page_cost": "1.1"}
    return {
        "connections": {name: connection},
        "apps": {
            "models": {
                "models": list(MODELS),
                "default_connection": name,
                "migrations": "backend.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(database_url: str) -> None:
    """Connect; call `close_database` when done. Tables must exist (`migrate`)."""
    await Tortoise.init(config=tortoise_config(database_url), _enable_global_fallback=True)


async def close_database() -> None:
    """Close every connection."""
    await Tortoise.close_connections()


def sqlite_path(database_url: str) -> str:
    """Return the file that a sqlite:// URL names."""
    return database_url.removeprefix("sqlite://").split("?", 1)[0]


async def forget_the_way() -> bool:
    """Empty SQLite's write-ahead log, so that what was erased stands in no file; say if it could be.

    Outside of a transaction. False while somebody else reads: the next one does it. PostgreSQL
    keeps its own log by its administrator's settings (docs/law.md): True, and nothing happens.
    """
    [connection] = get_connections().all()
    if connection.capabilities.dialect != "sqlite":
        return True
    _, rows = await connection.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")
    return not rows[0][0]


async def dedicated_connection(database_url: str) -> asyncpg.Connection:
    """Open a PostgreSQL connection outside of the pool, for locks that last as long as it does.

    An advisory lock taken on a pooled connection is lost when the pool takes it back
    (stack.md 2.2). Raises what asyncpg raises; the caller closes it.
    """
    known = expand_db_url(_with_defaults(database_url))["credentials"]
    names = ("host", "port", "user", "password", "database", "ssl")
    return await asyncpg.connect(**{k: known[k] for k in names if known.get(k) is not None})


def is_lost(error: BaseException) -> bool:
    """Say whether the database is away for now (down, locked, full) and nobody's input is at fault.

    Also true for any OSError, which is what a broken connection raises.
    """
    if isinstance(error, (OSError, DBConnectionError, asyncpg.PostgresConnectionError)):
        return True
    if isinstance(error, (asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError)):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # a wrong argument is an InterfaceError too
    inner = error.args[0] if error.args else None
    for e in (error, inner, error.__cause__):
        if isinstance(e, sqlite3.OperationalError):
            return (getattr(e, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    return False


def _with_defaults(database_url: str) -> str:
    url = database_url
    if url.startswith("postgresql:"):
        url = "postgres:" + url.removeprefix("postgresql:")
    query = urlsplit(url).query
    wanted = (
        {
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "busy_timeout": "5000",
            "foreign_keys": "ON",
            "secure_delete": "ON",  # what is erased is overwritten, not only given free
        }
        if is_sqlite(url)
        else {"minsize": "1", "maxsize": "10"}
    )
    missing = "&".join(f"{k}={v}" for k, v in wanted.items() if f"{k}=" not in query)
    return url + ("&" if query else "?") + missing if missing else url


def __getattr__(name: str) -> Any:
    """Give TORTOISE_ORM to the `tortoise` command line (`make migrations`), which asks for it by name.

    The program itself uses open_database, and refuses a wrong DATABASE_URL in a sentence.
    """
    if name == "TORTOISE_ORM":
        return tortoise_config(os.environ.get("DATABASE_URL") or "sqlite://data/thonmoi.sqlite3")
    raise AttributeError(name)
