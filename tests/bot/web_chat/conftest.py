"""A web chat with a house behind it, served on a free port of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.bot.web_chat.house import House
from tests.browser import browser, chromium_path, phone
from tests.clock import HandClock

__all__ = ["browser", "chromium_path", "client", "house", "phone"]


@pytest.fixture
async def house(database: str, clock: HandClock, tmp_path: Path) -> House:
    return House(clock, tmp_path / "spool")


@pytest.fixture
async def client(house: House) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(house.app())) as client:
        yield client
