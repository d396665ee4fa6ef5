"""A bot on the fake Bot API, and a journal that a test can break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.messages import Incoming
from bot.telegram.channel import TelegramChannel
from bot.telegram.intake import Intake
from locales import Catalog
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram


class Notebook:
    """A journal in memory: one row per (channel, bot, external id), as the table has it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Incoming] = {}
        self.given = 0
        self.failures = 0
        self.refuses: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def record(self, incoming: Sequence[Incoming]) -> None:
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError("the database is down")
        if any(i.text in self.refuses for i in incoming):
            raise ValueError("the database refuses this one")
        self.given += len(incoming)
        for i in incoming:
            self.rows.setdefault((i.channel, i.bot, i.external_id), i)

    @property
    def kept(self) -> list[Incoming]:
        return list(self.rows.values())


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
