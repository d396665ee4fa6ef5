"""Telegram at the contract's door, by long poll and by webhook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.program import Program
from tests.clock import HandClock
from tests.contract.door import Seen
from tests.contract.faked import Faked
from tests.fakes.telegram import FakeTelegram, FakeUser

SECRET = "a-secret_for-the-webhook"
PATH = "/webhooks/telegram"


class TelegramPerson:
    """See `tests.contract.door.Person`."""

    def __init__(self, fake: FakeTelegram, user: FakeUser) -> None:
        self.chat = str(user.id)
        self.user = user
        self._fake = fake

    async def enters(self, code: str) -> None:
        self.user.starts(code)

    async def says(self, text: str) -> None:
        self.user.says(text)

    async def presses(self, number: int) -> None:
        last = self._fake.sent_to(self.user)[-1]
        self.user.presses(last.buttons[number - 1], last)

    async def presses_stale(self) -> None:
        oldest = next(s for s in self._fake.sent_to(self.user) if s.pressable)
        self.user.presses_data(oldest.pressable, oldest)

    async def sends_photos(self, *photos: bytes) -> None:
        if len(photos) == 1:
            self.user.sends_photo(photos[0])
        else:
            self.user.sends_album(list(photos))

    async def sends_unusable(self) -> None:
        self.user.sends("sticker")

    def seen(self) -> list[Seen]:
        return [Seen(s.text, tuple(s.buttons), s.data) for s in self._fake.sent_to(self.user)]


class TelegramPoll(Faked[FakeTelegram]):
    """See `tests.contract.door.Door`."""

    name = "telegram-poll"
    channel = "telegram"
    max_text = 4_096
    failures: Mapping[str, str] = {
        "slow down": "",
        "broken": "",
        "blocked": "blocked",
        "gone": "gone",
    }

    def __init__(self, clock: HandClock) -> None:
        super().__init__(FakeTelegram(clock))
        self._people: dict[str, TelegramPerson] = {}

    def opens(self) -> dict[str, str]:
        return {"TELEGRAM_TOKEN": self.fake.token, "TELEGRAM_API_URL": self.fake.url}

    async def opened(self, program: Program) -> None:
        """Nothing is to be done: the program asks by itself."""

    def person(self, name: str) -> TelegramPerson:
        number = len(self._people) + 1
        return self._people.setdefault(
            name, TelegramPerson(self.fake, self.fake.user(number, name))
        )

    async def arrived(self) -> None:
        newest = self.fake.newest
        await self.fake.until(lambda: self.fake.confirmed > newest)

    def fails(self, kind: str, person: Any) -> None:
        chat = int(person.chat)
        does: dict[str, Callable[[], None]] = {
            "slow down": lambda: self.fake.fails("sendMessage", 429, retry_after=7, chat=chat),
            "broken": lambda: self.fake.fails("sendMessage", 502, chat=chat),
            "blocked": person.user.blocks,
            "gone": lambda: self.fake.chats.discard(chat),
        }
        does[kind]()

    def mends(self, person: Any) -> None:
        person.user.unblocks()
        self.fake.chats.add(int(person.chat))


class TelegramWebhook(TelegramPoll):
    """The same by webhook."""

    name = "telegram-webhook"

    def opens(self) -> dict[str, str]:
        mode = {"TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": SECRET}
        return super().opens() | mode

    async def opened(self, program: Program) -> None:
        settings = program.settings
        local = f"http://127.0.0.1:{settings.port}"
        self.fake.reaches[settings.public_url] = local
        self.fake.use_webhook(f"{local}{PATH}", SECRET)

    async def arrived(self) -> None:
        await self.fake.delivered()
