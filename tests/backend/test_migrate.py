"""The tables a migrated database has are the ones the models describe, on both databases."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from backend.database import close_database, open_database, tortoise_config
from backend.migrate import migrate, pending
from backend.models import Area
from tests.postgres import Postgres


async def test_the_migrated_database_takes_rows(database: str) -> None:
    village = await Area.create(code="x", level="village", name="Thôn 1", folded="thon 1")
    assert [a.name for a in await Area.filter(id=village.id)] == ["Thôn 1"]


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert await pending(database_url) == []
    assert await migrate(database_url) == []


async def test_three_processes_may_migrate_at_once(
    database_kind: str, postgres_server: Postgres, tmp_path: Path
) -> None:
    url = f"sqlite://{tmp_path / 'new.sqlite3'}"
    if database_kind == "postgres":
        admin = await asyncpg.connect(
            host=str(postgres_server.folder), user="postgres", database="postgres"
        )
        await admin.execute("CREATE DATABASE thrice")
        await admin.close()
        url = postgres_server.url("thrice")
    done = await asyncio.gather(migrate(url), migrate(url), migrate(url))
    assert sorted(map(len, done)) == [0, 0, 1]


async def test_the_models_need_no_further_migration(tmp_path: Path) -> None:
    config = tortoise_config(f"sqlite://{tmp_path / 'x.sqlite3'}")
    async with TortoiseContext() as context:
        await context.init(config=config, init_connections=False)
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, config["apps"]).changes()
    assert changes == [], "run `make migrations`"


def _sqlite_schema(path: Path) -> dict[str, list[str]]:
    """Return columns, uniques, indexes and foreign keys as the database itself knows them."""
    with sqlite3.connect(path) as db:
        tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        out = {}
        for table in tables:
            if table.startswith(("sqlite_", "tortoise_")):
                continue
            facts = [str(r[1:]) for r in db.execute(f"PRAGMA table_info('{table}')")]
            facts += [str(r[2:]) for r in db.execute(f"PRAGMA foreign_key_list('{table}')")]
            for index in db.execute(f"PRAGMA index_list('{table}')").fetchall():
                columns = [r[2] for r in db.execute(f"PRAGMA index_info('{index[1]}')")]
                facts.append(f"index unique={index[2]} {columns}")
            out[table] = sorted(facts)
    db.close()
    return out


async def test_on_sqlite_the_migrated_schema_is_the_generated_one(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "generated.sqlite3"
    await open_database(f"sqlite://{path}")
    await Tortoise.generate_schemas()
    await close_database()
    assert _sqlite_schema(sqlite_template) == _sqlite_schema(path)


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_on_postgres_the_migrated_schema_is_the_generated_one(
    database: str, postgres_server: Postgres
) -> None:
    connection = await asyncpg.connect(
        host=str(postgres_server.folder),
        user="postgres",
        database=urlsplit(database).path.lstrip("/"),
    )
    try:
        migrated = await _postgres_schema(connection)
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        await Tortoise.generate_schemas()
        assert migrated == await _postgres_schema(connection)
    finally:
        await connection.close()


async def _postgres_schema(connection: asyncpg.Connection) -> list[str]:
    columns = await connection.fetch(
        "SELECT table_name, column_name, data_type, is_nullable, column_default,"
        " character_maximum_length, numeric_precision FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name NOT LIKE 'tortoise%'"
    )
    indexes = await connection.fetch(
        "SELECT tablename, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' AND tablename NOT LIKE 'tortoise%'"
    )
    keys = await connection.fetch(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('f', 'u', 'p') AND conrelid::regclass::text NOT LIKE 'tortoise%'"
    )
    without_names = [re.sub(r"INDEX \S+ ON", "INDEX ON", str(tuple(r))) for r in indexes]
    return sorted(
        [*(str(tuple(r)) for r in columns), *without_names, *(str(tuple(r)) for r in keys)]
    )
