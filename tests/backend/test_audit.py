"""The audit log: one chain, whoever writes; whatever is changed in it is found."""

# ruff: noqa: S608  (an attacker's statements, of this file's own constants)

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from backend.audit import (
    Look,
    by_command,
    digest,
    end_now,
    looked,
    record,
    seen,
    still_there,
    verify,
)
from backend.audit_guard import HEAD, NAME, guard_audit
from backend.audit_guard import unguarded as missing
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


@pytest.mark.parametrize("number", [0, -3, 4])
async def test_a_row_that_was_put_in_is_named(clock: HandClock, number: int) -> None:
    await some(clock, 3)
    last = await AuditEntry.get(number=3)
    await AuditEntry.create(
        number=number,
        at=clock.now(),
        by=9,
        action="photo.seen",
        subject="photo:1",
        details="",
        previous=last.sha256,
        sha256="f" * 64,
    )
    assert (await verify()).broken == (1 if number < 1 else 4)


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


async def test_several_looks_at_once_are_one_chain_and_each_is_noted_once(
    clock: HandClock,
) -> None:
    one, two = Look("photo.seen", "photo:1"), Look("submission.seen", "submission:1")
    assert await looked([one, two, one], by=7, at=clock.now()) == 2
    assert await looked([two, Look("photo.seen", "photo:2")], by=7, at=clock.now()) == 1
    assert await looked([], by=7, at=clock.now()) == 0
    assert (await verify()).entries == 3
    assert (await verify()).broken == 0


async def test_what_somebody_does_at_the_command_line_says_with_which_account(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "1007")
    with by_command():
        await record("plan.loaded", by=None, subject="plan:x", at=clock.now(), details={"n": 1})
        await record("role.ended", by=7, subject="person:1", at=clock.now())
    await record("retention.done", by=None, subject="day:x", at=clock.now())
    told = [json.loads(e.details or "{}") for e in await AuditEntry.all().order_by("number")]
    assert told == [{"n": 1, "via": "command", "uid": 0, "sudo_uid": 1007}, {}, {}]


async def refused(statement: str) -> None:
    with pytest.raises(Exception, match=r"only added|unique|UNIQUE"):
        await AuditEntry._meta.db.execute_script(statement)


async def test_no_statement_puts_another_row_in_the_place_of_one(
    clock: HandClock, database_kind: str
) -> None:
    await some(clock, 3)
    before = await AuditEntry.all().order_by("number").values()
    head = await AuditHead.all().values()
    columns = "id, number, at, by, action, subject, details, previous, sha256"
    copied = f"SELECT {columns.replace('by', '9')} FROM audit_entry"
    renumbered = copied.replace("SELECT id", "SELECT id + 100")
    put = f"INTO audit_entry ({columns})"
    tries = [
        "UPDATE audit_entry SET details = 'x' WHERE number = 2",
        "DELETE FROM audit_entry WHERE number = 3",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET entries = 2",
        f"INSERT {put} {copied} WHERE true ON CONFLICT (id) DO UPDATE SET by = 9",
    ]
    if database_kind == "sqlite":
        tries += [
            f"INSERT OR REPLACE {put} {copied}",
            f"REPLACE {put} {renumbered}",
            "UPDATE OR REPLACE audit_entry SET number = 1 WHERE number = 2",
            "REPLACE INTO audit_head (id, entries, sha256) VALUES (1, 0, '')",
        ]
    else:
        matched = "WHEN MATCHED THEN UPDATE SET by = 9"
        tries += [
            "TRUNCATE audit_entry",
            "TRUNCATE audit_head CASCADE",
            "SET session_replication_role = replica; UPDATE audit_entry SET by = 9",
            f"MERGE INTO audit_entry a USING audit_head h ON h.id = 1 {matched}",
        ]
    for statement in tries:
        await refused(statement)
    assert await AuditEntry.all().order_by("number").values() == before
    assert await AuditHead.all().values() == head
    await some(clock, 1)
    assert (await verify()).entries == 4


async def test_a_guard_that_was_hollowed_out_is_put_back(
    clock: HandClock, database: str, database_kind: str
) -> None:
    await some(clock, 2)
    db = AuditEntry._meta.db
    assert await missing(db) == []
    if database_kind == "sqlite":
        await db.execute_query(f"DROP TRIGGER {NAME}_UPDATE")
        await db.execute_query(
            f"CREATE TRIGGER {NAME}_UPDATE BEFORE UPDATE ON audit_entry BEGIN SELECT 1; END"
        )
        await db.execute_query(f"DROP TRIGGER {HEAD}_DELETE")
        gone = {f"{NAME}_UPDATE", f"{HEAD}_DELETE"}
    else:
        await db.execute_query(f"ALTER TABLE audit_entry DISABLE TRIGGER {NAME}")
        await db.execute_query(f"DROP TRIGGER {HEAD} ON audit_head")
        gone = {NAME, HEAD}
        await db.execute_query(
            "CREATE OR REPLACE FUNCTION audit_only_added() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NEW; END $$"
        )
        gone.add(f"{HEAD}_gone")
    assert set(await missing(db)) == gone
    await migrate(database)
    assert await missing(db) == []
    await refused("UPDATE audit_entry SET by = 9")
    await refused("DELETE FROM audit_head")


async def forge(attack: str) -> None:
    """Do it as whoever owns the database and has this very code, and leave no seam."""
    connection = AuditEntry._meta.db
    if connection.capabilities.dialect == "sqlite":
        for what in ("UPDATE", "DELETE"):
            await connection.execute_query(f"DROP TRIGGER {HEAD}_{what}")
    else:
        await connection.execute_query(f"DROP TRIGGER {HEAD} ON audit_head")
        await connection.execute_query(f"DROP TRIGGER {HEAD}_gone ON audit_head")
    rows = await AuditEntry.all().order_by("number")
    match attack:
        case "the end cut off":
            rows = rows[:-2]
        case "all gone":
            rows = []
        case "one row out":
            rows = [row for row in rows if row.number != 3]
        case "one row changed":
            rows[2].by = 8
        case "two rows swapped":
            rows[2].subject, rows[3].subject = rows[3].subject, rows[2].subject
        case "another history":
            rows = [row for row in rows if row.by != 7]
    await AuditEntry.all().delete()
    last = ""
    for number, row in enumerate(rows, 1):
        row.number, row.previous = number, last
        last = row.sha256 = digest(row)
    await AuditEntry.bulk_create(rows)
    await AuditHead.all().update(entries=len(rows), sha256=last)


@pytest.mark.parametrize(
    "attack",
    [
        "the end cut off",
        "all gone",
        "one row out",
        "one row changed",
        "two rows swapped",
        "another history",
    ],
)
@pytest.mark.usefixtures("unguarded")
async def test_a_chain_that_was_written_anew_is_found_by_a_hash_that_was_kept(
    clock: HandClock, attack: str
) -> None:
    await some(clock, 3)
    early = (await end_now()).sha256
    await some(clock, 3)
    kept = (await end_now()).sha256
    assert await still_there(kept) == 6
    await forge(attack)
    found = await verify()
    assert found.broken == 0, "the chain alone cannot tell"
    assert not await still_there(kept)
    before = 3 if attack == "the end cut off" else 0
    assert await still_there(early) == before, "an older one tells only of what was before it"
    await some(clock, 5)  # the program goes on and hides it under new rows
    assert (await verify()).broken == 0
    assert not await still_there(kept)
