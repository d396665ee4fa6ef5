"""Tortoise's two clients, with one thing mended: whoever is interrupted gives back what it held.

And one added: a statement may be put off (`put_off`), which on SQLite saves a trip.

In Tortoise 1.1 a task that is cancelled (or fails) while its transaction begins keeps SQLite's
only lock, or one of PostgreSQL's connections, for as long as the process lives: nothing is ever
read or written again, or after ten times nothing. `backend.database` names these modules as
Tortoise's engines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient


async def put_off(db: BaseDBAsyncClient, query: str, values: Sequence[Any]) -> None:
    """Run a statement of which nobody wants to know the result, no later than the commit.

    In a transaction on SQLite it goes with the statement that follows; what it raises, that one
    then raises, or the commit, and the transaction is undone in either case.
    """
    later = getattr(db, "put_off", None)
    if later is None:
        await db.execute_query(query, list(values))
    else:
        later(query, values)


async def to_its_end(work: Coroutine[Any, Any, object]) -> None:
    """Run to the end though this task is cancelled meanwhile, and swallow that; for clearing up.

    Whoever calls this is about to raise what interrupted it. What `work` raises is swallowed too.
    """
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(asyncio.wait([task]))
        except asyncio.CancelledError:
            continue
    if not task.cancelled():
        task.exception()
