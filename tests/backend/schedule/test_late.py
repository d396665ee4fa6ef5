"""Who is late, told to whom and when; who must be called; which reports are due soon."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from backend.models import Chat, Outbox
from backend.people import Role
from backend.plans.schema import Pack
from backend.reports.escalation import late_text, notice_text
from backend.schedule.due import Due, DueKind, due
from backend.schedule.late import overdue
from backend.schedule.settled import FEW, Settled
from locales import Catalog
from tests.backend.schedule.office import Office, pack, queue
from tests.clock import OFFICE_ZONE, local


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
    told, at = [], local(12, 6, 1, 30)
    while at < local(12, 25):
        things = await due(at, pack(), OFFICE_ZONE)
        await queue(things, at)
        told += [
            (at.strftime("%d %H:%M"), d.person_name, [v.code for v in d.late])
            for d in things
            if d.kind is DueKind.LATE_LIST
        ]
        at += timedelta(hours=6)
    commune = [(f"{day:02} 07:30", "Chị Xã", ["a2"]) for day in range(8, 20)]
    district = [(f"{day} 07:30", "Anh Huyện", ["a2", "b1"]) for day in range(10, 20)]
    assert sorted(told) == sorted(commune + district), "until a week after the plan's own day"


@pytest.mark.parametrize(("lead", "first"), [(0, 13), (1, 12), (2, 12), (3, 12), (4, 11), (7, 8)])
def test_the_supervising_office_hears_before_the_report_is_due(lead: int, first: int) -> None:
    """The report's last day is the 12th; the office waits two days where there are so many."""
    plan = pack(reminding={"village_lead_days": lead, "on_day_off": "none"})
    told = [
        day
        for day in range(1, 25)
        if any(o.escalated(date(2026, 12, day), plan) for o in overdue(plan, date(2026, 12, day)))
    ]
    assert told == list(range(first, 20))


def test_what_a_new_period_can_no_longer_answer_is_no_longer_late() -> None:
    plan = pack(
        obligations=[{"id": "q", "name": "Báo cáo", "cadence": "monthly", "before_day": 29}],
        surveys=[{"questionnaire": "nuoc", "obligation": "q", "period": "monthly"}],
        reminding={"village_lead_days": 3, "on_day_off": "none"},
    )
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(60)]
    late = [f"{day:%d/%m}" for day in days if overdue(plan, day)]
    assert late == [
        *(f"{day}/11" for day in range(26, 31)),
        *(f"{day}/12" for day in range(26, 31)),
    ], "the villages' list offers the present month alone"


async def test_the_list_after_the_report_s_day_says_that_it_was_due(
    office: Office, catalog_vi: Catalog
) -> None:
    await office.person("Chị Xã", "xa-b", Role.COMMUNE_OFFICER)
    (thing,) = await found(local(12, 10), DueKind.LATE_LIST)
    assert "đã qua" not in late_text(thing, catalog_vi)
    (thing,) = await found(local(12, 14), DueKind.LATE_LIST)
    text = late_text(thing, catalog_vi)
    assert "1/1 thôn" in text
    assert "đã qua" in text


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
    assert text.index("CẦN GỌI (1)") < text.index("Bác Hỏng") < text.index("Quá hạn (2)")
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
            {
                "id": c,
                "name": f"Báo cáo {c}",
                "cadence": c,
                "before_day": 13,
                "obliged_roles": ["department_officer"],
            }
            for c in cadences
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
