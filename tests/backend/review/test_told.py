"""What the village head hears of decisions: at once, once, and taken back while it can be."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from backend.models import Chat, Evidence, Interview, Outbox, Submission
from backend.plans.store import active_pack
from backend.review.decide import Decided, Decision, decide
from backend.review.still_told import tell_later
from backend.review.told import GRACE
from backend.review.when_told import when_told
from backend.schedule.still import known_at
from bot.messages import Outgoing
from bot.still_wanted import look, waiting_of
from bot.turn.wanted import Wanted
from conversations.interview.state import State
from locales import catalog
from tests.backend.review.scene import PLAN, Scene
from tests.clock import OFFICE_ZONE


@pytest.fixture
async def chat(scene: Scene) -> Chat:
    return await Chat.create(
        channel="telegram",
        external_id="1",
        person_id=scene.people["head"],
        created_at=scene.now,
        last_in_at=scene.now,
    )


async def rules(scene: Scene, photo: Evidence, decision: Decision, **more: str) -> Decided:
    number = (await Evidence.get(id=photo.id)).review_number
    by = scene.people["commune"]
    found = await decide(by, photo.id, decision, expected=number, now=scene.now, **more)
    assert isinstance(found, Decided)
    return found


async def queued() -> list[Outgoing]:
    rows = await Outbox.filter(status=0).order_by("id")
    return [Outgoing.from_json(row.payload) for row in rows]


async def gone_out(scene: Scene) -> None:
    scene.clock.advance(60)
    await Outbox.filter(status=0, not_before__lte=scene.now).update(status=1)


async def test_a_photo_handed_back_is_asked_for_again_within_a_minute(
    scene: Scene, chat: Chat
) -> None:
    [photo] = await scene.sent(questionnaire="nuoc")
    await rules(scene, photo, Decision.REJECTED, reason="dark")

    row = await Outbox.get()
    assert timedelta(0) < row.not_before - scene.now <= timedelta(minutes=1)
    [message] = await queued()
    assert message.to_json() == row.payload, "the office writes what the house reads"
    assert (message.purpose, message.once) == ("notice", row.once)
    assert "Nước sinh hoạt (Thôn 1, quý 4 năm 2026)" in message.text
    assert "nguồn nước" in message.text
    assert "tối quá, chưa nhìn rõ" in message.text
    assert "GỬI LẠI" in message.text
    assert message.buttons[0][0].data == f"0:r.{photo.id}"


async def test_undone_before_it_went_out_nobody_hears_anything(scene: Scene, chat: Chat) -> None:
    [photo] = await scene.sent()
    await rules(scene, photo, Decision.REJECTED, reason="dark")
    scene.clock.advance(10)
    await rules(scene, photo, Decision.UNDONE)
    assert await Outbox.all().count() == 0


async def test_undone_afterwards_it_is_said_kindly_and_once(scene: Scene, chat: Chat) -> None:
    [photo] = await scene.sent()
    await rules(scene, photo, Decision.REJECTED, reason="dark")
    await gone_out(scene)
    await rules(scene, photo, Decision.UNDONE)
    [message] = await queued()
    assert "không cần chụp lại" in message.text
    assert not message.buttons


async def test_several_decisions_are_one_message(scene: Scene, chat: Chat) -> None:
    first, second, third = await scene.sent(photos=3)
    await rules(scene, first, Decision.REJECTED, reason="dark")
    scene.clock.advance(5)
    await rules(scene, second, Decision.REJECTED, words="Chụp cả mái nhà giúp ạ")
    scene.clock.advance(5)
    await rules(scene, third, Decision.REJECTED, reason="blurred")
    scene.clock.advance(5)
    await rules(scene, third, Decision.UNDONE)
    [message] = await queued()
    assert "Chụp cả mái nhà" in message.text
    assert "mờ" not in message.text
    assert [b.data for row in message.buttons for b in row] == [
        f"0:r.{first.id}",
        f"0:r.{second.id}",
    ]


async def test_however_fast_decisions_follow_it_goes_out_within_a_minute(
    scene: Scene, chat: Chat
) -> None:
    photos = await scene.sent(photos=3)
    begun = scene.now
    for photo in photos:
        await rules(scene, photo, Decision.REJECTED, reason="dark")
        scene.clock.advance(19)
    assert (await Outbox.get()).not_before - begun <= timedelta(minutes=1)


async def test_approval_is_told_once_a_questionnaire(scene: Scene, chat: Chat) -> None:
    first, second = await scene.sent(photos=2)
    await rules(scene, first, Decision.APPROVED)
    assert await queued() == []
    await rules(scene, second, Decision.APPROVED)
    [message] = await queued()
    assert "đã được duyệt" in message.text
    await gone_out(scene)
    await rules(scene, second, Decision.UNDONE)
    await rules(scene, second, Decision.APPROVED)
    assert await queued() == []


async def test_an_approval_undone_in_time_is_not_told(scene: Scene, chat: Chat) -> None:
    [photo] = await scene.sent()
    await rules(scene, photo, Decision.APPROVED)
    scene.clock.advance(5)
    await rules(scene, photo, Decision.REJECTED, reason="dark")
    [message] = await queued()
    assert "đã được duyệt" not in message.text


async def test_at_night_it_waits_for_the_morning(scene: Scene, chat: Chat) -> None:
    [photo] = await scene.sent()
    scene.clock.set(datetime(2026, 11, 22, 22, 0, tzinfo=OFFICE_ZONE))
    await rules(scene, photo, Decision.REJECTED, reason="dark")
    due = (await Outbox.get()).not_before
    assert due.astimezone(OFFICE_ZONE) == datetime(2026, 11, 23, 6, 30, tzinfo=OFFICE_ZONE)


async def test_nobody_reached_nothing_queued(scene: Scene) -> None:
    [photo] = await scene.sent()
    found = await rules(scene, photo, Decision.REJECTED, reason="dark")
    assert found.state == "rejected"
    assert await Outbox.all().count() == 0


async def test_no_name_or_number_stands_in_the_key(scene: Scene, chat: Chat) -> None:
    [photo] = await scene.sent()
    await rules(scene, photo, Decision.REJECTED, words="riêng tư")
    row = await Outbox.get()
    assert "riêng" not in str(row.once)
    assert json.loads(row.payload)["once"] == row.once
    assert timedelta(minutes=1) > GRACE


async def test_a_photo_that_came_after_an_approval_is_told_when_it_is_approved_too(
    scene: Scene, chat: Chat
) -> None:
    [photo] = await scene.sent()
    await rules(scene, photo, Decision.APPROVED)
    await gone_out(scene)
    interview = await Interview.get(id=photo.interview_id)
    late = await scene.photo(interview)
    await Evidence.filter(id=late.id).update(submission_id=photo.submission_id, late=True)
    await rules(scene, late, Decision.APPROVED)
    [message] = await queued()
    assert "đã được duyệt" in message.text


async def test_asked_for_again_after_an_approval_the_next_approval_is_told(
    scene: Scene, chat: Chat
) -> None:
    [photo] = await scene.sent()
    await rules(scene, photo, Decision.APPROVED)
    await gone_out(scene)
    await rules(scene, photo, Decision.REJECTED, reason="dark")
    await gone_out(scene)
    await rules(scene, photo, Decision.APPROVED)
    [message] = await queued()
    assert "đã được duyệt" in message.text


async def test_it_is_said_in_the_chat_of_the_submission_else_in_the_next_one(
    scene: Scene, chat: Chat
) -> None:
    web = await Chat.create(
        channel="web",
        external_id="x" * 22,
        person_id=scene.people["head"],
        created_at=scene.now,
        last_in_at=scene.now + timedelta(minutes=5),
    )
    [photo] = await scene.sent()
    state = State("nha-o", "1", "uuid:1", place=str(chat.id)).to_json()
    await Interview.filter(id=photo.interview_id).update(state=state)
    await rules(scene, photo, Decision.REJECTED, reason="dark")
    assert (await Outbox.get(status=0)).chat_id == chat.id, "not the web chat, which was used last"

    await gone_out(scene)
    await Chat.filter(id=chat.id).update(blocked_at=scene.now)
    await rules(scene, photo, Decision.UNDONE)
    assert (await Outbox.get(status=0)).chat_id == web.id


async def test_the_officer_reads_when_it_is_heard(scene: Scene, chat: Chat) -> None:
    def said(done: Decided) -> str:
        text = when_told(done.told, scene.now, OFFICE_ZONE)
        return catalog("vi").say(text) if text else ""

    first, second, third = await scene.sent(photos=3)
    by_day = await rules(scene, first, Decision.REJECTED, reason="dark")
    assert "một phút" in said(by_day)
    await gone_out(scene)
    scene.clock.set(datetime(2026, 11, 22, 22, 0, tzinfo=OFFICE_ZONE))
    at_night = await rules(scene, second, Decision.REJECTED, reason="dark")
    assert "lúc 06:30 23/11/2026" in said(at_night)
    await Chat.filter(id=chat.id).update(blocked_at=scene.now)
    to_nobody = await rules(scene, third, Decision.REJECTED, reason="dark")
    assert "gọi điện" in said(to_nobody)


async def test_whoever_was_not_reached_hears_once_what_is_open_when_they_write_again(
    scene: Scene, chat: Chat
) -> None:
    kept, taken_back = await scene.sent(photos=2)
    await Chat.filter(id=chat.id).update(blocked_at=scene.now)
    await rules(scene, kept, Decision.REJECTED, reason="dark")
    await rules(scene, taken_back, Decision.REJECTED, reason="blurred")
    await rules(scene, taken_back, Decision.UNDONE)
    assert await queued() == []
    scene.clock.advance(3600)
    assert await tell_later(scene.now, OFFICE_ZONE) == 0

    await Chat.filter(id=chat.id).update(blocked_at=None, last_in_at=scene.now)
    assert [await tell_later(scene.now, OFFICE_ZONE) for _ in range(2)] == [1, 0]
    [message] = await queued()
    assert "tối quá" in message.text
    assert "mờ" not in message.text
    assert [b.data for row in message.buttons for b in row] == [f"0:r.{kept.id}"]
    row = await Outbox.get(once=message.once)
    assert row.not_before == scene.now + timedelta(seconds=1), "nothing more is to join it"


async def test_what_is_no_longer_open_is_not_said_to_whoever_comes_back(
    scene: Scene, chat: Chat
) -> None:
    [photo] = await scene.sent()
    await Chat.filter(id=chat.id).update(blocked_at=scene.now)
    await rules(scene, photo, Decision.REJECTED, reason="dark")
    await rules(scene, photo, Decision.APPROVED)
    scene.clock.advance(60)
    await Chat.filter(id=chat.id).update(blocked_at=None, last_in_at=scene.now)
    assert await tell_later(scene.now, OFFICE_ZONE) == 0
    assert await queued() == []


async def test_at_its_moment_a_notice_names_only_what_is_still_to_come(
    scene: Scene, chat: Chat
) -> None:
    dark, blurred = await scene.sent(photos=2)
    scene.clock.set(datetime(2026, 11, 22, 22, 0, tzinfo=OFFICE_ZONE))
    await rules(scene, dark, Decision.REJECTED, reason="dark")
    await rules(scene, blurred, Decision.REJECTED, reason="blurred")
    row = await Outbox.get()

    async def left() -> Wanted:
        pack = await active_pack(PLAN, scene.now.date())
        return await look(waiting_of(row), await known_at(scene.now, pack, OFFICE_ZONE))

    scene.clock.set(datetime(2026, 11, 23, 6, 31, tzinfo=OFFICE_ZONE))
    assert await left() == Wanted()
    for photo, rest in ((dark, [blurred]), (blurred, [])):
        now = await Submission.get(current_key__isnull=False)
        interview, copies = await scene.corrected(now.id)
        gone = next(c for c in copies if c.file_id == photo.file_id)
        await Evidence.filter(id=gone.id).update(dropped_at=scene.now)
        new = await scene.photo(interview)
        await Evidence.filter(id=new.id).update(instead_of=photo.id)
        await scene.submit(interview)
        found = await left()
        if rest:
            assert found.message is not None
            assert "tối quá" not in found.message.text
            assert "mờ" in found.message.text
            assert len(found.message.buttons) == len(rest)
    assert found.over
