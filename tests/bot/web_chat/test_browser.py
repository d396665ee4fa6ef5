"""The chat page in a real browser on a small phone, also without a line."""

from __future__ import annotations

import io
import re

import pytest
from aiohttp.test_utils import TestClient
from PIL import Image
from playwright.async_api import Page, expect

from bot.messages import Kind, Outgoing
from tests.bot.web_chat.house import House, water_interview
from tests.bot.web_chat.phones import began
from tests.browser import Phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]


def _photo(width: int = 2400, height: int = 1800) -> dict[str, object]:
    picture = io.BytesIO()
    Image.effect_mandelbrot((width, height), (-2, -1.5, 1, 1.5), 8).save(picture, "JPEG")
    return {"name": "nuoc.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}


async def _write(page: Page, text: str) -> None:
    await page.get_by_label("Bác trả lời ở đây").fill(text)
    await page.get_by_role("button", name="Gửi", exact=True).click()


async def test_a_village_head_answers_with_words_choices_a_photo_and_a_position(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    await phone.context.grant_permissions(["geolocation"])
    await phone.context.set_geolocation({"latitude": 14.05, "longitude": 107.4, "accuracy": 20})
    page = await began(phone, client)
    log = page.get_by_role("log")
    await page.get_by_role("button", name="Có", exact=True).click()
    await expect(log).to_contain_text("Câu 1/4")
    await expect(page.get_by_role("button", name="Không", exact=True)).to_have_count(0)
    await _write(page, "118 hộ")
    await page.get_by_role("button", name="3. Nước tự chảy").click()
    await expect(log).to_contain_text("Câu 3/4")
    await expect(page.get_by_text("Chụp ảnh")).to_be_visible()
    await page.set_input_files("#camera", _photo())
    await expect(log).to_contain_text("Câu 4/4")
    await page.get_by_role("button", name="Gửi vị trí").click()
    await expect(log).to_contain_text("Đúng thì nhắn GỬI")
    kinds = [m.kind for m in house.received]
    assert kinds == [Kind.START, Kind.PRESS, Kind.TEXT, Kind.PRESS, Kind.PHOTO, Kind.LOCATION]
    pressed, media = house.received[3], house.received[4].media
    assert (pressed.text, pressed.prompt) == ("9.spring", 3)
    assert media
    sent = Image.open(io.BytesIO(await house.channel.fetch(media.source, 10_000_000)))
    assert sent.size == (1600, 1200)
    assert (house.received[5].latitude, house.received[5].longitude) == (14.05, 107.4)


async def test_opening_the_page_again_shows_the_same_conversation(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    page = await began(phone, client)
    await page.get_by_role("button", name="Có", exact=True).click()
    await _write(page, "118 hộ")
    await expect(page.get_by_role("log")).to_contain_text("Câu 2/4")
    await page.get_by_label("Bác trả lời ở đây").fill("nước s")
    await page.reload()
    log = page.get_by_role("log")
    await expect(log.locator(".me .bubble")).to_have_text([re.compile("Có"), re.compile("118 hộ")])
    await expect(page.get_by_label("Bác trả lời ở đây")).to_have_value("nước s")
    await page.get_by_role("button", name="2. Giếng khoan").click()
    await expect(log).to_contain_text("Câu 3/4")
    assert len(house.received) == 4
    await page.goto(str(client.make_url("/c/")))
    await page.get_by_role("link", name="Vào tiếp cuộc trò chuyện của bác").click()
    await expect(page.get_by_role("log")).to_contain_text("Câu 3/4")


async def test_what_is_written_without_a_line_is_sent_once_and_in_order_when_it_is_back(
    house: House, client: TestClient, phone: Phone
) -> None:
    page = await _begin_quietly(house, phone, client)
    await phone.context.set_offline(True)
    await _write(page, "một")
    await page.set_input_files("#gallery", _photo(800, 600))
    await expect(page.locator("article.waiting")).to_have_count(2)
    await _write(page, "hai")
    await expect(page.get_by_role("status")).to_contain_text("Đang mất mạng")
    await expect(page.locator("article.waiting")).to_have_count(3)
    assert house.received == []
    await phone.context.set_offline(False)
    await expect(page.locator("article.waiting")).to_have_count(0)
    await expect(page.get_by_role("status")).to_be_hidden()
    assert [m.text or m.kind for m in house.received] == ["một", Kind.PHOTO, "hai"]


async def test_what_waits_outlives_the_page(house: House, client: TestClient, phone: Phone) -> None:
    page = await _begin_quietly(house, phone, client)
    await page.route("**/messages", lambda route: route.abort())
    await page.route("**/photos/*", lambda route: route.abort())
    await page.set_input_files("#gallery", _photo(800, 600))
    await _write(page, "95")
    await expect(page.locator("article.waiting")).to_have_count(2)
    address = page.url
    await page.close()
    again = await phone.page()
    await again.goto(address)
    await expect(again.locator("article.me")).to_have_count(2)
    await expect(again.locator("article.waiting")).to_have_count(0)
    assert [m.text or m.kind for m in house.received] == [Kind.PHOTO, "95"]


async def test_an_answer_whose_receipt_was_lost_is_taken_once(
    house: House, client: TestClient, phone: Phone
) -> None:
    page = await _begin_quietly(house, phone, client)
    lost = []

    async def lose_the_receipt(route) -> None:
        if route.request.method != "POST" or lost:
            await route.continue_()
            return
        lost.append(await route.fetch())
        await route.abort()

    await page.route(re.compile(r"/messages$"), lose_the_receipt)
    await _write(page, "95")
    await expect(page.locator("article.waiting")).to_have_count(0)
    assert lost
    assert [m.text for m in house.received] == ["95"]
    await expect(page.locator("article.me")).to_have_count(1)


async def test_the_page_asks_for_news_where_no_stream_comes_through(
    house: House, client: TestClient, phone: Phone
) -> None:
    chat, token = await house.chat()
    page = await phone.page()
    await page.clock.install()
    await page.route("**/events?*", lambda route: route.fulfill(status=503))
    await page.goto(str(client.make_url(f"/c/{token}")))
    await expect(page.get_by_text("Đang mở cuộc trò chuyện")).to_be_hidden()
    await house.say(chat, Outgoing("Nhắc bác: còn 3 ngày."))
    await page.clock.fast_forward(6_000)
    await expect(page.get_by_role("log")).to_contain_text("Nhắc bác: còn 3 ngày.")


async def test_what_comes_in_is_shown_as_text_and_links_can_be_followed(
    house: House, client: TestClient, phone: Phone
) -> None:
    chat, token = await house.chat()
    await house.say(
        chat, Outgoing('<img src=x onerror="document.title=1"> https://x.test/a?b=1 đó')
    )
    page = await phone.page()
    await page.goto(str(client.make_url(f"/c/{token}")))
    await expect(page.get_by_role("log")).to_contain_text("<img src=x")
    assert await page.get_by_role("log").locator("img").count() == 0
    await expect(page.get_by_role("link")).to_have_attribute("href", "https://x.test/a?b=1")
    assert await page.title() == "Thôn Mới"


async def test_a_long_answer_is_read_from_its_beginning_whatever_comes_after_it(
    house: House, client: TestClient, phone: Phone
) -> None:
    chat, token = await house.chat()
    page = await phone.page()
    await page.goto(str(client.make_url(f"/c/{token}")))
    await expect(page.get_by_text("Đang mở cuộc trò chuyện")).to_be_hidden()
    await house.say(chat, Outgoing("ĐẦU TIÊN\n" + "một dòng\n" * 40))
    await expect(page.get_by_text("ĐẦU TIÊN")).to_be_in_viewport()
    await house.say(chat, Outgoing("SAU ĐÓ"))
    await expect(page.get_by_text("SAU ĐÓ")).to_be_attached()
    top = await page.locator("article.office").first.bounding_box()
    assert top
    assert 40 < top["y"] < 80


async def test_the_keyboard_is_enough(house: House, client: TestClient, phone: Phone) -> None:
    house.script = water_interview
    page = await began(phone, client)
    await page.get_by_role("button", name="Có", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Câu 1/4")
    await page.keyboard.press("Tab")
    await page.get_by_label("Bác trả lời ở đây").focus()
    await page.keyboard.type("118")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Câu 2/4")


async def test_everything_fits_a_small_phone_and_a_thumb(
    house: House, client: TestClient, phone: Phone
) -> None:
    house.script = water_interview
    page = await began(phone, client)
    await page.get_by_role("button", name="Có", exact=True).click()
    await _write(page, "118 hộ")
    await expect(page.get_by_role("log")).to_contain_text("Câu 2/4")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    for button in await page.get_by_role("button").all():
        size = await button.bounding_box()
        assert size is None or size["height"] >= 48
    assert await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18


async def _begin_quietly(house: House, phone: Phone, client: TestClient) -> Page:
    _, token = await house.chat()
    page = await phone.page()
    await page.goto(str(client.make_url(f"/c/{token}")))
    await expect(page.get_by_text("Đang mở cuộc trò chuyện")).to_be_hidden()
    return page
