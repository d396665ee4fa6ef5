"""Everything that can go wrong while a question waits: one clear sentence, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from backend.models import EvidenceFile, Inbox, Interview
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram, FakeUser
from tests.journeys.house import a_house
from tests.journeys.village import Village

FIFTY_MB = 50_000_000
NO_PHOTO = b"This is no picture at all."

BAD: dict[str, Callable[[FakeUser], object]] = {
    "a text for a number": lambda lan: lan.says("nhiều lắm"),
    "a negative": lambda lan: lan.says("-5"),
    "ten to the thirtieth": lambda lan: lan.says("1" + "0" * 30),
    "two numbers": lambda lan: lan.says("12, 13"),
    "an ambiguous number": lambda lan: lan.says("1.5"),
    "a sticker": lambda lan: lan.sends("sticker"),
    "a voice message": lambda lan: lan.sends("voice"),
    "a PDF": lambda lan: lan.sends("document"),
    "an unknown command": lambda lan: lan.says("/xyz"),
    "fifty megabytes": lambda lan: lan.sends_photo(b"x", as_file=True, claims=FIFTY_MB),
    "a text file named .jpg": lambda lan: lan.sends_photo(NO_PHOTO, as_file=True, name="a.jpg"),
    "nothing but spaces": lambda lan: lan.says("   "),
    "somebody else's card": lambda lan: lan.shares_contact(own=False),
    "a position": lambda lan: lan.shares_location(14.0, 107.5),
    "five thousand letters": lambda lan: lan.says("a" * 5000),
    "a press that never was": lambda lan: lan.presses_data("77:999.x"),
}


async def state_of() -> dict[str, object]:
    state = json.loads((await Interview.get(running_for__not_isnull=True)).state)
    for passing in ("prompt", "batch"):  # which message waits, and what was refused just now
        state.pop(passing, None)
    return state


async def test_in_the_middle_of_a_questionnaire(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeTelegram(clock) as fake,
        a_house(database_url, tmp_path, clock, fake) as program,
    ):
        lan = fake.user(1, "Lan")
        village = Village(program, clock, fake, lan)
        await village.enrols()
        lan.presses("3. Nước")
        await lan.expect("Câu 1/")
        await village.answers("giữ")
        before = await state_of()

        for name, does in BAD.items():
            clock.advance(60)
            sent = len(fake.sent_to(lan))
            update = does(lan)
            assert isinstance(update, dict)
            await village.arrived(update["update_id"])
            clock.advance(2)
            program.sender.wake()
            reply = await fake.reply_to(lan)
            await program.sender.delivered()
            assert len(fake.sent_to(lan)) == sent + 1, f"{name}: one message"
            assert "Câu 2/8" in reply.text, f"{name}: the question is still there"
            assert len(reply.text.split("\n\n")[0]) < 200, f"{name}: a short sentence"
            assert not reply.text.startswith("Câu 2/8"), f"{name}: it says what is wrong"
            assert await state_of() == before, f"{name}: nothing is lost"

        assert await EvidenceFile.all().count() == 0
        assert await Inbox.filter(status=3).count() == 0
        assert "Câu 3/8" in (await village.answers("92")).text


async def test_in_the_middle_of_nothing(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeTelegram(clock) as fake,
        a_house(database_url, tmp_path, clock, fake) as program,
    ):
        lan, stranger = fake.user(1, "Lan"), fake.user(2, "X")
        await Village(program, clock, fake, lan).enrols()
        for person in (lan, stranger):
            village = Village(program, clock, fake, person)
            for name, does in BAD.items():
                clock.advance(60)
                sent = len(fake.sent_to(person))
                update = does(person)
                assert isinstance(update, dict)
                await village.arrived(update["update_id"])
                clock.advance(2)
                program.sender.wake()
                reply = await fake.reply_to(person)
                assert reply.text.strip(), name
                await program.sender.delivered()
                assert len(fake.sent_to(person)) == sent + 1, f"{name}: one message"
                if person is stranger:
                    assert "Thôn 1" not in reply.text, f"{name}: a stranger learns nothing"
                    assert "Ia " not in reply.text, f"{name}: a stranger learns nothing"
        assert await Interview.all().count() == 0
        assert await Inbox.exclude(status=2).count() == 0
