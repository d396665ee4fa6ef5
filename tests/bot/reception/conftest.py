"""The reception with the sample plan and the real questionnaires."""

from __future__ import annotations

import pytest

from tests.bot.reception.talk import Office
from tests.clock import HandClock


@pytest.fixture
async def office(database: str, clock: HandClock) -> Office:
    return await Office.open(clock)
