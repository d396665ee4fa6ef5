"""A bot on the fake Zalo Bot Platform, and a journal that a test can break."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.public_pictures import PublicPictures
from bot.zalo_bot.channel import ZaloBotChannel
from bot.zalo_bot.poller import ZaloBotPoller
from locales import Catalog
from tests.clock import HandClock
from tests.fakes.notebook import Notebook
from tests.fakes.zalo_bot import FakeZaloBot

PUBLIC = "https://thonmoi.example"


@pytest.fixture
async def fake(clock: HandClock) -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot(clock) as server:
        yield server


@pytest.fixture
def attachments() -> dict[str, bytes]:
    return {}


@pytest.fixture
def pictures(clock: HandClock, attachments: dict[str, bytes]) -> PublicPictures:
    async def read(key: str) -> bytes:
        return attachments[key]

    return PublicPictures("a secret key of the office", PUBLIC, clock, read)


@pytest.fixture
async def channel(
    fake: FakeZaloBot, clock: HandClock, catalog_vi: Catalog, pictures: PublicPictures
) -> AsyncIterator[ZaloBotChannel]:
    made = ZaloBotChannel(
        fake.token, api_url=fake.url, clock=clock, catalog=catalog_vi, pictures=pictures
    )
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def poller(
    channel: ZaloBotChannel, notebook: Notebook, clock: HandClock, tmp_path: Path
) -> ZaloBotPoller:
    return ZaloBotPoller(channel, notebook, tmp_path / "unkept", pause=clock.sleep)
