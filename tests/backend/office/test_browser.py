"""The office's pages in a real browser: from the link to a village's answers."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient
from playwright.async_api import expect

from backend.office.session import office_link
from tests.backend.office.house import House
from tests.browser import Phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]


async def test_an_officer_goes_from_the_link_to_a_villages_answers_on_a_phone(
    house: House, client: TestClient, phone: Phone, people: dict[str, int], areas: dict[str, int]
) -> None:
    await house.submit(people["head"], areas["dal-3"])
    page = await phone.page()
    token = await office_link(people["district"], house.clock.now())
    await page.goto(str(client.make_url(f"/login/{token}")))
    await page.get_by_role("button", name="Vào trang").click()
    table = page.get_by_role("table")
    await expect(table.get_by_role("row")).to_have_count(7)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await table.get_by_role("link", name="Thôn 3").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thôn 3")
    picture = page.get_by_role("img").first
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("naturalWidth", 640)
    await page.get_by_role("link", name="Xem câu trả lời").click()
    await expect(page.get_by_text("không rõ")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
