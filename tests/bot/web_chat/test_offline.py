"""A phone on a bad line, or on none: what was written is there, goes once, and goes in order."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from PIL import Image
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from bot.messages import Kind, Outgoing
from tests.bot.web_chat.house import House, water_interview
from tests.browser import ARGUMENTS, PHONE, Phone
from tests.fakes.bad_line import BadLine

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]

BOX, SEND = "Bác trả lời ở đây", "Gửi"
RED, BLUE = (220, 30, 30), (30, 30, 220)
TAKEN = "2026:10:03 06:45:10"


def _photo(
    orientation: int = 1, size: tuple[int, int] = (2000, 1000), zone: str = "+07:00"
) -> bytes:
    """A photo whose left half, as stored, is red and whose right half is blue."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    details = exif.get_ifd(0x8769)
    details[0x9003] = TAKEN
    if zone:
        details[0x9011] = zone
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def _file(data: bytes, kind: str = "image/jpeg") -> dict[str, object]:
    return {"name": "anh.jpg", "mimeType": kind, "buffer": data}


def _noise(size: int = 700) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size, size), 120).convert("RGB").save(out, "JPEG", quality=97)
    return out.getvalue()


async def _open(phone: Phone, address: str) -> Page:
    page = await phone.page()
    await page.goto(address)
    await expect(page.get_by_text("Đang mở cuộc trò chuyện")).to_be_hidden()
    return page


async def _write(page: Page, text: str) -> None:
    await page.get_by_label(BOX).fill(text)
    await page.get_by_role("button", name=SEND, exact=True).click()


async def _installed(page: Page) -> None:
    """Wait until the phone keeps the shell."""
    await page.evaluate("navigator.serviceWorker.ready")


@pytest.fixture
async def profile(chromium_path: str, tmp_path: Path) -> AsyncIterator[object]:
    """Switch a phone on, as often as one likes: its storage is the same every time."""
    running: list[BrowserContext] = []
    async with async_playwright() as playwright:

        async def switch_on() -> BrowserContext:
            while running:
                await running.pop().close()
            running.append(
                await playwright.chromium.launch_persistent_context(
                    tmp_path / "profile",
                    executable_path=chromium_path,
                    args=ARGUMENTS,
                    locale="vi-VN",
                    **PHONE,
                )
            )
            return running[-1]

        yield switch_on
        for context in running:
            await context.close()


async def test_a_phone_switched_off_without_a_line_opens_without_one_and_loses_nothing(
    house: House, client: TestClient, profile
) -> None:
    house.script = water_interview
    context = await profile()
    page = await context.new_page()
    await page.goto(str(client.make_url("/c/?code=IAHDRAI-7")))
    await page.get_by_role("button", name="Bắt đầu").click()
    await _installed(page)
    await context.set_offline(True)
    await page.get_by_role("button", name="Có", exact=True).click()
    await _write(page, "118 hộ")
    await page.set_input_files("#gallery", _file(_photo()))
    await expect(page.locator("article.waiting img")).to_be_visible()
    await page.get_by_label(BOX).fill("còn nháp")
    address = page.url

    context = await profile()
    await context.set_offline(True)
    page = await context.new_page()
    await page.goto(address)
    await expect(page.get_by_role("status")).to_contain_text("Đang mất mạng")
    await expect(page.get_by_role("log")).to_contain_text("Chào bác trưởng thôn Thôn 1")
    await expect(page.locator("article.waiting")).to_have_count(3)
    await expect(page.locator("article.waiting img")).to_be_visible()
    await expect(page.get_by_role("button", name="Có", exact=True)).to_be_disabled()
    await expect(page.get_by_label(BOX)).to_have_value("còn nháp")
    assert [m.kind for m in house.received] == [Kind.START]

    await context.set_offline(False)
    await expect(page.locator("article.waiting")).to_have_count(0)
    assert [m.kind for m in house.received] == [Kind.START, Kind.PRESS, Kind.TEXT, Kind.PHOTO]
    assert house.received[2].text == "118 hộ"
    await expect(page.get_by_label(BOX)).to_have_value("còn nháp")

    await context.set_offline(True)
    await page.goto(str(client.make_url("/c/?app=1")))
    await expect(page).to_have_url(address)


async def test_a_photo_is_made_small_and_upright_and_keeps_its_time(
    house: House, client: TestClient, phone: Phone
) -> None:
    _, token = await house.chat()
    page = await _open(phone, str(client.make_url(f"/c/{token}")))
    await page.set_input_files("#camera", _file(_photo(orientation=6)))
    await expect(page.locator("article.me:not(.waiting)")).to_have_count(1)
    media = house.received[0].media
    assert media
    assert media.taken_from == "exif"
    assert datetime.fromtimestamp(media.taken_at, UTC) == datetime(
        2026, 10, 2, 23, 45, 10, tzinfo=UTC
    )
    sent = Image.open(io.BytesIO(await house.channel.fetch(media.source, 10_000_000)))
    assert (sent.format, sent.size) == ("JPEG", (800, 1600))
    assert sent.getexif().get(0x0112, 1) == 1
    top, bottom = sent.getpixel((400, 200)), sent.getpixel((400, 1400))
    assert top[0] > 150 > top[2], "red is on top: turned a quarter to the right"
    assert bottom[2] > 150 > bottom[0]


@pytest.mark.parametrize(("orientation", "twice"), [(2, 1), (3, 1), (4, 1), (6, 3), (8, 3)])
async def test_a_browser_that_does_not_turn_photos_is_helped(
    house: House, client: TestClient, phone: Phone, orientation: int, twice: int
) -> None:
    """This browser turns them, so the help turns them once more: mirrored or turned twice."""
    _, token = await house.chat()
    page = await phone.page()
    await page.add_init_script("CSS.supports = () => false")
    await page.goto(str(client.make_url(f"/c/{token}")))
    await page.set_input_files("#gallery", _file(_photo(orientation)))
    await expect(page.locator("article.me:not(.waiting)")).to_have_count(1)
    media = house.received[0].media
    assert media
    sent = Image.open(io.BytesIO(await house.channel.fetch(media.source, 10_000_000)))
    assert sent.size == (1600, 800)
    left = sent.getpixel((200, 400))
    assert (left[0] > left[2]) is (twice == 1), "half a turn changes sides, a whole one nothing"


async def test_what_the_phone_cannot_decode_is_sent_as_it_is(
    house: House, client: TestClient, phone: Phone
) -> None:
    _, token = await house.chat()
    written = house.clock.now().timestamp() - 3600
    page = await phone.page()
    await page.add_init_script(
        f"Object.defineProperty(File.prototype, 'lastModified', {{ get: () => {written * 1000} }})"
    )
    await page.goto(str(client.make_url(f"/c/{token}")))
    strange = b"\x00\x00\x00\x18ftypheic" + b"no browser reads this" * 1000
    await page.set_input_files("#gallery", _file(strange, "image/heic"))
    await expect(page.locator("article.me:not(.waiting)")).to_have_count(1)
    media = house.received[0].media
    assert media
    assert await house.channel.fetch(media.source, 10_000_000) == strange
    assert (media.taken_from, media.taken_at) == ("file", pytest.approx(written, abs=1))


async def test_a_photo_over_a_line_that_breaks_all_the_time_is_not_begun_anew(
    house: House, client: TestClient, phone: Phone
) -> None:
    _, token = await house.chat()
    data = _noise()
    async with BadLine(client.host, client.port) as line:
        page = await _open(phone, f"{line.url}/c/{token}")
        before, line.breaks_after = line.sent, 100_000
        await page.set_input_files("#gallery", _file(data))
        await expect(page.locator("article.me:not(.waiting)")).to_have_count(1)
    media = house.received[0].media
    assert media
    assert media.size > 250_000
    assert line.cuts >= 2
    assert line.sent - before < media.size + line.cuts * 70_000, "a cut costs a piece at most"
    assert [m.kind for m in house.received] == [Kind.PHOTO]


async def test_a_portal_that_answers_for_us_is_not_believed(
    house: House, client: TestClient, phone: Phone
) -> None:
    _, token = await house.chat()
    page = await _open(phone, str(client.make_url(f"/c/{token}")))
    status = 0

    async def answer(route) -> None:
        await route.fulfill(status=status, content_type="text/html", body="<h1>Wi-Fi</h1>")

    for status in (200, 400, 404, 413):
        await page.route("**/messages", answer)
        await _write(page, f"lúc {status}")
        await expect(page.get_by_role("status")).to_be_hidden()
        await expect(page.locator("article.waiting")).to_have_count(1)
        await page.unroute_all()
        await page.evaluate("window.dispatchEvent(new Event('online'))")
        await expect(page.locator("article.waiting")).to_have_count(0)
    assert [m.text for m in house.received] == ["lúc 200", "lúc 400", "lúc 404", "lúc 413"]
    await expect(page.locator("article.refused")).to_have_count(0)


async def test_a_phone_without_room_says_so_and_sends_all_the_same(
    house: House, client: TestClient, phone: Phone
) -> None:
    _, token = await house.chat()
    page = await phone.page()
    await page.add_init_script(
        "indexedDB.open = () => { throw new Error('refused'); };"
        "Storage.prototype.setItem = () => { throw new Error('QuotaExceededError'); };"
    )
    await page.goto(str(client.make_url(f"/c/{token}")))
    await page.route("**/photos/**", lambda route: route.abort())
    await page.set_input_files("#gallery", _file(_photo()))
    await page.unroute_all()
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(page.get_by_role("status")).to_contain_text("Điện thoại hết chỗ lưu")
    await expect(page.locator("article.me:not(.waiting)")).to_have_count(1)
    await _write(page, "95")
    await expect(page.locator("article.waiting")).to_have_count(0)
    assert [m.kind for m in house.received] == [Kind.PHOTO, Kind.TEXT]


async def test_two_tabs_share_what_waits_and_send_it_once_in_order(
    house: House, client: TestClient, phone: Phone
) -> None:
    _, token = await house.chat()
    address = str(client.make_url(f"/c/{token}"))
    one, two = await _open(phone, address), await _open(phone, address)
    await phone.context.set_offline(True)
    await _write(one, "một")
    await _write(two, "hai")
    await one.close()
    await two.close()
    three = await phone.page()
    await three.goto(address)
    await expect(three.locator("article.waiting")).to_have_count(2)
    await phone.context.set_offline(False)
    await expect(three.locator("article.waiting")).to_have_count(0)
    assert [m.text for m in house.received] == ["một", "hai"]


async def test_where_the_stream_is_held_back_the_page_asks_instead(
    house: House, client: TestClient, phone: Phone
) -> None:
    """A proxy that buffers: the stream opens, and nothing of it ever arrives."""
    chat, token = await house.chat()
    page = await phone.page()
    await page.clock.install()
    await page.add_init_script(
        "window.streams = 0; window.EventSource = class extends EventTarget {"
        "constructor() { super(); window.streams += 1; } close() { window.streams -= 1; } };"
    )
    await page.goto(str(client.make_url(f"/c/{token}")))
    await expect(page.get_by_text("Đang mở cuộc trò chuyện")).to_be_hidden()
    await page.clock.run_for(60_000)
    await house.say(chat, Outgoing("Nhắc bác: còn 3 ngày."))
    await page.clock.run_for(7_000)
    await expect(page.get_by_role("log")).to_contain_text("Nhắc bác: còn 3 ngày.")
    assert await page.evaluate("window.streams") <= 1


async def test_a_tab_holds_one_stream_however_often_the_line_comes_and_goes(
    house: House, client: TestClient, phone: Phone
) -> None:
    chat, token = await house.chat()
    page = await _open(phone, str(client.make_url(f"/c/{token}")))
    most = 0
    for n in range(5):
        await phone.context.set_offline(True)
        await phone.context.set_offline(False)
        await page.evaluate(
            "for (let n = 0; n < 3; n++) { window.dispatchEvent(new Event('online'));"
            "document.dispatchEvent(new Event('visibilitychange')); }"
        )
        await house.say(chat, Outgoing(f"tin {n}"))
        await expect(page.get_by_role("log")).to_contain_text(f"tin {n}")
        most = max(most, house.wakes.listeners(chat.external_id))
    assert most <= 2, "one, and perhaps one that the server has not yet seen end"
    await expect(page.locator("article.office")).to_have_count(5)


async def test_signing_out_leaves_nothing_on_the_phone_and_the_link_dead(
    house: House, client: TestClient, phone: Phone
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("95 hộ của thôn tôi", prompt=1))
    page = await _open(phone, str(client.make_url(f"/c/{token}")))
    await _installed(page)
    await page.get_by_label(BOX).fill("nháp")
    asked: list[str] = []

    async def agree(dialog) -> None:
        asked.append(dialog.message)
        await dialog.accept()

    page.on("dialog", agree)
    await phone.context.set_offline(True)
    await page.get_by_role("button", name="Thoát").click()
    await expect(page.get_by_role("status")).to_contain_text("mạng")
    assert (await client.get(f"/c/{token}/messages")).status == 200, "nothing has changed yet"
    await phone.context.set_offline(False)
    await page.get_by_role("button", name="Thoát").click()
    await expect(page).to_have_url(str(client.make_url("/c/")))
    assert "đường dẫn mới" in asked[0]
    assert (await client.get(f"/c/{token}/messages")).status == 404
    left = await page.evaluate(
        "Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()])"
        ".then(([kept, workers]) => [Object.keys(localStorage), kept, workers.length])"
    )
    assert left == [[], [], 0]
    await page.goto(str(client.make_url(f"/c/{token}")))
    await expect(page.locator("body")).to_contain_text("không dùng được")


async def test_a_link_that_the_office_has_closed_takes_what_the_phone_keeps_with_it(
    house: House, client: TestClient, phone: Phone
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("Câu hỏi", prompt=1))
    page = await _open(phone, str(client.make_url(f"/c/{token}")))
    await client.post(f"/c/{token}/leave")
    await expect(page.get_by_role("status")).to_contain_text("không còn dùng được")
    await expect(page.get_by_role("link", name="Gõ mã")).to_be_visible()
    await expect(page.get_by_label(BOX)).to_be_hidden()
    assert await page.evaluate("Object.keys(localStorage)") == []
