"""A Zalo Official Account at the contract's door: with words and numbers alone, and with buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.program import Program
from tests.clock import HandClock
from tests.contract.door import Seen
from tests.contract.faked import Faked
from tests.fakes.zalo_oa import FakeUser, FakeZaloOA

PATH = "/webhooks/zalo-oa"
FOR_GOOD = 1_000_000
LASTING = {"gone": -227, "window": -230, "quota": -211}


class ZaloOAPerson:
    """See `tests.contract.door.Person`."""

    def __init__(self, fake: FakeZaloOA, user: FakeUser) -> None:
        self.chat = user.id
        self.user = user
        self._fake = fake

    async def enters(self, code: str) -> None:
        if not code:
            self.user.follows()
            return
        self.user.says(code)

    async def says(self, text: str) -> None:
        self.user.says(text)

    async def presses(self, number: int) -> None:
        last = self._fake.sent_to(self.user)[-1]
        if len(last.buttons) >= number:
            self.user.presses_payload(last.buttons[number - 1]["payload"])
        else:
            self.user.says(str(number))

    async def presses_stale(self) -> None:
        for sent in self._fake.sent_to(self.user):
            if sent.buttons:
                self.user.presses_payload(sent.buttons[0]["payload"])
                return
        self.user.says("99")

    async def sends_photos(self, *photos: bytes) -> None:
        self.user.sends_album(list(photos))

    async def sends_unusable(self) -> None:
        self.user.sends("sticker")

    def seen(self) -> list[Seen]:
        return [
            Seen(s.text, tuple(b["title"] for b in s.buttons), s.picture)
            for s in self._fake.sent_to(self.user)
        ]


class ZaloOA(Faked[FakeZaloOA]):
    """See `tests.contract.door.Door`."""

    name = "zalo-oa"
    channel = "zalo-oa"
    max_text = 2_000
    failures: Mapping[str, str] = {
        "slow down": "",
        "broken": "",
        "blocked": "blocked",
        "gone": "gone",
        "window": "window",
        "quota": "quota",
    }

    def __init__(self, clock: HandClock) -> None:
        super().__init__(FakeZaloOA(clock))
        self._people: dict[str, ZaloOAPerson] = {}

    def opens(self) -> dict[str, str]:
        return self.fake.env

    async def opened(self, program: Program) -> None:
        self.fake.use_webhook(f"http://127.0.0.1:{program.settings.port}{PATH}")

    def person(self, name: str) -> ZaloOAPerson:
        return self._people.setdefault(name, ZaloOAPerson(self.fake, self.fake.user(name)))

    def fails(self, kind: str, person: Any) -> None:
        does: dict[str, Callable[[], None]] = {
            "slow down": lambda: self.fake.fails("cs", -32, user=person.user),
            "broken": lambda: self.fake.breaks("cs", 502),
            "blocked": lambda: setattr(person.user, "follows_us", False),
        }
        if kind in LASTING:
            self.fake.fails("cs", LASTING[kind], user=person.user, times=FOR_GOOD)
        else:
            does[kind]()

    def mends(self, person: Any) -> None:
        person.user.follows_us = True
        self.fake.mends(person.user)


class ZaloOAButtons(ZaloOA):
    """An account whose form of buttons the office has found out."""

    name = "zalo-oa-buttons"

    def opens(self) -> dict[str, str]:
        return super().opens() | {"ZALO_OA_BUTTONS": "plain"}
