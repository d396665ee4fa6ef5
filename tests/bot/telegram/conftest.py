"""A bot on the fake Bot API, and a journal that a test can break."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.evidence.store import NotKeptError
from bot.telegram.channel import TelegramChannel
from bot.telegram.intake import Intake
from locales import Catalog
from tests.clock import HandClock
from tests.fakes.notebook import Notebook
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
async def fake(clock: HandClock) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock) as server:
        yield server


@pytest.fixture
def attachments() -> dict[str, bytes]:
    return {}


@pytest.fixture
async def channel(
    fake: FakeTelegram, clock: HandClock, catalog_vi: Catalog, attachments: dict[str, bytes]
) -> AsyncIterator[TelegramChannel]:
    async def read(key: str) -> bytes:
        if key == "away":
            raise OSError("the store is away")
        if key not in attachments:
            raise NotKeptError
        return attachments[key]

    made = TelegramChannel(
        fake.token, api_url=fake.url, clock=clock, catalog=catalog_vi, read_attachment=read
    )
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def intake(channel: TelegramChannel, notebook: Notebook) -> Intake:
    return Intake(channel, notebook)
