"""One person, two channels: begun on Telegram, gone on with in the browser, and back.

Over real HTTP. Replies go where the person last wrote; what is typed below an older question
never answers the present one.
"""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

import aiohttp

from backend.models import Answer, Interview, Outbox, Submission
from bot.messages import Outgoing
from bot.program import Program
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram
from tests.journeys.house import a_house, photo
from tests.journeys.village import Village

_ids = count(1)


class Browser:
    """The web chat's page as far as it matters here: it posts messages and reads the outbox."""

    def __init__(self, program: Program, session: aiohttp.ClientSession, link: str) -> None:
        self.program, self.session, self.link = program, session, link

    async def says(self, text: str) -> str:
        """Send words and return the newest answer in this chat."""
        seen = await self._last_id()
        body = {"id": f"{next(_ids):016x}", "kind": "text", "text": text}
        async with self.session.post(f"{self.link}/messages", json=body) as answer:
            assert answer.status == 200, await answer.text()
        await self.program.turns.settled()
        await self.program.sender.delivered()
        rows = await Outbox.filter(chat__channel="web", id__gt=seen, status=1).order_by("id")
        return "\n".join(Outgoing.from_json(row.payload).text for row in rows)

    async def _last_id(self) -> int:
        row = await Outbox.filter(chat__channel="web").order_by("-id").first()
        return row.id if row else 0


async def test_begun_on_telegram_gone_on_in_the_browser_and_back(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeTelegram(clock) as fake,
        a_house(database_url, tmp_path, clock, fake) as program,
        aiohttp.ClientSession() as session,
    ):
        lan = fake.user(1, "Lan")
        village = Village(program, clock, fake, lan)
        await village.enrols()
        lan.presses("3. Nước")
        first = await lan.expect("Câu 1/")
        assert "Câu 2/" in (await village.answers("giữ")).text

        lan.says("/web")
        given = await lan.expect("/c/")
        link = re.search(r"http\S+/c/\S+", given.text)
        assert link
        browser = Browser(program, session, link[0])
        await lan.expect("Câu 2/")
        heard = len(fake.sent_to(lan))

        # The browser shows the present question before it takes an answer to it.
        assert "Câu 2/" in await browser.says("92")
        assert await Interview.filter(status="running").count() == 1
        assert "Câu 3/" in await browser.says("92")
        assert "Câu 4/" in await browser.says("40")
        assert len(fake.sent_to(lan)) == heard, "answers go where the person writes"

        # Back on Telegram, where Câu 2 still stands: neither words nor an old button answer Câu 4.
        lan.says("55")
        again = await fake.reply_to(lan)
        assert "Câu 4/" in again.text
        if first.buttons:
            lan.presses(first.buttons[0], first)
            assert "Câu 4/" in (await fake.reply_to(lan)).text
        assert "Câu 5/" in (await village.answers("không rõ")).text

        # And once more: the browser still shows Câu 4.
        assert "Câu 5/" in await browser.says("400, 380")
        assert "Câu 6/" in await browser.says("400, 380")
        lan.says("0")
        await lan.expect("Câu 6/")
        assert "Câu 7/" in (await village.answers("0")).text
        await village.photographs(photo(1))
        lan.says("xong")
        await lan.expect("GỬI")
        lan.says("gửi")
        await lan.expect("Đã gửi xong")
        submission = await Submission.get()
        numbers = {
            a.name: int(a.number)
            for a in await Answer.filter(submission=submission)
            if a.number is not None
        }
        assert (numbers["households"], numbers["hyg"], numbers["piped"]) == (96, 92, 40)
        assert 55 not in numbers.values()
        assert await Outbox.filter(status=3).count() == 0
