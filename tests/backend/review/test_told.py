"""What the village head hears of decisions: at once, once, and taken back while it can be."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from backend.models import Chat, Evidence, Outbox
from backend.review.decide import Decided, Decision, decide
from backend.review.told import GRACE
from bot.messages import Outgoing
from tests.backend.review.scene import Scene
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
