"""The review in a real browser, by keys: in order, once each, and what is undone or overtaken."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from backend import audit
from backend.models import AuditEntry, Evidence, OfficeSession, Review
from backend.office.session import office_link
from backend.review.decide import Decision, decide
from backend.review.reasons import offered
from tests.backend.review.desk import Desk
from tests.backend.review.pictures import many_photos
from tests.backend.review.scene import Scene
from tests.browser import Phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]
TRIED = """(id) => {
    const picture = document.querySelector(".card .picture img");
    return picture && picture.closest(".card").dataset.id === String(id) && picture.complete;
}"""
ON_SCREEN = """(id) => {
    const picture = document.querySelector(".card .picture img");
    return picture && picture.closest(".card").dataset.id === String(id)
        && picture.complete && picture.naturalWidth > 0;
}"""


async def opened(desk: Desk, phone: Phone, nick: str = "district", path: str = "/review") -> Page:
    page = await phone.page()
    token = await office_link(desk.scene.people[nick], desk.scene.now)
    await page.goto(str(desk.client.make_url(f"/login/{token}")))
    await page.get_by_role("button", name="Vào trang").click()
    await page.wait_for_url("**/")
    await page.goto(str(desk.client.make_url(path)))
    return page


async def on_screen(page: Page, photo: Evidence) -> None:
    await page.wait_for_function(ON_SCREEN, arg=photo.id)


async def recorded(page: Page, count: int) -> None:
    await expect(page.locator("#review")).to_have_attribute("data-sent", str(count))


@pytest.mark.long
async def test_two_hundred_photos_by_keyboard_each_once_and_in_order(
    desk: Desk, scene: Scene, phone: Phone
) -> None:
    photos = await many_photos(scene, 200)
    page = await opened(desk, phone)
    wanted = []
    for number, photo in enumerate(photos):
        await on_screen(page, photo)
        if number % 4 == 3:
            reason = 1 + number % 5
            await page.keyboard.press("r")
            await page.keyboard.press(str(reason))
            wanted.append((photo.id, 1, "rejected", offered(photo.purpose)[reason - 1]))
        else:
            await page.keyboard.press("a")
            wanted.append((photo.id, 1, "approved", ""))
    await expect(page.locator("#done")).to_be_visible()
    await recorded(page, 200)
    rows = Review.all().order_by("id").values_list("evidence_id", "number", "decision", "reason")
    assert list(await rows) == wanted
    states = Evidence.all().order_by("id").values_list("id", "review")
    assert list(await states) == [(i, d) for i, _, d, _ in sorted(wanted)]
    subjects = await AuditEntry.filter(action__startswith="review.").order_by("number")
    assert [e.subject for e in subjects] == [f"photo:{i}" for i, _, _, _ in wanted]
    assert not (await audit.verify()).broken


async def test_undo_further_and_back(desk: Desk, scene: Scene, phone: Phone) -> None:
    one, two, three = await many_photos(scene, 3)
    page = await opened(desk, phone)
    await on_screen(page, one)
    await page.keyboard.press("a")
    await on_screen(page, two)
    await page.keyboard.press("n")
    await on_screen(page, three)
    await page.keyboard.press("p")
    await on_screen(page, two)
    await page.keyboard.press("z")
    await on_screen(page, one)
    await recorded(page, 2)
    await expect(page.locator(".state")).to_have_text("chờ duyệt")
    await expect(page.locator(".history li")).to_have_count(2)
    await page.keyboard.press("r")
    await page.get_by_label("Hoặc tự viết").fill("Xin chụp cả mái nhà nhé")
    await page.keyboard.press("Enter")
    await on_screen(page, two)
    await recorded(page, 3)
    rows = await Review.all().order_by("id")
    assert [(r.number, r.decision, r.words) for r in rows] == [
        (1, "approved", ""),
        (2, "undone", ""),
        (3, "rejected", "Xin chụp cả mái nhà nhé"),
    ]


async def test_letters_typed_into_a_reason_are_no_keys_and_keys_can_be_put_out(
    desk: Desk, scene: Scene, laptop: Phone
) -> None:
    one, _ = await many_photos(scene, 2)
    page = await opened(desk, laptop)
    await on_screen(page, one)
    await page.keyboard.press("r")
    await page.get_by_label("Hoặc tự viết").press_sequentially("anz 1")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Hoặc tự viết")).to_be_hidden()
    await page.get_by_text("Phím tắt").click()
    await page.get_by_label("Dùng các phím này").uncheck()
    await page.locator("body").press("a")
    await on_screen(page, one)
    await page.reload()
    await page.locator("body").press("a")
    await on_screen(page, one)
    assert not await Review.exists()


async def test_whoever_is_second_is_told_and_nothing_of_theirs_is_kept(
    desk: Desk, scene: Scene, phone: Phone
) -> None:
    one, two = await many_photos(scene, 2)
    page = await opened(desk, phone)
    await on_screen(page, one)
    who = scene.people["commune"]
    await decide(who, one.id, Decision.REJECTED, expected=0, reason="blurred", now=scene.now)
    await page.keyboard.press("a")
    await on_screen(page, two)
    told = page.get_by_role("status")
    await expect(told).to_contain_text("Minh commune: đã trả lại. Ảnh bị mờ")
    await page.keyboard.press("p")
    await on_screen(page, one)
    await expect(page.locator(".state")).to_have_text("đã trả lại")
    assert [r.decision for r in await Review.all()] == ["rejected"]


async def test_what_is_decided_without_a_connection_is_sent_in_order_when_it_is_back(
    desk: Desk, scene: Scene, phone: Phone
) -> None:
    photos = await many_photos(scene, 3)
    page = await opened(desk, phone)
    away = True

    async def line(route: Route) -> None:
        if away and route.request.method == "POST":
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/review/*", line)
    for photo in photos[:2]:
        await on_screen(page, photo)
        await page.keyboard.press("a")
    await on_screen(page, photos[2])
    await expect(page.get_by_role("status")).to_contain_text("Mất mạng")
    assert not await Review.exists()
    away = False
    await recorded(page, 2)
    assert [r.evidence_id for r in await Review.all().order_by("id")] == [p.id for p in photos[:2]]


async def test_a_small_phone_has_large_buttons_names_and_no_sideways_scrolling(
    desk: Desk, scene: Scene, phone: Phone
) -> None:
    one, two, _ = await many_photos(scene, 3)
    page = await opened(desk, phone, "commune")
    await on_screen(page, one)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await expect(page.get_by_role("button", name="Hoàn tác")).to_be_hidden()
    await page.locator(".pairs a").first.tap()  # both photos, one above the other
    both = page.get_by_role("dialog", name="Ảnh khác của câu này")
    await expect(both.get_by_role("img")).to_have_count(2)
    await expect(both).to_contain_text("Ảnh đang duyệt")
    await both.get_by_role("button", name="Đóng").tap()
    await expect(both).to_be_hidden()
    await page.locator("summary", has_text="Trả lại").tap()
    small = await page.evaluate(
        """() => [...document.querySelectorAll("#review button, #review summary, .moves > *, main details > summary")]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44)
            .map((e) => e.textContent)"""
    )
    assert small == []
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll("main button, main a[href], main input:not([type=hidden]), main select, main img")]
            .filter((e) => e.checkVisibility())
            .filter((e) => !(e.textContent.trim() || e.alt || e.labels?.length || e.querySelector("img[alt]")))
            .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    await page.get_by_role("button", name="Ảnh chưa thấy ngôi nhà ạ.").tap()
    await on_screen(page, two)
    await recorded(page, 1)
    await page.goto(str(desk.client.make_url("/review/grid")))
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.get_by_role("button", name="Chọn tất cả").tap()
    await page.get_by_role("button", name="Duyệt các ảnh đã chọn").tap()
    await expect(page.get_by_text("Đã ghi cho 2 ảnh.")).to_be_visible()


async def test_what_is_not_on_the_screen_is_not_approved(
    desk: Desk, scene: Scene, phone: Phone
) -> None:
    """The bytes do not come: A says so, and once they come the same key approves."""
    one, two = await many_photos(scene, 2)
    page = await opened(desk, phone, path="/")

    async def lost(route: Route) -> None:
        await route.fulfill(status=404, body="")

    await page.route("**/photos/*", lost)
    await page.goto(str(desk.client.make_url("/review")))
    told = page.locator("#told")
    await page.wait_for_function(TRIED, arg=one.id)
    await page.keyboard.press("a")
    await expect(told).to_have_text("Chưa hiện được ảnh nên chưa duyệt được.")
    await page.keyboard.press("n")
    await page.wait_for_function(TRIED, arg=two.id)
    await page.keyboard.press("a")
    await expect(told).to_have_text("Chưa hiện được ảnh nên chưa duyệt được.")
    assert not await Review.exists()
    await page.unroute("**/photos/*")
    await page.keyboard.press("p")
    await on_screen(page, one)
    await page.keyboard.press("a")
    await recorded(page, 1)
    assert [r.evidence_id for r in await Review.all()] == [one.id]  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    await on_screen(page, two)
    await OfficeSession.all().update(revoked_at=scene.now)
    for _ in range(2):
        await page.keyboard.press("a")
        await expect(told).to_contain_text("1 lựa chọn chưa được ghi.")
    assert await Review.all().count() == 1
