"""The office's pages, served on a free port, with a district of people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.backend.office.house import House
from tests.backend.office_people import make_areas, make_people
from tests.browser import browser, chromium_path, phone
from tests.clock import HandClock

__all__ = ["areas", "browser", "chromium_path", "client", "house", "people", "phone"]


@pytest.fixture
async def areas(database: str) -> dict[str, int]:
    return await make_areas()


@pytest.fixture
async def people(areas: dict[str, int], clock: HandClock) -> dict[str, int]:
    return await make_people(areas, clock.now())


@pytest.fixture
async def house(database: str, clock: HandClock, tmp_path: Path) -> House:
    return House(clock, tmp_path / "data", database)


@pytest.fixture
async def client(house: House) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(house.app())) as client:
        yield client
