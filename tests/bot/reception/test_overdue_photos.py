"""A photo that was handed back and does not come: both sides read that it is overdue."""

from __future__ import annotations

from backend.models import Evidence
from backend.people import Role
from tests.bot.reception.judging import handed_back, sent_water
from tests.bot.reception.talk import Office


async def test_the_review_begins_with_what_is_overdue_and_the_head_reads_it_too(
    office: Office,
) -> None:
    head = await office.head()
    await sent_water(head, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    assert "quá hạn" not in await minh.send("/duyet")
    await minh.send("thôi")
    office.clock.advance(days=3)
    first = await minh.send("/duyet")
    assert "Còn 1 ảnh chờ duyệt" in first, "the queue is not empty"
    assert "quá hạn chụp lại. Đã quá 2 ngày: Thôn 3" in first
    assert "mấy ngày" in await head.send("ảnh của tôi thế nào")
    assert await Evidence.filter(review="rejected").count() == 1
