"""One sender per installation: who leads, and who takes over."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from bot.turn.leader import SCHEDULE_LOCK, SENDER_LOCK, Leader
from tests.clock import PATIENCE
from tests.postgres import Postgres


class Work:
    """What a leader starts and stops."""

    def __init__(self, url: str, lock: int = SENDER_LOCK) -> None:
        self.started, self.stopped = asyncio.Event(), asyncio.Event()
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.leader = Leader(url, lock, sleep=self.wait)
        self.task = asyncio.create_task(self.leader.lead(self.start, self.stop))

    async def start(self) -> None:
        self.started.set()

    async def stop(self) -> None:
        self.stopped.set()

    async def wait(self, seconds: float) -> None:
        """Stand in for sleep: the next try comes when the test says so."""
        self.asked.set()
        await self.go.wait()
        self.go.clear()
        self.asked.clear()

    async def until(self, event: asyncio.Event) -> None:
        """Let it try again and again until this happens: PostgreSQL lets go a moment later."""
        async with asyncio.timeout(PATIENCE):
            while not event.is_set():
                self.go.set()
                await asyncio.sleep(0)

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_the_first_leads_and_stops_its_work_at_the_end(database_url: str) -> None:
    one = Work(database_url)
    await one.started.wait()
    assert one.leader.leading
    await one.end()
    assert one.stopped.is_set()
    assert not one.leader.leading


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_another_process_leads_once_the_first_is_gone(database_url: str) -> None:
    one = Work(database_url)
    await one.started.wait()
    two = Work(database_url)
    await two.asked.wait()
    assert not two.leader.leading
    other = Work(database_url, SCHEDULE_LOCK)
    await other.started.wait()
    await one.end()
    await two.until(two.started)
    await two.end()
    await other.end()


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_a_leader_whose_connection_breaks_stops_and_asks_again(
    database_url: str, postgres_server: Postgres
) -> None:
    one = Work(database_url)
    await one.started.wait()
    await one.asked.wait()
    admin = await asyncpg.connect(
        host=str(postgres_server.folder), user="postgres", database="postgres"
    )
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1",
        SENDER_LOCK & 0xFFFFFFFF,
    )
    await admin.close()
    one.started.clear()
    await one.until(one.stopped)
    await one.until(one.started)
    await one.end()
