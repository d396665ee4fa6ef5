"""Why a database cannot be used, as one sentence that names DATABASE_URL and never its password."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sqlite3
from collections.abc import Iterator
from typing import Final

import asyncpg
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.exceptions import BaseORMException, DBConnectionError

from backend.database import is_sqlite, sqlite_path
from conversations.text import N_, Text

_DAMAGED: Final = N_("DATABASE_URL: {file} is damaged, or no database. Please restore a backup.")
_FULL: Final = N_("DATABASE_URL: the disk of {file} is full.")
_CLOSED: Final = N_("DATABASE_URL: {file} cannot be opened and written.")
_FAILED: Final = N_("DATABASE_URL: the disk of {file} fails.")
_BUSY: Final = N_("DATABASE_URL: another program holds {file}.")
_SQLITE: Final = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_IOERR: _FAILED,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}
_NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.ENETDOWN})


def why_unreachable(error: BaseException | None, database_url: str) -> Text | None:
    """Return the sentence for what opening or using the database raised; None: it is not that."""
    chain = list(_chain(error))
    if is_sqlite(database_url):
        file = sqlite_path(database_url)
        for one in chain:
            code = getattr(one, "sqlite_errorcode", 0) & 0xFF
            if isinstance(one, sqlite3.Error) and code in _SQLITE:
                return Text(_SQLITE[code], {"file": file})  # each stands in N_ above
            if isinstance(one, OSError) and str(one.filename or "").startswith(file):
                full = one.errno in {errno.ENOSPC, errno.EDQUOT}
                return Text(_FULL if full else _CLOSED, {"file": file})  # the same
        return None
    for one in chain:
        if told := _why_not_postgres(one, database_url):
            return told
    return None


def _why_not_postgres(error: BaseException, database_url: str) -> Text | None:
    place, name = _place(database_url)
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return Text(
            "DATABASE_URL: the database at {place} does not take this user or password.",
            {"place": place},
        )
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        told = {"place": place, "name": name}
        return Text("DATABASE_URL: the server at {place} has no database {name}.", told)
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return Text("DATABASE_URL: this user may not make or use tables in {name}.", {"name": name})
    if isinstance(error, asyncpg.DiskFullError):
        return Text("DATABASE_URL: the disk of the database at {place} is full.", {"place": place})
    if reason := _no_answer(error):
        return Text(
            "DATABASE_URL: the database at {place} cannot be reached ({reason}).",
            {"place": place, "reason": reason},
        )
    return None


def _no_answer(error: BaseException) -> str:
    """Return in few words of the system why there is no answer; "" when it is another error."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return error.strerror or "unknown host"
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return "no answer in time"
    if isinstance(error, (asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError)):
        return "it is starting or ending"
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return "too many connections"
    if isinstance(error, (ConnectionError, DBConnectionError, asyncpg.PostgresConnectionError)):
        return "the connection broke off"
    if isinstance(error, OSError) and str(error).startswith("Multiple exceptions"):
        return "connection refused"  # asyncio's, of a host with several addresses
    number = getattr(error, "errno", None)
    return os.strerror(number) if number in _NO_WAY else ""


def _place(database_url: str) -> tuple[str, str]:
    """Return host and port, and the database's name."""
    url = database_url.replace("postgresql:", "postgres:", 1)
    known = expand_db_url(url)["credentials"]
    return f"{known.get('host') or '?'}:{known.get('port') or 5432}", str(known.get("database"))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came from; Tortoise keeps the driver's error as an argument."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseORMException):
            left += [a for a in one.args if isinstance(a, BaseException)]
        left += [one.__cause__, one.__context__]
