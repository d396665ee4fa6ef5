"""The pages of the review, without scripts: what is shown, to whom, and what a form does."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from backend.models import Answer, EvidenceFile, Review, Submission
from backend.people import Role
from backend.review.answers import decide_answer
from backend.review.answers_back import AnswerDecision
from backend.review.decide import Decision, decide
from tests.backend.office.house import photo_path
from tests.backend.review.desk import Desk
from tests.backend.review.scene import Scene


def jpeg(colour: str = "olive") -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(picture, "JPEG")
    return picture.getvalue()


async def test_a_photo_stands_beside_its_answers_and_is_approved_by_a_form(
    desk: Desk, scene: Scene
) -> None:
    [photo] = await scene.sent(body=jpeg())
    await desk.enter("commune")
    page = await desk.page("/review")
    assert f'src="{photo_path(photo.id)}"' in page
    assert "bao nhiêu hộ?" in page
    assert "96" in page
    assert "Minh chứng cho: 9.1 Số hộ còn nhà tạm, nhà dột nát" in page
    assert "Ảnh chưa thấy ngôi nhà ạ." in page
    assert "Ảnh chưa thấy nhà tiêu ạ." not in page
    status, place, _ = await desk.post(
        f"/review/{photo.id}", {"decision": "approved", "expected": 0}
    )
    assert (status, place) == (303, "/review")
    await photo.refresh_from_db()
    assert photo.review == "approved"
    assert "Đã xem hết ảnh" in await desk.page("/review")
    assert "Minh commune: đã duyệt" in await desk.page(f"/review/{photo.id}")


async def test_the_second_reviewer_is_told_who_was_first(desk: Desk, scene: Scene) -> None:
    [photo] = await scene.sent(body=jpeg())
    await scene.sent(questionnaire="nuoc", body=jpeg())
    await desk.enter("district")
    await decide(
        scene.people["commune"],
        photo.id,
        Decision.REJECTED,
        expected=0,
        reason="dark",
        now=scene.now,
    )
    path = f"/review/{photo.id}"
    status, place, _ = await desk.post(path, {"decision": "approved", "expected": 0})
    assert (status, place) == (303, f"{path}?overtaken=1")
    page = await desk.page(place)
    assert "Đã có người xem trước" in page
    assert "08:00 22/11/2026 · Minh commune: đã trả lại. Ảnh tối quá, chưa nhìn rõ ạ." in page
    _, _, told = await desk.post(path, {"decision": "approved", "expected": 0}, script=True)
    assert isinstance(told, dict)
    assert (told["outcome"], told["state"], told["number"]) == ("overtaken", "rejected", 1)
    assert "Minh commune" in told["told"]
    assert await Review.all().count() == 1


async def test_nothing_is_shown_or_decided_by_address_for_whom_it_is_not(
    desk: Desk, scene: Scene
) -> None:
    [photo] = await scene.sent(body=jpeg())
    [elsewhere] = await scene.sent("ia-toi-thon-1", body=jpeg())
    await desk.enter("other_commune")
    assert str(photo.id) not in (await desk.page("/review/ids")).split("total")[0]
    await desk.page(f"/review/{photo.id}", 404)
    status, _, told = await desk.post(
        f"/review/{photo.id}", {"decision": "approved", "expected": 0}, script=True
    )
    assert (status, told) == (
        200,
        {"outcome": "gone", "told": "Ảnh này không còn trong danh sách."},
    )
    await photo.refresh_from_db()
    assert photo.review == "waiting"
    await desk.page(f"/review/{elsewhere.id}")
    await desk.enter("head")
    for path in ("/review", "/review/grid", "/review/ids", f"/review/{photo.id}"):
        await desk.page(path, 303)


async def test_a_form_without_the_sessions_token_decides_nothing(desk: Desk, scene: Scene) -> None:
    [photo] = await scene.sent(body=jpeg())
    await desk.enter("commune")
    for path in (f"/review/{photo.id}", "/review/grid"):
        answer = await desk.client.post(
            path, data={"token": "x", "decision": "approved", "expected": "0"}
        )
        assert answer.status == 403
    await photo.refresh_from_db()
    assert photo.review == "waiting"


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "eaten", "expected": "0"},
        {"decision": "approved", "expected": "soon"},
        {"decision": "approved"},
        {"decision": "rejected", "expected": "0"},
        {"decision": "rejected", "expected": "0", "reason": "<b>"},
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_no_page_of_ours_would_post_is_refused(
    desk: Desk, scene: Scene, fields: dict[str, object]
) -> None:
    [photo] = await scene.sent(body=jpeg())
    await desk.enter("commune")
    status, _, _ = await desk.post(f"/review/{photo.id}", fields)
    assert status == 400
    assert not await Review.exists()


async def test_several_at_once_each_for_itself(desk: Desk, scene: Scene) -> None:
    photos = await scene.sent(photos=3, body=jpeg())
    await desk.enter("district")
    page = await desk.page("/review/grid")
    for photo in photos:
        assert f'value="{photo.id}:0"' in page
    await decide(
        scene.people["commune"], photos[0].id, Decision.APPROVED, expected=0, now=scene.now
    )
    found = await desk.post(
        "/review/grid",
        {
            "photo": [f"{p.id}:0" for p in photos] + ["999999:0", "9" * 30 + ":0"],
            "decision": "rejected",
            "reason": "blurred",
            "words": "",
        },
        seen="/review/grid",
    )
    assert found[0] == 200
    told = str(found[2])
    assert "Đã ghi cho 2 ảnh." in told
    assert "2 ảnh không còn trong danh sách." in told
    assert "Minh commune: đã duyệt" in told
    states = [(await Review.filter(evidence_id=p.id).get()).decision for p in photos]
    assert states == ["approved", "rejected", "rejected"]


async def test_of_many_only_what_was_on_the_screen_is_approved(desk: Desk, scene: Scene) -> None:
    looked_at, not_yet = await scene.sent(photos=2, body=jpeg())
    await desk.enter("commune")
    page = await desk.page("/review/grid")
    assert '<button type="submit" disabled hidden>' in page.partition("<li>")[0], (
        "Enter decides nothing"
    )
    await desk.client.get(photo_path(looked_at.id))
    ticked: dict[str, object] = {
        "photo": [f"{looked_at.id}:0", f"{not_yet.id}:0"],
        "decision": "approved",
        "words": "Ảnh mờ quá",
    }
    *_, told = await desk.post("/review/grid", ticked, seen="/review/grid")
    assert "Có viết lý do nên chưa duyệt ảnh nào." in str(told)
    assert not await Review.exists()
    *_, told = await desk.post("/review/grid", ticked | {"words": ""}, seen="/review/grid")
    assert "Đã ghi cho 1 ảnh." in str(told)
    assert "1 ảnh chưa hiện ra" in str(told)
    assert (await Review.get()).evidence_id == looked_at.id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id


async def test_a_character_that_no_database_keeps_is_left_out(desk: Desk, scene: Scene) -> None:
    [photo] = await scene.sent(body=jpeg())
    await desk.enter("commune")
    fields = {"decision": "rejected", "expected": "0", "words": "Ảnh\0 mờ quá"}
    status, _, _ = await desk.post(f"/review/{photo.id}", fields)
    assert status == 303
    assert (await Review.get(evidence_id=photo.id)).words == "Ảnh mờ quá"


async def test_the_grid_shows_only_what_the_person_decides_about(desk: Desk, scene: Scene) -> None:
    houses = await scene.sent(body=jpeg())
    await scene.sent(questionnaire="nuoc", body=jpeg())
    await scene.person("idle", Role.DEPARTMENT_OFFICER, "ia-hdrai", "Phòng không có gì")
    await desk.enter("commune")
    page = await desk.page("/review/grid?indicator=thon-khao-sat:9.1")
    assert page.count('name="photo"') == 1
    assert f"{houses[0].id}:0" in page
    await desk.enter("idle")
    assert 'name="photo"' not in await desk.page("/review/grid")


async def test_a_photo_whose_time_is_over_is_not_judged(desk: Desk, scene: Scene) -> None:
    [photo] = await scene.sent(body=jpeg())
    await EvidenceFile.filter(id=photo.file_id).update(removed_at=scene.now)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    await desk.enter("commune")
    assert photo_path(photo.id) not in await desk.page("/review")
    page = await desk.page(f"/review/{photo.id}")
    assert "vì hết thời hạn lưu" in page
    assert 'data-decision="approved"' not in page
    await desk.post(f"/review/{photo.id}", {"decision": "approved", "expected": "0"})
    assert not await Review.exists()
    asked_again = {"decision": "rejected", "expected": "0", "reason": "blurred"}
    await desk.post(f"/review/{photo.id}", asked_again)
    assert (await Review.get(evidence_id=photo.id)).decision == "rejected"


async def test_what_is_overdue_is_named_wherever_an_officer_looks(desk: Desk, scene: Scene) -> None:
    [photo] = await scene.sent(body=jpeg())
    [fresh] = await scene.sent(questionnaire="nuoc", body=jpeg())
    who, begun = scene.people["commune"], scene.now
    submission = await Submission.get(id=photo.submission_id)
    path = str((await Answer.get(submission_id=submission.id)).path)
    await decide(who, photo.id, Decision.REJECTED, expected=0, reason="dark", now=begun)
    asked = AnswerDecision.REJECTED
    await decide_answer(who, submission.id, path, asked, expected=0, reason="changed", now=begun)
    scene.clock.advance(20 * 86_400)
    await decide(who, fresh.id, Decision.REJECTED, expected=0, reason="dark", now=scene.now)
    await desk.enter("commune")
    card = await desk.page(f"/review/{photo.id}")
    assert "quá hạn: trả lại đã 20 ngày" in card
    assert "quá hạn: trả" not in await desk.page(f"/review/{fresh.id}")
    assert "1 ảnh quá hạn" in await desk.page("/review?state=rejected")
    grid = await desk.page("/review/grid?state=rejected")
    assert "1 ảnh quá hạn" in grid
    assert grid.count("quá hạn: trả lại đã 20 ngày") == 1
    page = await desk.page(f"/submissions/{submission.id}")
    assert "1 ảnh quá hạn: trả lại đã 20 ngày" in page
    assert "Quá hạn: hỏi lại đã 20 ngày" in page


async def test_whom_nobody_reaches_is_said_wherever_something_is_handed_back(
    desk: Desk, scene: Scene
) -> None:
    """The village head of this scene has no chat at all."""
    first, second, third = await scene.sent(photos=3, body=jpeg())
    await desk.enter("commune")
    fields: dict[str, object] = {"decision": "rejected", "reason": "dark", "expected": 0}
    _, place, _ = await desk.post(f"/review/{first.id}", fields)
    assert place == "/review?heard=call"
    assert "gọi điện" in await desk.page(place)
    *_, told = await desk.post(f"/review/{second.id}", fields, script=True)
    assert isinstance(told, dict)
    assert "gọi điện" in told["told"]
    ticked = {"decision": "rejected", "reason": "dark", "photo": f"{third.id}:0"}
    *_, page = await desk.post("/review/grid", ticked, seen="/review/grid")
    assert "gọi điện" in str(page)
    path = str((await Answer.get(submission_id=first.submission_id)).path)
    seen = f"/submissions/{first.submission_id}"
    asked = {"path": path, "decision": "rejected", "reason": "changed", "expected": 0}
    _, place, _ = await desk.post(f"{seen}/answers", asked, seen=seen)
    assert place == f"{seen}?heard=call#answers"
    assert "gọi điện" in await desk.page(place.partition("#")[0])
