"""The doors that the contract is run for, and a house behind each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.people import Role
from bot.program import Program
from tests.clock import HandClock
from tests.contract.door import Door, Person, Seen
from tests.contract.driver_example import Example
from tests.contract.driver_telegram import TelegramPoll, TelegramWebhook
from tests.contract.driver_web import Web
from tests.contract.driver_zalo_bot import ZaloBotPoll, ZaloBotWebhook
from tests.contract.driver_zalo_oa import ZaloOA, ZaloOAButtons
from tests.journeys.house import a_house, invitation
from tests.journeys.village import VILLAGE

DOORS = (TelegramPoll, TelegramWebhook, ZaloBotPoll, ZaloBotWebhook, ZaloOA, ZaloOAButtons, Web)
"""Every way in that an office can open; the journeys are told at each."""


@dataclass
class Visit:
    """A door with the whole program behind it; what the tests of the contract talk through."""

    door: Door
    program: Program
    clock: HandClock
    _read: dict[str, int] = field(default_factory=dict)

    async def settle(self) -> None:
        """Wait until all that people did was taken, answered and sent; held answers too."""
        await self.door.arrived()
        await self.program.media.idle()
        await self.program.turns.settled()
        self.clock.advance(3)
        await self.program.sender.sweep()
        await self.program.sender.delivered()
        await self.door.looked()

    async def new(self, person: Person) -> list[Seen]:
        """Settle, and return what is new on the person's phone since the last call."""
        await self.settle()
        seen = person.seen()
        before, self._read[id_of(person)] = self._read.get(id_of(person), 0), len(seen)
        return seen[before:]

    async def answer(self, person: Person, text: str) -> Seen:
        """Say something and return the one message that answers it."""
        await person.says(text)
        found = await self.new(person)
        assert len(found) == 1, f"one message answers {text!r}: {[s.text for s in found]}"
        return found[0]

    async def answer_any(self, person: Person, text: str) -> list[Seen]:
        """Say something and return all that answers it."""
        await person.says(text)
        return await self.new(person)

    async def head(self, name: str = "Lan", village: str = VILLAGE) -> tuple[Person, Seen]:
        """A village head who has agreed and sees the list of questionnaires."""
        person = self.door.person(name)
        await person.enters(await invitation(Role.VILLAGE_HEAD, village, self.clock, name))
        asked = await self.new(person)
        assert "ĐỒNG Ý" in asked[-1].text
        return person, await self.answer(person, "đồng ý")


def id_of(person: Person) -> str:
    """Tell people apart."""
    return str(id(person))


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The contract is about doors: one database is enough; the journeys run on both."""
    return str(request.param)


@pytest.fixture(params=(*DOORS, Example), ids=lambda door: door.name)
async def visit(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, clock: HandClock
) -> AsyncIterator[Visit]:
    """Each door in turn."""
    async with (
        request.param(clock) as door,
        a_house(database_url, tmp_path, clock, **door.env) as program,
    ):
        await door.opened(program)
        yield Visit(door, program, clock)
