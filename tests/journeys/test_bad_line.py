"""One whole questionnaire with photos on a phone whose line is cut at every step.

The whole program in its own process, a real browser, and between them a line that fails: it is not
there when the person answers; or it dies when the answer has arrived and its receipt has not.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.browser import Phone
from tests.fakes.bad_line import BadLine
from tests.journeys.house import photo
from tests.journeys.process import thonmoi_run

pytestmark = pytest.mark.browser

BOX = "Bác trả lời ở đây"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Start the program in an empty folder; the address of a village head's door."""
    with thonmoi_run(tmp_path) as printed:
        yield next(line.split()[-1] for line in printed if line.startswith("chat"))


class Head:
    """A village head with a phone: does one thing after another, and remembers what was sent."""

    def __init__(self, page: Page, line: BadLine, trouble: str) -> None:
        self.page, self.line, self.trouble = page, line, trouble
        self.sent: list[str] = []

    @asynccontextmanager
    async def on_a_bad_line(self, what: str) -> AsyncIterator[None]:
        """Do one thing while the line fails; then it is back, and the thing has arrived once."""
        self.sent.append(what)
        replies = await self.page.locator("article.office").count()
        sent = self.page.locator("article.me:not(.waiting)")
        waiting = self.page.locator("article.waiting")
        if self.trouble == "receipt lost":
            self.line.swallows = b"/photos/" if what == "photo" else b"/messages HTTP"
            yield
        else:
            await self._cut()
            yield
            await expect(waiting).to_have_count(1)
            await expect(self.page.get_by_role("status")).to_contain_text("Đang mất mạng")
            if self.trouble == "reopened":
                await self.page.reload()
                await expect(waiting).to_have_count(1)
            await self._restore()
        await expect(waiting).to_have_count(0)
        await expect(sent).to_have_count(len(self.sent))
        await expect(self.page.locator("article.office").nth(replies)).to_be_visible()

    async def presses(self, label: str | re.Pattern[str]) -> None:
        button = self.page.get_by_role("button", name=label).last
        name = await button.inner_text()
        async with self.on_a_bad_line(name):
            await button.click()

    async def writes(self, text: str) -> None:
        async with self.on_a_bad_line(text):
            await self.page.get_by_label(BOX).fill(text)
            await self.page.get_by_role("button", name="Gửi", exact=True).last.click()

    async def photographs(self, data: bytes) -> None:
        async with self.on_a_bad_line("photo"):
            await self.page.set_input_files(
                "#camera", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": data}
            )

    async def hears(self, text: str) -> None:
        await expect(self.page.locator("article.office").last).to_contain_text(text)

    async def _cut(self) -> None:
        self.line.cut()
        await self.page.context.set_offline(True)

    async def _restore(self) -> None:
        self.line.restore()
        await self.page.context.set_offline(False)


@pytest.mark.parametrize("trouble", ["no line", "reopened", "receipt lost"])
async def test_a_questionnaire_with_photos_and_the_line_cut_at_every_step(
    server: str, tmp_path: Path, phone: Phone, trouble: str
) -> None:
    address = urlsplit(server)
    assert address.hostname
    async with BadLine(address.hostname, address.port or 80) as line:
        page = await phone.page()
        await page.goto(f"{line.url}{address.path}?{address.query}")
        await page.get_by_role("button", name="Bắt đầu").click()
        await expect(page.get_by_role("button", name="ĐỒNG Ý")).to_be_visible()
        await page.evaluate("navigator.serviceWorker.ready")
        head = Head(page, line, trouble)

        await head.presses("ĐỒNG Ý")
        await head.hears("Các phiếu")
        await head.presses("1. Nhà ở")
        for number in range(1, 12):
            await head.hears(f"Câu {number}/")
            question = await page.locator("article.office").last.inner_text()
            if "ảnh" in question.lower():
                break
            if await page.get_by_role("button", name="Giữ", exact=True).count():
                await head.presses("Giữ")
            else:
                await head.writes(str(97 - number) if number < 3 else "2")
            doubt = page.get_by_role("button", name="Đúng", exact=True)
            while await doubt.count():
                await head.presses("Đúng")
        await head.photographs(photo(1))
        await head.hears("Đã")
        await head.photographs(photo(2, (900, 700)))
        await head.hears("Đã")
        if await page.get_by_role("button", name=re.compile("^Xong")).count():
            await head.presses(re.compile("^Xong"))
        await head.hears("GỬI")
        await head.writes("gửi")
        await head.hears("1. Nhà ở: đã gửi")
        if trouble == "receipt lost":
            assert line.cuts >= len(head.sent)

        said = await page.locator("article.me .bubble").all_inner_texts()
    assert [_bare(s) for s in said] == [_bare(s) for s in head.sent]

    with sqlite3.connect(tmp_path / "data" / "thonmoi.sqlite3") as database:
        rows = database.execute("SELECT payload, status FROM inbox ORDER BY id").fetchall()
        photos = database.execute(
            "SELECT count(*) FROM evidence WHERE dropped_at IS NULL"
        ).fetchone()
    kept = [json.loads(payload) for payload, _ in rows][1:]
    assert len(kept) == len(head.sent), "nothing lost, nothing twice"
    for message, done in zip(kept, head.sent, strict=True):
        assert (message["kind"] == "photo") == (done == "photo"), "the order is that of the person"
        if message["kind"] == "text":
            assert message["text"] == done
    assert {status for _, status in rows} == {2}
    assert photos == (2,)


def _bare(text: str) -> str:
    text = re.sub(r"^\s*Bác:\s*", "", text).strip()
    return "photo" if text in {"Ảnh", "photo"} else text
