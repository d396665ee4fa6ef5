"""`thonmoi run` as a newcomer meets it: an empty folder, its own process, a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import Phone
from tests.journeys.house import photo
from tests.journeys.process import thonmoi_run

pytestmark = pytest.mark.browser

WATER = {2: "120", 3: "60", 4: "không rõ", 5: "500, 470", 6: "0"}


@pytest.fixture
def printed(tmp_path: Path) -> Iterator[list[str]]:
    """Start the command in an empty folder; what it printed until it was ready."""
    with thonmoi_run(tmp_path) as lines:
        yield lines


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Bác trả lời ở đây").fill(text)
    await page.get_by_role("button", name="Gửi", exact=True).last.click()


async def test_a_questionnaire_in_the_browser_and_the_officers_table(
    printed: list[str], phone: Phone
) -> None:
    chats = [line.split()[-1] for line in printed if line.startswith("chat")]
    pages = [line.split()[-1] for line in printed if line.startswith("pages")]
    assert (len(chats), len(pages)) == (4, 3)

    page = await phone.page()
    await page.goto(chats[0])
    await page.get_by_role("button", name="Bắt đầu").click()
    log = page.get_by_role("log")
    await page.get_by_role("button", name="ĐỒNG Ý").click()
    await page.get_by_role("button", name="3. Nước sinh hoạt").click()
    await expect(log).to_contain_text("Câu 1/8")
    await page.get_by_role("button", name="Giữ").click()
    for number, answer in WATER.items():
        await expect(log).to_contain_text(f"Câu {number}")
        await write(page, answer)
    await page.set_input_files(
        "#camera", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(7)}
    )
    await page.get_by_role("button", name=re.compile("^Xong", re.IGNORECASE)).click()
    await expect(log).to_contain_text("GỬI")
    await write(page, "gửi")
    await expect(log).to_contain_text("3. Nước sinh hoạt: đã gửi")

    office = await phone.page()
    await office.goto(pages[1])
    await office.get_by_role("button").first.click()
    await expect(office.locator("body")).to_contain_text("1/48")
    await expect(office.locator("body")).to_contain_text("mẫu", ignore_case=True)
