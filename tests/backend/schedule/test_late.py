"""Who is late, told to whom and when; who must be called; which reports are due soon."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backend.models import Chat, Outbox
from backend.people import Role
from backend.plans.schema import Pack
from backend.reports.escalation import late_text, notice_text
from backend.schedule.due import Due, DueKind, due
from backend.schedule.settled import FEW, Settled
from locales import Catalog
from tests.backend.schedule.office import Office, pack, queue
from tests.clock import OFFICE_ZONE


def local(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=OFFICE_ZONE)


@pytest.fixture
async def office(database: str) -> Office:
    return await Office(local(11, 1)).open()


async def found(at: datetime, kind: DueKind, plan: Pack | None = None) -> list[Due]:
    return [d for d in await due(at, plan or pack(), OFFICE_ZONE) if d.kind is kind]


async def test_the_commune_daily_and_the_district_two_days_later(office: Office) -> None:
    head = await office.person("Bác Hai", "a1")
    for form in ("nuoc", "rac-thai"):
        await office.submit(head, "a1", form, local(12, 1))
    await office.person("Bác Ba", "a2")
    await office.person("Chị Xã", "xa-a", Role.COMMUNE_OFFICER)
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    told, at = [], local(12, 6, 0)
    while at < local(12, 16):
        things = await due(at, pack(), OFFICE_ZONE)
        await queue(things, at)
        told += [
            (at.strftime("%d %H:%M"), d.person_name, [v.code for v in d.late])
            for d in things
            if d.kind is DueKind.LATE_LIST
        ]
        at += timedelta(minutes=30)
    commune = [(f"{day:02} 07:30", "Chị Xã", ["a2"]) for day in range(8, 13)]
    district = [(f"{day} 07:30", "Anh Huyện", ["a2", "b1"]) for day in range(10, 13)]
    assert sorted(told) == sorted(commune + district), "from the 8th to the plan's own last day"


async def test_to_call_are_those_whom_no_message_reaches(
    office: Office, catalog_vi: Catalog
) -> None:
    reached = await office.person("Bác Tới", "a1")
    await office.also(reached, "a2")
    undelivered = await office.person("Bác Hỏng", "b1")
    await Outbox.create(
        chat=await Chat.get(person=undelivered), payload="{}", purpose="reminder", status=3,
        created_at=local(12, 4),
    )  # fmt: skip
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    (thing,) = await found(local(12, 10), DueKind.LATE_LIST)
    assert [(v.code, v.call) for v in thing.late] == [("a1", False), ("a2", False), ("b1", True)]
    text = late_text(thing, catalog_vi)
    assert text.index("CẦN GỌI (1)") < text.index("Bác Hỏng") < text.index("Trễ hẹn (2)")
    assert "3/3 thôn chưa gửi đủ phiếu" in text
    await Chat.filter(person=reached).update(blocked_at=local(12, 5))
    (thing,) = await found(local(12, 10), DueKind.LATE_LIST)
    assert all(v.call for v in thing.late)


async def test_nobody_enrolled_is_called_too_and_nothing_late_is_no_message(
    office: Office, catalog_vi: Catalog
) -> None:
    officer = await office.person("Chị Xã", "xa-b", Role.COMMUNE_OFFICER)
    (thing,) = await found(local(12, 8), DueKind.LATE_LIST)
    assert "Thôn 1 (chưa có ai đăng ký): còn 2 phiếu" in late_text(thing, catalog_vi)
    for form in ("nuoc", "rac-thai"):
        await office.submit(officer, "b1", form, local(12, 8))
    assert await found(local(12, 8, 10), DueKind.LATE_LIST) == []


async def test_three_reports_of_one_day_are_one_notice(office: Office, catalog_vi: Catalog) -> None:
    cadences = ("monthly", "quarterly", "annual")
    plan = pack(
        obligations=[
            {"id": c, "name": f"Báo cáo {c}", "cadence": c, "before_day": 13} for c in cadences
        ]
    )
    await office.person("Phòng Y tế", "huyen", Role.DEPARTMENT_OFFICER)
    await office.person("Chị Xã", "xa-a", Role.COMMUNE_OFFICER)
    told, at = [], local(12, 1, 0)
    while at < local(12, 20):
        things = await due(at, plan, OFFICE_ZONE)
        await queue(things, at)
        notices = [d for d in things if d.kind is DueKind.REPORT_NOTICE]
        told += [(at.strftime("%d %H:%M"), d.person_name, len(d.reports)) for d in notices]
        if notices:
            assert notice_text(notices[0], catalog_vi).count("• Báo cáo") == 3
        at += timedelta(minutes=30)
    assert told == [("04 07:30", "Phòng Y tế", 1), ("10 07:30", "Phòng Y tế", 1)]


def test_what_was_looked_through_is_not_again_until_something_changes() -> None:
    settled, plan, at = Settled(), pack(), local(12, 4)
    assert settled.left("w", plan, at) is None
    settled.mark("w", frozenset({7}), at)
    assert settled.left("w", plan, at + timedelta(minutes=1)) == {7}
    assert settled.left("x", plan, at) is None
    settled.mark("w", frozenset(range(FEW + 1)), at)
    assert settled.left("w", plan, at + timedelta(minutes=1)) == frozenset()
    assert len(settled.left("w", plan, at + timedelta(minutes=15)) or ()) == FEW + 1
    assert settled.left("w", pack(), at) is None, "another plan, or other settings"
