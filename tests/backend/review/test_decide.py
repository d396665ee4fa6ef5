"""One photo, several reviewers: what is kept, who is first, and what a correction carries."""

from __future__ import annotations

import asyncio

import pytest

from backend import audit
from backend.models import AuditEntry, Evidence, Review
from backend.people import Role
from backend.review.decide import Decided, Decision, Overtaken, State, decide
from backend.review.history import reviews_of
from tests.backend.review.scene import Scene

OWNER = "Phòng thử"


async def test_a_photo_is_approved_and_both_the_row_and_the_audit_log_say_so(scene: Scene) -> None:
    [photo] = await scene.sent()
    done = await decide(
        scene.people["commune"], photo.id, Decision.APPROVED, expected=0, now=scene.now
    )
    assert isinstance(done, Decided)
    assert (done.state, done.number, done.again) == (State.APPROVED, 1, False)
    await photo.refresh_from_db()
    assert (photo.review, photo.review_number) == ("approved", 1)
    entry = await AuditEntry.get(action__startswith="review.")
    assert (entry.action, entry.subject, entry.by) == (
        "review.approved",
        f"photo:{photo.id}",
        scene.people["commune"],
    )
    assert not (await audit.verify()).broken


async def test_the_second_reviewer_sees_what_the_first_decided(scene: Scene) -> None:
    [photo] = await scene.sent()
    first = scene.now
    await decide(
        scene.people["commune"], photo.id, Decision.REJECTED, expected=0, reason="dark", now=first
    )
    scene.clock.advance(minutes=1)
    late = await decide(
        scene.people["district"], photo.id, Decision.APPROVED, expected=0, now=scene.now
    )
    assert isinstance(late, Overtaken)
    assert (late.state, late.number, late.by_name) == (State.REJECTED, 1, "Minh commune")
    assert (late.review.decision, late.review.reason, late.review.at) == ("rejected", "dark", first)
    assert await Review.all().count() == 1


async def test_of_two_at_the_same_moment_exactly_one_is_first(scene: Scene) -> None:
    [photo] = await scene.sent()
    both = await asyncio.gather(
        *[
            decide(scene.people[who], photo.id, Decision.APPROVED, expected=0, now=scene.now)
            for who in ("commune", "district", "admin") * 2
        ]
    )
    fresh = [d for d in both if isinstance(d, Decided) and not d.again]
    assert len(fresh) == 1
    assert await Review.all().count() == 1
    assert all(isinstance(d, Overtaken) or d in fresh or d.again for d in both)


async def test_a_press_that_came_twice_is_one_decision(scene: Scene) -> None:
    [photo] = await scene.sent()
    for again in (False, True):
        done = await decide(
            scene.people["commune"],
            photo.id,
            Decision.REJECTED,
            expected=0,
            words="Cho  xem\ncả mái nhà nữa nhé",
            now=scene.now,
        )
        assert isinstance(done, Decided)
        assert done.again is again
    review = await Review.get()
    assert review.words == "Cho xem cả mái nhà nữa nhé"


async def test_undo_brings_back_what_held_before(scene: Scene) -> None:
    [photo] = await scene.sent()
    who, now = scene.people["commune"], scene.now
    await decide(who, photo.id, Decision.APPROVED, expected=0, now=now)
    await decide(who, photo.id, Decision.REJECTED, expected=1, reason="people", now=now)
    states = []
    for expected in (2, 3, 4):
        done = await decide(who, photo.id, Decision.UNDONE, expected=expected, now=now)
        assert isinstance(done, Decided)
        states.append((done.state, done.number, done.again))
    assert states == [
        (State.APPROVED, 3, False),
        (State.WAITING, 4, False),
        (State.WAITING, 4, True),
    ]
    await photo.refresh_from_db()
    assert (photo.review, photo.review_number) == ("waiting", 4)
    assert [r.decision for r in await reviews_of(photo)] == [
        "approved",
        "rejected",
        "undone",
        "undone",
    ]


async def test_a_rejection_needs_a_reason_that_exists(scene: Scene) -> None:
    [photo] = await scene.sent()
    for more in ({}, {"words": " \n "}, {"reason": "because"}):
        with pytest.raises(ValueError, match="reason"):
            await decide(
                scene.people["commune"],
                photo.id,
                Decision.REJECTED,
                expected=0,
                now=scene.now,
                **more,
            )
    assert not await Review.exists()


async def test_the_village_head_another_commune_and_a_department_of_nothing_decide_nothing(
    scene: Scene,
) -> None:
    [photo] = await scene.sent()
    await scene.person("lazy", Role.DEPARTMENT_OFFICER, "ia-hdrai", "Phòng không có gì")
    await scene.person("nameless", Role.DEPARTMENT_OFFICER, "ia-hdrai")
    for who in ("head", "other_commune", "lazy", "nameless"):
        assert (
            await decide(scene.people[who], photo.id, Decision.APPROVED, expected=0, now=scene.now)
            is None
        ), who
    await photo.refresh_from_db()
    assert photo.review == "waiting"
    assert not await AuditEntry.exists(action__startswith="review.")


async def test_a_correction_keeps_the_decision_and_the_old_photo_is_no_longer_there(
    scene: Scene,
) -> None:
    kept, sent_back = await scene.sent(photos=2)
    who = scene.people["commune"]
    await decide(who, kept.id, Decision.APPROVED, expected=0, now=scene.now)
    await kept.refresh_from_db()
    interview, copies = await scene.corrected(kept.submission_id)
    # While the correction runs, the old version is still the one in force.
    await decide(who, sent_back.id, Decision.REJECTED, expected=0, reason="dark", now=scene.now)
    await scene.submit(interview)
    copies = await Evidence.filter(interview_id=interview.id).order_by("id")
    assert [(c.review, c.review_number) for c in copies] == [("approved", 1), ("rejected", 1)]
    assert await decide(who, kept.id, Decision.UNDONE, expected=1, now=scene.now) is None
    undone = await decide(who, copies[0].id, Decision.UNDONE, expected=1, now=scene.now)
    assert isinstance(undone, Decided)
    assert (undone.state, undone.number) == (State.WAITING, 2)
    await copies[0].refresh_from_db()
    assert [(r.number, r.decision) for r in await reviews_of(copies[0])] == [
        (1, "approved"),
        (2, "undone"),
    ]


@pytest.mark.parametrize("decision", [Decision.APPROVED, Decision.REJECTED])
async def test_an_older_correction_sent_last_keeps_what_was_decided_in_between(
    scene: Scene, decision: Decision
) -> None:
    [photo] = await scene.sent()
    begun_first, _ = await scene.corrected(photo.submission_id)
    begun_last, [copy] = await scene.corrected(photo.submission_id)
    await scene.submit(begun_last, "97")
    reason = "dark" if decision is Decision.REJECTED else ""
    who = scene.people["commune"]
    await decide(who, copy.id, decision, expected=0, reason=reason, now=scene.now)

    newest = await scene.submit(begun_first, "98")

    now = await Evidence.get(submission_id=newest.id).prefetch_related("file")
    assert (now.review, now.review_number) == (decision, 1)
    assert [(r.decision, r.by.id) for r in await reviews_of(now)] == [(decision, who)]
    # Whoever has the photo before them decides on top of that, and a look back finds both.
    undone = await decide(who, now.id, Decision.UNDONE, expected=1, now=scene.now)
    assert isinstance(undone, Decided)
    assert (undone.state, undone.number) == (State.WAITING, 2)
