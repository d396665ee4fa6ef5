"""What was sent to a page and what was seen there are two facts, and both are in the audit log."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.async_api import Route

from backend.audit import verify
from backend.models import AuditEntry
from backend.review.shown import shown
from tests.backend.office.house import photo_path
from tests.backend.review.desk import Desk
from tests.backend.review.pictures import many_photos, picture
from tests.backend.review.scene import Scene
from tests.backend.review.test_keys import on_screen, opened
from tests.browser import Phone
from tests.clock import HandClock

Told = Counter[tuple[str, str]]


async def looks(me: int) -> Told:
    rows = AuditEntry.filter(by=me, subject__contains=":").exclude(action__startswith="session")
    return Counter(await rows.order_by("number").values_list("action", "subject"))


async def test_a_card_is_a_look_at_the_photo_s_answers_and_one_sent_ahead_is_not_yet(
    desk: Desk, scene: Scene
) -> None:
    [one] = await scene.sent()
    me, answers = scene.people["district"], f"submission:{one.submission_id}"
    await desk.enter("district")
    await desk.page("/review")
    assert await looks(me) == {("submission.seen", answers): 1}
    await desk.page("/review/grid")
    assert (await looks(me)).total() == 1, "there are no answers beside many photos"


async def test_what_was_sent_ahead_is_seen_when_the_page_says_so_and_only_by_who_got_it(
    desk: Desk, scene: Scene, clock: HandClock
) -> None:
    one, two = await many_photos(scene, 2)
    await one.refresh_from_db()
    me = scene.people["district"]
    first, second, answers = f"photo:{one.id}", f"photo:{two.id}", f"submission:{one.submission_id}"
    await desk.enter("district")
    for photo in (one, two):
        card = await desk.page(f"/review/{photo.id}?card=1")
        assert f'src="{photo_path(photo.id)}?ahead=1"' in card
        await desk.client.get(f"{photo_path(photo.id)}?ahead=1")
    sent = {("photo.fetched", first): 1, ("photo.fetched", second): 1}
    sent |= {("submission.fetched", answers): 1}
    assert await looks(me) == sent, "the bytes have left, and nobody has looked"
    status, _, _ = await desk.post("/review/seen", {"photo": str(one.id)}, seen="/sessions")
    assert status == 204
    seen = {("photo.seen", first): 1, ("submission.seen", answers): 1}
    assert await looks(me) == sent | seen
    for other in (scene.people["commune"], scene.people["head"]):
        assert await shown([one.id, two.id], by=other, at=clock.now()) == 0
    clock.advance(hours=13)
    assert await shown([two.id], by=me, at=clock.now()) == 0, "the session is over"
    await desk.enter("district")
    await desk.client.get(f"{photo_path(two.id)}?ahead=1", headers={"Sec-Fetch-Dest": "document"})
    assert (await looks(me))["photo.seen", second] == 1, "opened by itself it is looked at"
    assert (await verify()).broken == 0


@pytest.mark.browser
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_in_a_browser_the_photos_ahead_are_not_seen_before_their_turn(
    desk: Desk, scene: Scene, phone: Phone
) -> None:
    places = [f"ia-dal-thon-{n}" for n in range(1, 5)]
    photos = [(await scene.sent(p, body=picture(n)))[0] for n, p in enumerate(places)]
    me = scene.people["district"]
    page = await opened(desk, phone)
    await on_screen(page, photos[0])
    ahead = {f"{photo_path(photo.id)}?ahead=1" for photo in photos[1:]}
    await page.wait_for_function(
        """(wanted) => wanted.every((one) => performance.getEntriesByName(new URL(one, location), "resource")
            .some((entry) => entry.responseEnd > 0))""",
        arg=sorted(ahead),
    )

    async def of_photos() -> dict[str, list[int]]:
        told = await looks(me)
        ids = [p.id for p in photos]
        return {
            what: [i for i in ids if told[f"photo.{what}", f"photo:{i}"]]
            for what in ("fetched", "seen")
        }

    numbers = [p.id for p in photos]
    assert await of_photos() == {"fetched": numbers[1:], "seen": numbers[:1]}
    async with page.expect_response("**/review/seen") as told:
        await page.keyboard.press("a")
        await on_screen(page, photos[1])
        await page.keyboard.press("n")
        await on_screen(page, photos[2])
    assert (await told.value).status == 204
    assert await of_photos() == {"fetched": numbers[1:], "seen": numbers[:3]}

    async def none(route: Route) -> None:
        await route.abort()

    await page.route("**/review/seen", none)
    async with page.expect_event("requestfailed"):
        await page.keyboard.press("n")
        await on_screen(page, photos[3])
    assert await of_photos() == {"fetched": numbers[1:], "seen": numbers[:3]}, (
        "yet its trace is left"
    )
