"""The audit log: one chain, whoever writes; whatever is changed in it is found."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from backend.audit import record, seen, verify
from backend.audit_guard import NAME, guard_audit
from backend.migrate import migrate
from backend.models import AuditEntry, AuditHead
from tests.clock import HandClock

pytestmark = pytest.mark.usefixtures("database")


async def unguard_audit() -> None:
    """Take the triggers out, as whoever owns the database can."""
    connection = AuditEntry._meta.db
    if connection.capabilities.dialect == "sqlite":
        for what in ("UPDATE", "DELETE"):
            await connection.execute_query(f"DROP TRIGGER {NAME}_{what}")
    else:
        await connection.execute_query(f"DROP TRIGGER {NAME} ON audit_entry")


@pytest.fixture
async def unguarded(database: str) -> None:
    """Somebody who owns the database has taken its triggers out."""
    await unguard_audit()


async def some(clock: HandClock, count: int) -> None:
    for n in range(count):
        await record("photo.seen", by=7, subject=f"photo:{n}", at=clock.now(), details={"n": n})
        clock.advance(1)


async def test_an_empty_chain_is_whole(clock: HandClock) -> None:
    assert (await verify()).broken == 0
    await some(clock, 3)
    seen = await verify()
    assert (seen.entries, seen.broken) == (3, 0)
    assert seen.sha256 == (await AuditEntry.get(number=3)).sha256


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("by", 8),
        ("action", "photo.exported"),
        ("subject", "photo:99"),
        ("details", '{"n":4}'),
        ("previous", "0" * 64),
        ("sha256", "1" * 64),
    ],
)
@pytest.mark.usefixtures("unguarded")
async def test_a_changed_row_is_named(clock: HandClock, field: str, value: object) -> None:
    await some(clock, 4)
    await AuditEntry.filter(number=2).update(**{field: value})
    assert (await verify()).broken == 2


@pytest.mark.usefixtures("unguarded")
async def test_a_row_of_another_time_is_named(clock: HandClock) -> None:
    await some(clock, 3)
    await AuditEntry.filter(number=3).update(at=clock.now() + timedelta(days=1))
    assert (await verify()).broken == 3


@pytest.mark.parametrize(("gone", "broken"), [(1, 1), (2, 2), (3, 3)])
@pytest.mark.usefixtures("unguarded")
async def test_a_row_that_is_gone_is_named(clock: HandClock, gone: int, broken: int) -> None:
    await some(clock, 3)
    await AuditEntry.filter(number=gone).delete()
    assert (await verify()).broken == broken


async def test_a_chain_forged_from_a_row_on_does_not_end_as_the_head_says(clock: HandClock) -> None:
    await some(clock, 2)
    await AuditHead.all().update(sha256="2" * 64)
    assert (await verify()).broken == 3


async def test_many_at_once_keep_one_chain(clock: HandClock) -> None:
    await asyncio.gather(
        *(record("photo.seen", by=n, subject="photo:1", at=clock.now()) for n in range(20))
    )
    seen = await verify()
    assert (seen.entries, seen.broken) == (20, 0)


async def test_what_is_rolled_back_was_never_done(clock: HandClock) -> None:
    await some(clock, 1)

    async def fails() -> None:
        async with in_transaction():
            await record("review.approved", by=1, subject="photo:1", at=clock.now())
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fails()
    seen = await verify()
    assert (seen.entries, seen.broken) == (1, 0)


async def test_a_novel_is_no_detail(clock: HandClock) -> None:
    with pytest.raises(ValueError, match="too long"):
        await record("x", by=1, subject="y", at=clock.now(), details={"a": "b" * 5_000})


async def test_the_database_refuses_to_change_or_remove_a_row(clock: HandClock) -> None:
    await some(clock, 2)
    with pytest.raises(Exception, match="only added"):
        await AuditEntry.filter(number=1).update(by=9)
    with pytest.raises(Exception, match="only added"):
        await AuditEntry.filter(number=2).delete()
    assert (await verify()).entries == 2


async def test_migrating_again_puts_the_guard_back(clock: HandClock, database: str) -> None:
    await some(clock, 1)
    await unguard_audit()
    assert await migrate(database) == []
    with pytest.raises(Exception, match="only added"):
        await AuditEntry.filter(number=1).update(by=9)
    await guard_audit(AuditEntry._meta.db)  # a second time changes nothing


async def test_looking_is_noted_once_a_person_a_thing_and_an_hour(clock: HandClock) -> None:
    looks = [(7, "photo:1"), (7, "photo:1"), (8, "photo:1"), (7, "photo:2")]
    assert [await seen(s, by=by, at=clock.now()) for by, s in looks] == [True, False, True, True]
    clock.advance(hours=1)
    assert await seen("photo:1", by=7, at=clock.now())
    assert (await verify()).broken == 0


async def test_two_looks_at_once_are_one(clock: HandClock) -> None:
    await asyncio.gather(*(seen("photo:1", by=7, at=clock.now()) for _ in range(8)))
    assert await AuditEntry.filter(action="photo.seen").count() == 1
