"""The office's pages with everything protected once in every area.

The world is made once for each kind of database and copied for each test, as the empty one is.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from backend.database import close_database, open_database
from tests.backend.office.house import House
from tests.clock import HandClock
from tests.postgres import Postgres, run_apart
from tests.rights.visitor import Visitor
from tests.rights.world import World, make_world


async def _made(url: str) -> World:
    await open_database(url)
    try:
        return await make_world(HandClock())
    finally:
        await close_database()


@pytest.fixture(scope="session")
def worlds() -> dict[str, World]:
    """What stands in the templates, by kind of database."""
    return {}


@pytest.fixture(scope="session")
def sqlite_template(
    sqlite_template: Path, worlds: dict[str, World], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.sqlite3"
    shutil.copyfile(sqlite_template, path)
    worlds["sqlite"] = run_apart(lambda: _made(f"sqlite://{path}?synchronous=OFF"))
    return path


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: Postgres, postgres_template: str, worlds: dict[str, World]
) -> str:
    postgres_server.sql(f"CREATE DATABASE template_world TEMPLATE {postgres_template}")
    worlds["postgres"] = run_apart(lambda: _made(postgres_server.url("template_world")))
    return "template_world"


@pytest.fixture
async def world(
    database: str, database_kind: str, worlds: dict[str, World], clock: HandClock
) -> World:
    world = copy.copy(worlds[database_kind])
    world.clock = clock
    return world


@pytest.fixture
async def house(world: World, clock: HandClock, database: str, tmp_path: Path) -> House:
    house = House(clock, tmp_path / "data", database)
    house.store.kept = world.kept
    return house


@pytest.fixture
async def app(house: House) -> web.Application:
    return house.app()


@pytest.fixture
async def visitor(app: web.Application, house: House) -> AsyncIterator[Callable[[], Visitor]]:
    """Makes a browser more each time; they share one server."""
    made: list[Visitor] = []
    server = TestServer(app)
    await server.start_server()

    def make() -> Visitor:
        made.append(Visitor(server, house))
        return made[-1]

    yield make
    for one in made:
        await one.client.close()
    await server.close()
