"""The database: whether it answers, whether a power cut can harm it, room, who else is on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from tortoise.connection import get_connections

from backend.database import dedicated_connection, is_sqlite, sqlite_path
from backend.migrate import pending
from backend.models import Inbox
from bot.doctor.machine import others_with
from bot.doctor.shapes import Finding, Sight, good, look, mend
from bot.turn.leader import SCHEDULE_LOCK, SENDER_LOCK
from conversations.text import N_, Text

MB: Final = 1_000_000
LITTLE_ROOM: Final = 2_000
NO_ROOM: Final = 300
"""MB; a commune's photos of a quarter are some 500."""
FULL: Final = 2
"""SQLite's number for synchronous=FULL."""


async def answers(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether the database answers and has all its tables."""
    url = sight.settings.database_url
    kind = "SQLite" if is_sqlite(url) else "PostgreSQL"
    if missing := await _missing(sight):
        yield mend(
            Text("{kind}: the tables are not up to date", {"kind": kind}),
            Text("Please run: thonmoi migrate"),
        )
        if "0001_initial" in missing:
            return
    count = await Inbox.all().count()
    yield good(
        Text(
            "{kind} answers; {count} messages were received so far", {"kind": kind, "count": count}
        )
    )


async def _missing(sight: Sight) -> list[str]:
    return await pending(sight.settings.database_url)


async def safety(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether what was answered survives a power cut, and how large it has become."""
    if not is_sqlite(sight.settings.database_url):
        async for finding in _postgres(sight):
            yield finding
        return
    path = Path(sqlite_path(sight.settings.database_url))
    journal = (await _pragma("journal_mode"))["journal_mode"]
    synchronous = (await _pragma("synchronous"))["synchronous"]
    if journal != "wal" or synchronous < FULL:
        yield mend(
            Text("a power cut may lose answers (journal {journal}, synchronous {number})",
                 {"journal": str(journal), "number": int(synchronous)}),
            Text("Please leave journal_mode and synchronous out of DATABASE_URL."),
        )  # fmt: skip
    else:
        yield good(Text("a power cut loses no answer"))
    others = await others_with(sight, path)
    if others > 1:
        yield mend(
            Text("{count} programs use the same SQLite file", {"count": others}),
            Text("Please end all but one, or use PostgreSQL."),
        )
    size = sum(p.stat().st_size for p in (path, Path(f"{path}-wal")) if p.exists())
    yield room(path.parent, Text("the file has {count} MB", {"count": size // MB}))


async def _pragma(name: str) -> dict[str, Any]:
    connection = get_connections().get("sqlite")
    return dict((await connection.execute_query_dict(f"PRAGMA {name}"))[0])


async def _postgres(sight: Sight) -> AsyncIterator[Finding]:
    connection = await dedicated_connection(sight.settings.database_url)
    try:
        off = [
            name
            for name in ("fsync", "full_page_writes")
            if await connection.fetchval(f"SHOW {name}") == "off"
        ]
        commit = await connection.fetchval("SHOW synchronous_commit")
        size = await connection.fetchval("SELECT pg_database_size(current_database())")
    finally:
        await connection.close()
    off += ["synchronous_commit"] if commit == "off" else []
    if off:
        yield mend(
            Text("a power cut may lose answers: {names} is off", {"names": ", ".join(off)}),
            Text("Please turn it on in postgresql.conf."),
        )
    else:
        yield good(Text("a power cut loses no answer; {count} MB", {"count": size // MB}))


async def leaders(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether one worker holds each duty that only one may have (PostgreSQL)."""
    connection = await dedicated_connection(sight.settings.database_url)
    try:
        rows = await connection.fetch(
            "SELECT (classid::bigint << 32) | objid::bigint AS lock FROM pg_locks l "
            "JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() "
            "WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        )
    finally:
        await connection.close()
    held = {row["lock"] for row in rows}
    free = [
        Text(name)
        for lock, name in ((SENDER_LOCK, N_("sending")), (SCHEDULE_LOCK, N_("the schedule")))
        if lock not in held
    ]
    for name in free:
        yield look(
            Text("nobody does this now: {name}", {"name": name}),
            Text("Please start one: thonmoi worker"),
        )
    if not free:
        yield good(Text("one worker sends and keeps the schedule"))


def room(folder: Path, says: Text) -> Finding:
    """Return how much room a folder's disk has left."""
    left = shutil.disk_usage(folder).free // MB
    told = Text("{what}; {count} MB are free on the disk", {"what": says, "count": left})
    advice = Text("Please make room on the disk, or use a larger one.")
    if left < NO_ROOM:
        return mend(told, advice)
    return look(told, advice) if left < LITTLE_ROOM else good(told)
