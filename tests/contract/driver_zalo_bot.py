"""A bot of the Zalo Bot Platform at the contract's door, by long poll and by webhook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.program import Program
from tests.clock import HandClock
from tests.contract.door import Seen
from tests.contract.faked import Faked
from tests.fakes.zalo_bot import SECRET, FakeUser, FakeZaloBot

PATH = "/webhooks/zalo-bot"


class ZaloBotPerson:
    """See `tests.contract.door.Person`. Choices are numbers: there is nothing to press."""

    def __init__(self, fake: FakeZaloBot, user: FakeUser) -> None:
        self.chat = user.id
        self.user = user
        self._fake = fake

    async def enters(self, code: str) -> None:
        self.user.says(code or "Chào")

    async def says(self, text: str) -> None:
        self.user.says(text)

    async def presses(self, number: int) -> None:
        self.user.says(str(number))

    async def presses_stale(self) -> None:
        self.user.says("99")

    async def sends_photos(self, *photos: bytes) -> None:
        self.user.sends_album(list(photos))

    async def sends_unusable(self) -> None:
        self.user.sends("sticker")

    def seen(self) -> list[Seen]:
        return [Seen(s.text, (), (*s.fetched, b"")[0]) for s in self._fake.sent_to(self.user)]


class ZaloBotPoll(Faked[FakeZaloBot]):
    """See `tests.contract.door.Door`."""

    name = "zalo-bot-poll"
    channel = "zalo-bot"
    max_text = 2_000
    failures: Mapping[str, str] = {
        "slow down": "",
        "broken": "",
        "blocked": "blocked",
        "gone": "gone",
    }

    def __init__(self, clock: HandClock) -> None:
        super().__init__(FakeZaloBot(clock))
        self._people: dict[str, ZaloBotPerson] = {}

    def opens(self) -> dict[str, str]:
        return {"ZALO_BOT_TOKEN": self.fake.token, "ZALO_BOT_API_URL": self.fake.url}

    async def opened(self, program: Program) -> None:
        settings = program.settings
        self.fake.reaches[settings.public_url] = f"http://127.0.0.1:{settings.port}"

    def person(self, name: str) -> ZaloBotPerson:
        number = f"6ede9afa66b88fe6d{len(self._people):03x}"
        return self._people.setdefault(name, ZaloBotPerson(self.fake, self.fake.user(number, name)))

    async def arrived(self) -> None:
        await self.fake.until(lambda: not self.fake.events and self.fake.asked_again)

    def fails(self, kind: str, person: Any) -> None:
        does: dict[str, Callable[[], None]] = {
            "slow down": lambda: self.fake.fails("sendMessage", 429, chat=person.chat),
            "broken": lambda: self.fake.fails("sendMessage", 502, chat=person.chat),
            "blocked": person.user.blocks,
            "gone": person.user.vanishes,
        }
        does[kind]()

    def mends(self, person: Any) -> None:
        person.user.refusal = 0


class ZaloBotWebhook(ZaloBotPoll):
    """The same by webhook."""

    name = "zalo-bot-webhook"

    def opens(self) -> dict[str, str]:
        return super().opens() | {"ZALO_BOT_MODE": "webhook", "ZALO_BOT_SECRET": SECRET}

    async def opened(self, program: Program) -> None:
        await super().opened(program)
        self.fake.use_webhook(f"http://127.0.0.1:{program.settings.port}{PATH}")

    async def arrived(self) -> None:
        await self.fake.delivered()
