"""A scene of photos to be judged, on either database, and the pages on which that is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.backend.office.house import House
from tests.backend.review.desk import Desk
from tests.backend.review.scene import PLAN, Scene, make_scene
from tests.browser import browser, chromium_path, laptop, phone
from tests.clock import HandClock

__all__ = ["browser", "chromium_path", "desk", "laptop", "phone", "scene"]


@pytest.fixture
async def scene(database: str, clock: HandClock) -> Scene:
    return await make_scene(clock)


@pytest.fixture
async def desk(scene: Scene, database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    house = House(scene.clock, tmp_path / "data", database)
    house.settings = replace(house.settings, plan=PLAN)
    house.store.kept = scene.kept
    async with TestClient(TestServer(house.app())) as client:
        yield Desk(client, scene)
