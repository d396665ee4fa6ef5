"""Tasks that are interrupted while they use the database leave it usable for all others."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from backend.database import close_database, open_database
from backend.engines import put_off
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


def _number(n: int) -> tuple[str, list[object]]:
    words = "INSERT INTO person (id, name, lang, created_at) SELECT {}, '', 'vi', '{}'"
    return words.format(n, MORNING.isoformat(" ")), []


async def _numbers() -> list[int]:
    return [person.id for person in await Person.all().order_by("id")]


@pytest.mark.usefixtures("database")
async def test_what_was_put_off_is_done_in_its_place() -> None:
    await put_off(Person._meta.db, *_number(1))
    assert await _numbers() == [1]
    async with in_transaction() as db:
        await put_off(db, *_number(2))
        await Person.create(id=3, name="", created_at=MORNING)
        await put_off(db, *_number(4))
        assert await _numbers() == [1, 2, 3, 4]
        await put_off(db, "UPDATE person SET lang = 'en'", [])
        assert await Person.filter(id=2).update(lang="vi") == 1, "not those put off"
        async with in_transaction() as inner:
            await put_off(inner, *_number(5))
        await put_off(db, *_number(6))
    assert await _numbers() == [1, 2, 3, 4, 5, 6]
    async with in_transaction() as db:
        await put_off(db, *_number(7))
    assert 7 in await _numbers()


async def _puts_off(words: tuple[str, list[object]], then: Callable[[], Awaitable[object]]) -> None:
    async with in_transaction() as db:
        await put_off(db, *words)
        await then()


async def _fails() -> None:
    raise ZeroDivisionError


async def _nothing() -> None:
    pass


async def _writes() -> None:
    await Person.create(id=3, name="", created_at=MORNING)


async def _overlooks() -> None:
    with contextlib.suppress(IntegrityError):
        await _writes()


@pytest.mark.usefixtures("database")
async def test_what_was_put_off_is_undone_with_its_transaction() -> None:
    with pytest.raises(ZeroDivisionError):
        await _puts_off(_number(2), _fails)
    async with in_transaction():
        await Person.create(id=1, name="", created_at=MORNING)
        with pytest.raises(ZeroDivisionError):
            await _puts_off(_number(2), _fails)
    assert await _numbers() == [1]


@pytest.mark.usefixtures("database")
async def test_what_was_put_off_and_fails_undoes_the_whole_transaction(database_kind: str) -> None:
    await Person.create(id=1, name="", created_at=MORNING)
    again = _number(1)
    for then in (_nothing, _writes):  # it fails at the commit, at the next statement
        with pytest.raises(IntegrityError):
            await _puts_off(again, then)
    if database_kind == "sqlite":  # on PostgreSQL it fails at once
        with pytest.raises(IntegrityError):
            await _puts_off(again, _overlooks)
    async with in_transaction():
        await Person.create(id=2, name="", created_at=MORNING)
    assert await _numbers() == [1, 2]
