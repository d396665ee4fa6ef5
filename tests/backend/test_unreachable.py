"""A database that cannot be used says why in one sentence, without its password."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from backend.migrate import NewerDatabaseError, migrate
from backend.unreachable import why_unreachable
from locales import catalog
from tests.journeys.house import free_port
from tests.postgres import Postgres


def said(url: str) -> str:
    """What is said of a database that the tables are to be made in."""
    with pytest.raises(Exception) as raised:  # noqa: PT011  (of any driver)
        asyncio.run(migrate(url))
    told = why_unreachable(raised.value, url)
    assert told is not None
    return catalog("en").say(told)


def test_a_server_that_does_not_answer_is_named_by_its_place() -> None:
    port = free_port()
    told = said(f"postgres://office:Secret1@127.0.0.1:{port}/thonmoi")
    assert told.startswith(f"DATABASE_URL: the database at 127.0.0.1:{port} cannot be reached")
    assert "Secret1" not in told


def test_a_database_that_a_server_does_not_have_is_named(postgres_server: Postgres) -> None:
    assert "has no database nowhere" in said(postgres_server.url("nowhere"))


def test_a_damaged_file_and_a_place_that_is_none(tmp_path: Path) -> None:
    damaged = tmp_path / "office.sqlite3"
    damaged.write_bytes(b"no database, but much longer than the head of one" * 40)
    assert "is damaged" in said(f"sqlite://{damaged}")
    (tmp_path / "file").touch()
    assert "cannot be opened" in said(f"sqlite://{tmp_path / 'file' / 'x.sqlite3'}")


def test_what_is_not_the_databases_fault_is_not_put_on_it(tmp_path: Path) -> None:
    for url in (f"sqlite://{tmp_path / 'x'}", "postgres://127.0.0.1/x"):
        assert why_unreachable(FileNotFoundError(2, "No such file", "/etc/x"), url) is None
        assert why_unreachable(KeyError("x"), url) is None


async def test_a_database_of_a_newer_program_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "office.sqlite3"
    await migrate(f"sqlite://{file}")
    with sqlite3.connect(file) as db:
        db.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) "
            "VALUES ('models', '0099_later', '2030-01-01')"
        )
    db.close()
    with pytest.raises(NewerDatabaseError, match="0099_later") as newer:
        await migrate(f"sqlite://{file}")
    assert newer.value.said(catalog("en")).startswith("DATABASE_URL: a newer version")
