"""Who sees little, uses no pointer, or holds an old phone can answer as everybody else."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from playwright.async_api import Page, expect

from tests.bot.web_chat.house import House, water_interview
from tests.bot.web_chat.phones import began
from tests.browser import Phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]

CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, style = getComputedStyle(e);
    if (!walk.currentNode.textContent.trim() || !e.getClientRects().length || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(e.tagName)) continue;
    const [a, b] = [light(parse(style.color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push([walk.currentNode.textContent.trim(), (a + 0.05) / (b + 0.05)]);
  }
  const box = document.getElementById("text");
  if (box) {
    const [a, b] = [light(parse(getComputedStyle(box, "::placeholder").color)), light([255, 255, 255])].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(["placeholder", (a + 0.05) / (b + 0.05)]);
  }
  return poor;
}"""


async def _tree(page: Page) -> list[tuple[str, str, dict[str, Any]]]:
    """What a screen reader is given: role, name, and what else is said of each thing."""
    tools = await page.context.new_cdp_session(page)
    nodes = (await tools.send("Accessibility.getFullAXTree"))["nodes"]
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", ""),
            {p["name"]: p["value"].get("value") for p in node.get("properties", [])},
        )
        for node in nodes
        if not node.get("ignored") and "role" in node
    ]


async def test_a_screen_reader_is_told_what_everything_is(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    page = await began(phone, client)
    tree = await _tree(page)
    said = [(role, name) for role, name, _ in tree]
    for expected in (
        ("heading", "Thôn Mới"),
        ("button", "Thoát"),
        ("log", "Cuộc trò chuyện"),
        ("group", "Các câu trả lời để chọn"),
        ("button", "Có"),
        ("button", "Không"),
        ("button", "Gửi ảnh"),
        ("textbox", "Bác trả lời ở đây"),
        ("button", "Gửi"),
    ):
        assert expected in said, expected
    assert any(role == "main" for role, _ in said)
    log = next(properties for role, _, properties in tree if role == "log")
    assert (log["live"], log.get("busy", False)) == ("polite", False)
    more = next(properties for _, name, properties in tree if name == "Gửi ảnh")
    assert more["expanded"] is False
    assert not [role for role, name in said if role in {"button", "link", "textbox"} and not name]
    order = [name for role, name in said if role in {"button", "textbox"}]
    assert order == ["Thoát", "Có", "Không", "Gửi ảnh", "Bác trả lời ở đây", "Gửi"]


async def test_the_offers_have_names_and_the_line_is_spoken_of(
    house: House, client: TestClient, phone: Phone
) -> None:
    _, token = await house.chat()
    page = await phone.page()
    await page.goto(str(client.make_url(f"/c/{token}")))
    await page.get_by_role("button", name="Gửi ảnh").press("Enter")
    await phone.context.set_offline(True)
    await expect(page.get_by_role("status")).to_contain_text("Đang mất mạng")
    tree = await _tree(page)
    names = {name for _, name, _ in tree}
    assert {"Chụp ảnh", "Chọn ảnh"} <= names
    status = next(properties for role, _, properties in tree if role == "status")
    assert status["live"] == "polite"
    assert next(p for _, n, p in tree if n == "Gửi ảnh")["expanded"] is True
    assert await page.evaluate(CONTRAST) == []


async def test_the_tab_key_goes_through_everything_in_the_order_of_the_page(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    page = await began(phone, client)
    reached = []
    for _ in range(7):
        await page.keyboard.press("Tab")
        reached.append(
            await page.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.id"
                " || document.activeElement.textContent"
            )
        )
    assert reached == ["leave", "Cuộc trò chuyện", "Có", "Không", "Gửi ảnh", "text", "send"] or (
        reached[:6] == ["leave", "Có", "Không", "Gửi ảnh", "text", "send"]
    )
    await page.get_by_role("button", name="Có", exact=True).focus()
    ring = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert ring == "3px"


async def test_every_word_stands_out_from_what_is_behind_it(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    page = await phone.page()
    await page.goto(str(client.make_url("/c/?code=IAHDRAI-7")))
    assert await page.evaluate(CONTRAST) == []
    await page.get_by_role("button", name="Bắt đầu").click()
    await page.get_by_role("button", name="Có", exact=True).click()
    await expect(page.get_by_role("log")).to_contain_text("Câu 1/4")
    await page.get_by_label("Bác trả lời ở đây").fill("118")
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_role("log")).to_contain_text("Câu 2/4")
    assert await page.evaluate(CONTRAST) == []


async def test_letters_twice_as_large_still_fit(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    page = await began(phone, client)
    content = await page.locator("meta[name=viewport]").get_attribute("content")
    assert content
    assert "maximum-scale" not in content
    assert "user-scalable" not in content
    await page.evaluate("document.documentElement.style.fontSize = '32px'")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    for control in ("#send", "#text", "#more", "#leave"):
        box = await page.locator(control).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360, control


async def test_an_old_phone_six_times_slower_answers_too(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    page = await phone.page()
    tools = await phone.context.new_cdp_session(page)
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    await page.goto(str(client.make_url("/c/?code=IAHDRAI-7")))
    await page.get_by_role("button", name="Bắt đầu").click()
    await page.get_by_role("button", name="Có", exact=True).click()
    await expect(page.get_by_role("log")).to_contain_text("Câu 1/4")
    assert len(house.received) == 2
