"""An Official Account on the fake, with its tokens in a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from backend.evidence.store import NotKeptError
from bot.messages import Delivery, Outgoing
from bot.zalo_oa.channel import ZaloOAChannel
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.oauth import ZaloOAuth
from bot.zalo_oa.options import Options, read_options
from bot.zalo_oa.pairs import Held, Pairs
from bot.zalo_oa.tokens import TokenKeeper
from bot.zalo_oa.zns import Addressee, Templates
from locales import Catalog, catalog
from tests.clock import OFFICE_ZONE, HandClock
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FakeUser, FakeZaloOA


@dataclass
class Account:
    """One process of the program, as far as this door goes."""

    fake: FakeZaloOA
    clock: HandClock
    words: Catalog
    attachments: dict[str, bytes] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    lost: list[Held] = field(default_factory=list)
    phones: dict[str, Addressee] = field(default_factory=dict)
    channels: list[ZaloOAChannel] = field(default_factory=list)
    trouble: list[int] = field(default_factory=list)
    """Errors that only the office can mend, as the channel told of them."""

    async def opened(self, **values: str) -> ZaloOAChannel:
        """A channel with tokens of its own in memory: another process on the same database."""
        self.options = read_options(values)
        tokens = self.keeper()
        await tokens.open()
        zns = self.options.zns
        channel = ZaloOAChannel(
            tokens,
            options=self.options,
            api_url=self.fake.url,
            clock=self.clock,
            catalog=self.words,
            read_attachment=self._read,
            templates=Templates(zns, self.clock, OFFICE_ZONE, self._whose) if zns else None,
            on_trouble=self._trouble,
        )
        await channel.start()
        self.channels.append(channel)
        return channel

    def keeper(self, seed: str = "refresh-0") -> TokenKeeper:
        return TokenKeeper(
            ZaloOAuth(APP_ID, APP_SECRET, self.fake.url),
            Pairs(CHANNEL, ""),
            self.clock,
            seed=seed,
            on_lost=self._note,
        )

    async def _trouble(self, code: int) -> None:
        self.trouble.append(code)

    async def _note(self, held: Held) -> None:
        self.lost.append(held)

    async def _read(self, key: str) -> bytes:
        if key not in self.attachments:
            raise NotKeptError
        return self.attachments[key]

    async def _whose(self, chat: str) -> Addressee | None:
        return self.phones.get(chat)


async def said(channel: ZaloOAChannel, to: FakeUser, text: str, **more: object) -> Delivery:
    """Send one message to somebody."""
    return await channel.send(to.id, Outgoing(text, **more), "")


@pytest.fixture
def database_kind() -> str:
    """One kind is enough here; what differs between the two is in test_crashes and test_tokens."""
    return "sqlite"


@pytest.fixture
async def fake(clock: HandClock) -> AsyncIterator[FakeZaloOA]:
    async with FakeZaloOA(clock) as server:
        yield server


@pytest.fixture
async def account(database: str, fake: FakeZaloOA, clock: HandClock) -> AsyncIterator[Account]:
    made = Account(fake, clock, catalog("vi"))
    yield made
    for channel in made.channels:
        await channel.stop()


@pytest.fixture
def lan(fake: FakeZaloOA) -> FakeUser:
    """Somebody who has just written."""
    made = fake.user("Lan")
    made.says("chào")
    return made
