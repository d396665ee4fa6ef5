"""Village heads who answer all four questionnaires, however often the house falls down.

A patient head answers a question when it has come. An impatient one knows the questionnaire and
sends every answer at once. Both count what they said, so that it can be looked for afterwards.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import conversations
from tests.fakes.telegram import FakeTelegram, FakeUser

LAST = Path(conversations.__file__).parent / "questionnaires" / "rac-thai.md"
COUNTED = "dump_sites"
"""A question of the last questionnaire: any count fits here, so it is corrected on and on."""


def words_of(name: str) -> str:
    """A question's words, whatever they are today: the longest run that nothing is put into."""
    rows = (line.split("|") for line in LAST.read_text(encoding="utf-8").splitlines())
    label = next(row[4] for row in rows if len(row) > 4 and row[3].strip() == name)
    return max((part.strip() for part in re.split(r"\$\{\w+\}", label)), key=len)


def line_of(name: str) -> re.Pattern[str]:
    """A question's line in a summary, with its number."""
    begins = " ".join(words_of(name).split()[:4])
    return re.compile(rf"^(\d+)\. .*{re.escape(begins)}", re.MULTILINE)


ASKED = words_of(COUNTED)[-20:]
"""How the question ends when it is asked, with its mark: no line of a summary ends so."""

PHOTOS = re.compile(r"^(\d+)\. .*ảnh", re.MULTILINE)
"""The line of the same summary that says how many photos there are."""

HURRIES = 3
"""Corrections that an impatient head sends without waiting for the question."""


@dataclass(frozen=True)
class Answers:
    """One questionnaire in a village of so many households: what is typed, and what it means."""

    title: str
    typed: list[str]
    means: dict[str, str]
    photos: int


def answers(households: int) -> dict[str, Answers]:
    """What a village of so many households answers: consistent, and each number its own."""
    h = households
    return {
        "nha-o": Answers(
            "1. Nhà ở",
            [f"{h}", f"{h - 7}", "7", "3",
             "2", "1"],
            {"households": f"{h}", "solid": f"{h - 7}", "temp": "7", "temp_poor": "3",
             "in_progress": "2", "removed_ytd": "1"},
            2,
        ),
        "nha-tieu": Answers(
            "2. Nhà tiêu",
            [f"{h}", f"{h - 8}", "5", f"{h - 9}",
             f"{h - 11}", f"{h - 13}", f"{h - 15}",
             "21, 17"],
            {"households": f"{h}", "toilet": f"{h - 8}", "no_toilet": "5", "bath": f"{h - 9}",
             "tank": f"{h - 11}", "clean3": f"{h - 13}", "all4": f"{h - 15}", "livestock": "21",
             "pen_ok": "17"},
            1,
        ),
        "nuoc": Answers(
            "3. Nước",
            [f"{h}", f"{h - 4}", f"{h - 30}", "0",
             f"{4 * h}, {4 * h - 16}", "6"],
            {"households": f"{h}", "hyg": f"{h - 4}", "piped": f"{h - 30}", "clean": "0",
             "persons": f"{4 * h}", "persons_hyg": f"{4 * h - 16}", "short": "6"},
            1,
        ),
        "rac-thai": Answers(
            "4. Rác",
            [f"{h}", f"{h - 30}", "19, 8", "11",
             "13", "1", "2", "20/11/2026"],
            {"households": f"{h}", "collected": f"{h - 30}", "self_treated": "19", "mini_inc": "8",
             "untreated": "11", "sorted": "13", "dump_sites": "1", "cleanups": "2",
             "last_cleanup": "2026-11-20"},
            2,
        ),
    }  # fmt: skip


@dataclass
class Head:
    """One village head at the telephone. `said` is every update that this head caused."""

    fake: FakeTelegram
    user: FakeUser
    village: str
    households: int
    patient: bool
    picture: Callable[[], bytes]
    said: list[int] = field(default_factory=list)
    corrections: int = 0
    photographs: bool = False
    """Sends the photos of the last questionnaire again and again, instead of correcting a number."""

    def say(self, text: str) -> None:
        self._did(self.user.says(text))

    def press(self, label: str) -> None:
        self._did(self.user.presses(label))

    def _did(self, update: dict[str, object]) -> None:
        self.said.append(int(str(update["update_id"])))

    async def answer_all(self, code: str, enough: asyncio.Event) -> None:
        """Enrol, answer everything, and correct the last number until it is `enough`."""
        self._did(self.user.starts(code))
        await self.user.expect("ĐỒNG Ý")
        self.press("ĐỒNG Ý")
        await self.user.expect("Các phiếu")
        for name, one in answers(self.households).items():
            self.press(one.title)
            await self.user.expect("Câu 1/")
            await (self._answer_slowly(one) if self.patient else self._answer_at_once(one))
            if name == "rac-thai" and self.photographs:
                await self._photograph_until(enough, one.photos)
            elif name == "rac-thai":
                await self._correct_until(enough)
            self.say("GỬI")
            await self.user.expect("Các phiếu")

    async def _answer_slowly(self, one: Answers) -> None:
        for typed in one.typed:
            self.say(typed)
            first = typed.partition(",")[0]  # a number is told with what it counts, a day is not
            await self.user.expect(f"Đã ghi: {first}{chr(10) if '/' in first else ' '}")
        for _ in range(one.photos):
            self._did(self.user.sends_photo(self.picture()))
        self.say("xong")
        await self.user.expect("Đúng thì nhắn GỬI")

    async def _answer_at_once(self, one: Answers) -> None:
        for typed in one.typed:
            self.say(typed)
        for update in self.user.sends_album([self.picture() for _ in range(one.photos)]):
            self._did(update)
        self.say("xong")
        await self.user.expect("Đúng thì nhắn GỬI")

    async def _correct_until(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            self.corrections += 1
            self.say(self._number(line_of(COUNTED)))
            if self.patient or self.corrections > HURRIES:
                await self.user.expect(ASKED)
            self.say(str(900 + self.corrections))
            await self.user.expect(f"Đã ghi: {900 + self.corrections} ")

    async def _photograph_until(self, enough: asyncio.Event, photos: int) -> None:
        while not enough.is_set():
            self.say(self._number(PHOTOS))
            await self.user.expect("LÀM LẠI")
            self.say("làm lại")
            await self.user.expect("Chưa có ảnh")
            for _ in range(photos):
                self._did(self.user.sends_photo(self.picture()))
            self.say("xong")
            await self.user.expect("Đúng thì nhắn GỬI")

    def _number(self, line: re.Pattern[str]) -> str:
        """Find the question to correct in the summary that was shown last."""
        shown = (line.search(sent.text) for sent in reversed(self.fake.sent_to(self.user)))
        return next(found[1] for found in shown if found)
