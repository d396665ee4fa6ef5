"""Somebody with a phone comes in by the link that they were given."""

from __future__ import annotations

from aiohttp.test_utils import TestClient
from playwright.async_api import Page, expect

from tests.browser import Phone


async def began(phone: Phone, client: TestClient) -> Page:
    """Open the link, begin, and return the page that greets them."""
    page = await phone.page()
    await page.goto(str(client.make_url("/c/?code=IAHDRAI-7")))
    await page.get_by_role("button", name="Bắt đầu").click()
    await expect(page.get_by_role("log")).to_contain_text("Chào bác trưởng thôn Thôn 1")
    return page
