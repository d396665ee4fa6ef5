"""/nhacnho: a preview, a plain yes, and a notice to exactly those who are late."""

from __future__ import annotations

from datetime import datetime

from backend.models import Chat, Evidence, Outbox
from backend.people import Role
from backend.review.decide import Decision, decide
from bot.messages import Outgoing
from tests.bot.reception.talk import Office
from tests.clock import OFFICE_ZONE, HandClock


def local(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=OFFICE_ZONE)


async def told() -> list[Outgoing]:
    rows = await Outbox.filter(once__startswith="follow|").order_by("id")
    return [Outgoing.from_json(row.payload) for row in rows]


async def test_an_officer_reminds_the_late_after_a_preview(
    office: Office, clock: HandClock
) -> None:
    await office.head("ia-dal-thon-3")
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    clock.set(local(7))
    assert "không có thôn nào quá hạn" in await officer.send("/nhacnho")
    clock.set(local(9))
    preview = await officer.send("/nhacnho")
    assert "Sẽ gửi 1 tin nhắn" in preview
    assert "cần gọi" in preview
    assert "chưa gửi gì" in await officer.send("không")
    assert await told() == []
    await officer.send("/nhacnho")
    assert "Đang gửi 1 tin nhắn" in await officer.send("ĐÚNG")
    (message,) = await told()
    assert "Thôn 3" in message.text
    assert "Sẽ gửi 0 tin nhắn" in await officer.send("/nhacnho"), "once a person and day"


async def test_at_night_it_waits_for_the_morning(office: Office, clock: HandClock) -> None:
    await office.head("ia-dal-thon-3")
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    clock.set(local(9, 23))
    await officer.send("/nhacnho")
    await officer.send("1")
    row = await Outbox.get(once__startswith="follow|")
    assert row.not_before == local(10, 6).replace(minute=30)


async def test_a_village_head_cannot(office: Office, clock: HandClock) -> None:
    head = await office.head("ia-dal-thon-3")
    clock.set(local(9))
    assert "Chỉ cán bộ" in await head.send("/nhacnho")


async def test_a_photo_handed_back_is_asked_for_and_not_called_unsent(
    office: Office, clock: HandClock
) -> None:
    clock.set(local(5))
    head = await office.head("ia-dal-thon-3")
    commune = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    first = await head.send("3")
    assert "Câu 1/" in first
    for word in ("giữ", "92", "40", "không rõ", "400, 380", "0"):
        said = await head.send(word)
        while "Đúng thì nhắn ĐÚNG" in said and "Câu 6" not in said:
            said = await head.send("đúng")
    await head.photo("a well")
    await head.send("xong")
    await head.send("gửi")
    photo = await Evidence.get(submission__current_key__isnull=False)
    officer = (await Chat.get(id=commune.chat_id)).person_id
    await decide(officer, photo.id, Decision.REJECTED, expected=0, reason="dark", now=local(6))
    clock.set(local(9))
    await commune.send("/nhacnho")
    await commune.send("1")
    (message,) = await told()
    assert "còn 3 phiếu" in message.text, "three were not sent"
    assert "chỉ còn thiếu ảnh:\n• Nước sinh hoạt: còn 1 ảnh" in message.text
