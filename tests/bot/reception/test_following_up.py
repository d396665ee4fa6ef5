"""/nhacnho: a preview, a plain yes, and a notice to exactly those who are late."""

from __future__ import annotations

from datetime import datetime

from backend.models import Outbox
from backend.people import Role
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
    assert "không có thôn nào trễ" in await officer.send("/nhacnho")
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
