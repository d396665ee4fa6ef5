"""A scene of photos to be judged, on either database."""

from __future__ import annotations

import pytest

from tests.backend.review.scene import Scene, make_scene
from tests.clock import HandClock


@pytest.fixture
async def scene(database: str, clock: HandClock) -> Scene:
    return await make_scene(clock)
