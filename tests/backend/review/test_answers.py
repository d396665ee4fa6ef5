"""One answer handed back: who may, who is first, what closes it, and the page's form for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from backend import audit
from backend.models import Answer, AnswerReview, AuditEntry, Submission
from backend.people import Role
from backend.review.answers import AnswerDecided, AnswerOvertaken, decide_answer
from backend.review.answers_back import AnswerDecision, last_decisions
from backend.review.overdue import overdue_returns
from tests.backend.review.desk import Desk
from tests.backend.review.scene import Scene

ASK, UNDO = AnswerDecision.REJECTED, AnswerDecision.UNDONE


async def sent(scene: Scene) -> tuple[int, str]:
    """Return a submission and the path of its one answer."""
    [photo] = await scene.sent()
    return photo.submission_id, (await Answer.get(submission_id=photo.submission_id)).path


async def rules(scene: Scene, who: str, about: tuple[int, str], decision: AnswerDecision, **more):
    given = {"expected": 0, "reason": "no_fit" if decision is ASK else "", **more}
    return await decide_answer(scene.people[who], *about, decision, now=scene.now, **given)


async def test_asked_again_taken_back_and_the_second_sees_what_the_first_decided(
    scene: Scene,
) -> None:
    about = await sent(scene)
    asked = await rules(scene, "commune", about, ASK)
    assert isinstance(asked, AnswerDecided)
    again = await rules(scene, "commune", about, ASK)
    assert isinstance(again, AnswerDecided)
    assert again.again
    late = await rules(scene, "district", about, ASK, reason="changed")
    assert isinstance(late, AnswerOvertaken)
    assert (late.by_name, late.row.reason) == ("Minh commune", "no_fit")
    undone = await rules(scene, "district", about, UNDO, expected=1)
    assert isinstance(undone, AnswerDecided)
    nothing = await rules(scene, "admin", about, UNDO, expected=2)
    assert isinstance(nothing, AnswerDecided)
    assert nothing.again
    rows = await AnswerReview.all().order_by("number")
    assert [(r.number, r.decision, r.open) for r in rows] == [
        (1, "rejected", False),
        (2, "undone", False),
    ]
    log = await AuditEntry.filter(action__startswith="answer.").order_by("number")
    assert [e.action for e in log] == ["answer.rejected", "answer.undone"]
    assert {e.subject for e in log} == {f"submission:{about[0]}"}
    assert not (await audit.verify()).broken


async def test_of_many_at_the_same_moment_exactly_one_is_first(scene: Scene) -> None:
    about = await sent(scene)
    found = await asyncio.gather(
        *[rules(scene, who, about, ASK) for who in ("commune", "district", "admin") * 2]
    )
    assert len([d for d in found if isinstance(d, AnswerDecided) and not d.again]) == 1
    assert await AnswerReview.all().count() == 1


async def test_only_who_decides_about_its_photos_and_only_what_was_asked(scene: Scene) -> None:
    number, path = await sent(scene)
    for nick, may in (("head", False), ("other_commune", False), ("admin", True)):
        found = await rules(scene, nick, (number, path), ASK)
        assert (found is not None) is may, nick
    assert await rules(scene, "commune", (number, "/data/photo_housing"), ASK) is None
    assert await rules(scene, "commune", (number, "/data/nothing"), ASK) is None
    assert await rules(scene, "commune", (number, path), UNDO, expected=9) is not None
    assert await rules(scene, "commune", (987654, path), ASK) is None


async def test_a_correction_closes_it_only_with_another_answer(scene: Scene) -> None:
    number, path = await sent(scene)
    await rules(scene, "commune", (number, path), ASK)
    interview, _ = await scene.corrected(number)
    scene.clock.advance(days=3)
    second = await scene.submit(interview)
    assert await AnswerReview.filter(open=True).count() == 1, "the same answer, not asked for"
    area: int = second.area_id
    late = await overdue_returns([area], {"2026-Q4"}, scene.pack, scene.now)
    assert late == {(area, "nha-o", "2026-Q4")}
    assert await rules(scene, "commune", (number, path), ASK, expected=1) is None, "old version"

    interview, _ = await scene.corrected(second.id)
    third = await scene.submit(interview, "97")
    last = (await last_decisions(str(third.current_key)))[path]
    assert (last.decision, last.open, last.submission_id) == ("answered", False, third.id)
    assert last.number == 2
    assert not await overdue_returns([area], {"2026-Q4"}, scene.pack, scene.now)


async def test_a_form_on_the_page_asks_and_takes_back(desk: Desk, scene: Scene) -> None:
    number, path = await sent(scene)
    page = f"/submissions/{number}"
    await desk.enter("commune")
    assert "Hỏi lại" in await desk.page(page)
    asked = {"path": path, "expected": 0, "decision": "rejected", "words": "Xin đếm lại giúp ạ"}
    status, place, _ = await desk.post(f"{page}/answers", asked, seen=page)
    assert (status, place) == (303, f"{page}?heard=call#answers"), "this head has no chat"
    assert "Minh commune: đã hỏi lại trưởng thôn. Xin đếm lại giúp ạ" in await desk.page(page)
    await desk.enter("district")
    status, _, told = await desk.post(f"{page}/answers", asked | {"words": "Nữa ạ"}, seen=page)
    assert status == 200
    assert "Minh commune: đã hỏi lại" in str(told).split("banner", 1)[1].split("</p>")[0]
    undo = {"path": path, "expected": 1, "decision": "undone"}
    status, _, _ = await desk.post(f"{page}/answers", undo, seen=page)
    assert status == 303
    assert "Minh district: đã thôi hỏi lại" in await desk.page(page)
    for wrong in ({"decision": "answered"}, {"expected": "x"}, {"reason": "none", "words": ""}):
        status, _, _ = await desk.post(f"{page}/answers", asked | wrong, seen=page)
        assert status == 400
    await scene.person("phòng", Role.DEPARTMENT_OFFICER, "ia-hdrai")
    await desk.enter("phòng")
    assert "Hỏi lại" not in await desk.page(page), "they own nothing of it"
    status, _, _ = await desk.post(f"{page}/answers", asked, seen="/")
    assert status == 404
    assert (await Submission.get(id=number)).version == 1
    assert scene.pack.reminding.escalate_days < timedelta(days=30).days
