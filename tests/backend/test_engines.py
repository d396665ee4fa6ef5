"""Tasks that are interrupted while they use the database leave it usable for all others."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tortoise.transactions import in_transaction

from backend.database import close_database, open_database
from backend.models import Person
from tests.clock import MORNING, PATIENCE

STEPS = 25
"""Squared it is more turns of the loop than a transaction with two statements takes here."""


@pytest.fixture
def few_connections(database_url: str, database_kind: str) -> str:
    return f"{database_url}&maxsize=2" if database_kind == "postgres" else database_url


async def _write(name: str) -> None:
    async with in_transaction():
        await Person.create(name=name, created_at=MORNING)
        await Person.filter(name=name).count()


@pytest.mark.parametrize("times", [1, 2])
async def test_cancelled_at_every_step_of_a_transaction(few_connections: str, times: int) -> None:
    """Also twice: the second time while it clears up."""
    await open_database(few_connections)
    try:
        ended = 0
        for steps in range(STEPS):
            task = asyncio.create_task(_write(f"cut-{steps}"))
            for _ in range(steps**2):  # a server's answer takes many of them
                await asyncio.sleep(0)
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0)
            ended += isinstance(
                (await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError
            )
            async with asyncio.timeout(PATIENCE):
                await _write(f"whole-{steps}")
                assert await Person.filter(name=f"whole-{steps}").count() == 1
        assert ended > 0
        assert await Person.filter(name__startswith="whole-").count() == STEPS
    finally:
        await close_database()


async def test_a_database_that_cannot_be_opened_raises_each_time(tmp_path) -> None:
    await open_database(f"sqlite://{tmp_path / 'no such folder' / 'x.sqlite3'}")
    try:
        for _ in range(3):
            async with asyncio.timeout(PATIENCE):
                with pytest.raises(Exception, match="unable to open database file"):
                    await _write("x")
    finally:
        await close_database()
        # aiosqlite ends the thread of each connection that failed without waiting for it, and the
        # thread speaks to this test's loop once more.
        for thread in threading.enumerate():
            if "_connection_worker_thread" in thread.name:
                await asyncio.to_thread(thread.join, PATIENCE)
