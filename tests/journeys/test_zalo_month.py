"""A Zalo bot's month ends in the middle of two interviews: nobody is left without a way on.

The last messages show each person the way to the web chat, once. One goes on there; the other
waits, and is answered when the month turns. The admin hears of it where messages still arrive.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from backend.models import Chat, Inbox, Outbox, Submission
from backend.people import Role
from tests.clock import OFFICE_ZONE, HandClock
from tests.contract.conftest import Visit
from tests.contract.driver_zalo_bot import ZaloBotPoll
from tests.journeys.house import a_house, free_port, invitation, photo

SECOND = "ia-dal-thon-2"
FEW = "Tháng này Zalo chỉ còn ít tin"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/c/[A-Za-z0-9_-]{43}")
WATER = ("96", "40", "không rõ", "400, 380", "0")


class Browser:
    """Somebody's web chat, driven without a browser."""

    def __init__(self, session: ClientSession, visit: Visit, link: str) -> None:
        self.session, self.visit, self.link = session, visit, link
        self.count = 0

    async def says(self, text: str) -> list[str]:
        """Say something; return what is shown since the last look."""
        self.count += 1
        given = {"id": f"said-{self.count:06}", "kind": "text", "text": text}
        answer = await self.session.post(f"{self.link}/messages", json=given)
        assert answer.status == 200, await answer.text()
        await self.visit.settle()
        return await self.shown()

    async def shown(self) -> list[str]:
        answer = await self.session.get(f"{self.link}/messages")
        shown = (await answer.json())["messages"]
        return [m["text"] for m in shown if m["from"] == "office"]


async def test_the_month_ends_in_the_middle_of_an_interview(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    port = str(free_port())
    async with (
        ZaloBotPoll(clock) as door,
        ClientSession() as session,
        a_house(
            database_url, tmp_path, clock, PORT=port, ZALO_BOT_PER_MONTH="40", **door.env
        ) as program,
    ):
        await door.opened(program)
        visit = Visit(door, program, clock)
        code = await invitation(Role.ADMIN, "ia-hdrai", clock, "Hoa")
        home = f"http://127.0.0.1:{port}"
        begun = await session.post(f"{home}/c/", data={"code": code}, allow_redirects=False)
        hoa = Browser(session, visit, f"{home}{begun.headers['Location']}")
        lan, _ = await visit.head()
        nhi, _ = await visit.head("Nhi", SECOND)
        for person in (lan, nhi):
            assert "Câu 1/" in (await visit.answer_any(person, "3"))[-1].text

        # Lan looks around until few messages are left: the next answer shows the way, once.
        found: list[Any] = []
        while not any(FEW in s.text for s in found):
            found = await visit.answer_any(lan, "giữ" if not found else "/tiendo")
            assert found, "there are answers until then"
        way = LINK.search(found[-1].text)
        assert way
        assert await visit.answer_any(lan, "96") == [], "the last ones are for others"

        # Nhi, who was answering too, is shown the way with her next answer.
        shown = await visit.answer(nhi, "giữ")
        assert "Câu 2/" in shown.text
        assert FEW in shown.text
        assert await visit.answer_any(nhi, "96") == []
        await program.tick()
        await visit.settle()
        assert any("Tháng này còn" in text for text in await hoa.shown()), "the admin is told"

        # Lan goes on in the browser, where she stood, and sends it.
        browser = Browser(session, visit, way[0])
        assert "Câu 3/" in (await browser.says("xin chào"))[-1]
        for word in WATER[1:]:
            said = await browser.says(word)
            while "Đúng" in said[-1] and "1." in said[-1]:
                said = await browser.says("1")
        picture = await session.post(f"{way[0]}/photos", params={"id": "photo-0001"}, data=photo(1))
        assert picture.status == 200
        await visit.settle()
        await browser.says("xong")
        await browser.says("gửi")
        assert await Submission.filter(questionnaire="nuoc").count() == 1

        # The month turns: Nhi gets her question, in one message; Lan none that she has answered.
        waiting = await Outbox.filter(status=0, reason="later").count()
        assert waiting >= 2
        assert "2 người" in (await hoa.says("/hanmuc"))[-1]
        clock.set(datetime(2026, 12, 1, 6, 59, tzinfo=OFFICE_ZONE))
        assert await visit.new(nhi) == []
        clock.set(datetime(2026, 12, 1, 7, 0, tzinfo=OFFICE_ZONE))
        (asked,) = await visit.new(nhi)
        assert "Câu 3/" in asked.text
        assert not any("Câu 3/" in s.text for s in await visit.new(lan))
        assert "Câu 4/" in (await visit.answer(nhi, "40")).text
        assert await Outbox.filter(status__in=(0, 3), chat__channel="zalo-bot").count() == 0
        assert await Inbox.exclude(status=2).count() == 0
        assert await Chat.filter(channel="web").count() == 3
