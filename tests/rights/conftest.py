"""The office's pages with everything protected once in every area."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.backend.office.house import House
from tests.clock import HandClock
from tests.rights.visitor import Visitor
from tests.rights.world import World, make_world


@pytest.fixture
async def world(database: str, clock: HandClock) -> World:
    return await make_world(clock)


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
