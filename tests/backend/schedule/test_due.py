"""When a reminder is due and to whom, told day by day with a clock moved by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from backend import consent
from backend.models import Person
from backend.people import Role, revoke
from backend.plans.schema import Pack
from backend.schedule.due import DueKind, due, is_quiet, weekly_moment
from tests.backend.schedule.office import Office, pack, queue
from tests.clock import OFFICE_ZONE, local


@pytest.fixture
async def office(database: str) -> Office:
    return await Office(local(11, 1)).open()


async def reminders(at: datetime, plan: Pack | None = None) -> list[tuple[str, list[str]]]:
    """Who is reminded of what at a moment."""
    found = await due(at, plan or pack(), OFFICE_ZONE)
    return [
        (d.person_name, [f"{m.area_name}: {m.title}" for m in d.missing])
        for d in found
        if d.kind is DueKind.REMINDER
    ]


async def test_four_reminders_before_the_villages_own_day_and_no_more(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    told = []
    at = local(11, 20, 0)
    while at < local(12, 20):
        things = await due(at, pack(), OFFICE_ZONE)
        await queue(things, at)
        told += [(at.astimezone(OFFICE_ZONE).strftime("%d/%m %H:%M"), d.deadline) for d in things]
        at += timedelta(minutes=30)
    assert told == [
        (f"{day} 07:30", date(2026, 12, 7)) for day in ("30/11", "04/12", "06/12", "07/12")
    ]


async def test_only_what_is_missing_is_named_and_who_has_answered_is_left_alone(
    office: Office,
) -> None:
    done = await office.person("Bác Xong", "a1")
    half = await office.person("Bác Dở", "a2")
    await office.person("Bác Chưa", "b1")
    for form in ("nuoc", "rac-thai"):
        await office.submit(done, "a1", form, local(11, 5))
    await office.submit(half, "a2", "nuoc", local(11, 5))
    await office.begin(half, "a2", "rac-thai", local(11, 6), running=False)
    assert await reminders(local(11, 30)) == [
        ("Bác Dở", ["Thôn 2: Rác thải"]),
        ("Bác Chưa", ["Thôn 1: Nước", "Thôn 1: Rác thải"]),
    ]
    (first, _) = await due(local(11, 30), pack(), OFFICE_ZONE)
    assert first.missing[0].begun


async def test_last_quarters_answers_are_not_this_quarters(office: Office) -> None:
    head = await office.person("Bác Hai", "a1")
    for form in ("nuoc", "rac-thai"):
        await office.submit(head, "a1", form, local(9, 5), period="2026-Q3")
    assert [name for name, _ in await reminders(local(12, 4))] == ["Bác Hai"]


async def test_somebody_elses_answers_for_the_village_count(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    officer = await office.person("Chị Ba", "xa-a", Role.COMMUNE_OFFICER)
    for form in ("nuoc", "rac-thai"):
        await office.submit(officer, "a1", form, local(11, 5))
    assert await reminders(local(12, 4)) == []


async def test_two_villages_are_one_message(office: Office) -> None:
    head = await office.person("Bác Hai", "a1")
    await office.also(head, "b1")
    ((name, missing),) = await reminders(local(12, 4))
    assert name == "Bác Hai"
    assert len(missing) == 4


async def test_reports_due_on_different_days_are_one_message(office: Office) -> None:
    plan = pack(
        obligations=[
            {"id": "q", "name": "Quý", "cadence": "quarterly", "before_day": 13},
            {"id": "m", "name": "Tháng", "cadence": "monthly", "before_day": 10},
        ],
        surveys=[
            {"questionnaire": "nuoc", "obligation": "q"},
            {"questionnaire": "rac-thai", "period": "monthly", "obligation": "m"},
        ],
    )
    head = await office.person("Bác Hai", "a1")
    # The village's days are 7/12 and 4/12: on 4/12 one is three days away, the other is today.
    things = await due(local(12, 4), plan, OFFICE_ZONE)
    assert [(m.title, m.due.day) for t in things for m in t.missing] == [
        ("Nước", 7),
        ("Rác thải", 4),
    ]
    await queue(things, local(12, 4))
    # Whichever of them is answered meanwhile, the day's one message was this one.
    await office.submit(head, "a1", "rac-thai", local(12, 4, 10), period="2026-12")
    assert await reminders(local(12, 4, 11), plan) == []


async def test_nothing_without_consent_or_after_it_is_withdrawn(office: Office) -> None:
    await office.person("Chưa đồng ý", "a1", consented=False)
    withdrawn = await office.person("Rút lại", "a2")
    await consent.withdraw(withdrawn.id, local(11, 10))
    assert await reminders(local(12, 4)) == []


async def test_nothing_to_who_is_no_longer_village_head(office: Office) -> None:
    former = await office.person("Bác Cũ", "a1")
    await revoke(former.id, local(11, 10))
    assert await reminders(local(12, 4)) == []


@pytest.mark.parametrize(
    "plan",
    [
        pack(reminding={}),
        pack(obligations=[{"id": "q", "name": "Q", "cadence": "quarterly"}]),
        pack(obligations=[]),
        pack(year=2022, historical=True),
    ],
    ids=["no lead time", "no day", "no obligation", "a plan whose year is over"],
)
async def test_nothing_is_due_when_no_day_is_set(office: Office, plan: Pack) -> None:
    await office.person("Bác Hai", "a1")
    at = local(11, 20)
    while at < local(12, 31):
        assert await reminders(at, plan) == []
        at += timedelta(hours=12)


async def test_an_old_plan_was_a_duty_in_its_own_year(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    assert len(await reminders(local(12, 4), pack(historical=True))) == 1


async def test_at_night_nothing_is_due_and_in_the_morning_it_is(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    late = pack(reminding={"village_lead_days": 5, "at": "20:59"})
    assert await reminders(local(12, 4, 21), late) == []
    assert await reminders(local(12, 5, 0), late) == []
    assert await reminders(local(12, 5, 6, 29), late) == []
    assert len(await reminders(local(12, 5, 6, 30), late)) == 1


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = pack(reminding={"quiet_from": "11:30", "quiet_to": "13:00"})
    assert is_quiet(noon, local(1, 1, 12).time())
    assert not is_quiet(noon, local(1, 1, 13).time())
    assert not is_quiet(noon, local(1, 1, 23).time())
    never = pack(reminding={"quiet_from": "00:00", "quiet_to": "00:00"})
    assert not is_quiet(never, local(1, 1, 0).time())


async def test_off_for_three_weeks_it_sends_one_that_is_still_useful(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    things = await due(local(12, 6, 8), pack(), OFFICE_ZONE)  # off since 15/11, three passed
    assert len(things) == 1
    assert things[0].moment == local(12, 6, 7, 30)
    await queue(things, local(12, 6, 8))
    assert await reminders(local(12, 6, 9)) == []
    assert len(await reminders(local(12, 7))) == 1, "the day itself is another one"


async def test_past_the_villages_day_it_is_useful_until_the_reports(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    assert len(await reminders(local(12, 12))) == 1
    assert await reminders(local(12, 13)) == [], "nothing can still be reported"
    assert await reminders(local(1, 2, year=2027)) == []


async def test_a_missed_moment_is_settled_by_a_later_one(office: Office) -> None:
    head = await office.person("Bác Hai", "a1")
    await queue(await due(local(12, 6), pack(), OFFICE_ZONE), local(12, 6))
    await office.submit(head, "a1", "nuoc", local(12, 6, 10))
    assert await reminders(local(12, 6, 12)) == []


async def test_whoever_joins_late_is_reminded_from_the_next_moment_on(office: Office) -> None:
    await office.person("Bác Mới", "a1", since=local(12, 5, 10))
    assert await reminders(local(12, 5, 10, 1)) == []
    assert len(await reminders(local(12, 6, 7, 30))) == 1


async def test_somebody_who_is_answering_is_not_disturbed(office: Office) -> None:
    head = await office.person("Bác Hai", "a1")
    sitting = await office.begin(head, "a1", "nuoc", local(12, 4, 7, 25))
    before = (sitting.state, sitting.status)
    assert await reminders(local(12, 4, 7, 30)) == []
    ((_, missing),) = await reminders(local(12, 4, 7, 45))
    assert missing == ["Thôn 1: Nước", "Thôn 1: Rác thải"]
    await sitting.refresh_from_db()
    assert (sitting.state, sitting.status) == before


async def test_the_offices_midnight_is_not_utcs(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    plan = pack(
        reminding={
            "village_lead_days": 5,
            "at": "00:00",
            "quiet_from": "00:00",
            "quiet_to": "00:00",
        }
    )
    assert await reminders(local(11, 29, 23, 59), plan) == []
    (thing,) = await due(local(11, 30, 0), plan, OFFICE_ZONE)
    assert thing.moment.isoformat() == "2026-11-29T17:00:00+00:00"
    assert "2026-11-30" in thing.key


async def test_a_clock_that_jumps_back_sends_nothing_again(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    await queue(await due(local(12, 6), pack(), OFFICE_ZONE), local(12, 6))
    assert await reminders(local(12, 4, 8)) == [], "settled by the later one that was sent"


async def test_a_merged_village_is_not_asked_any_more(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    area = office.areas["a1"]
    area.valid_to = date(2026, 11, 30)
    await area.save()
    assert len(await reminders(local(11, 30))) == 1
    assert await reminders(local(12, 4)) == []


async def summaries(at: datetime, plan: Pack | None = None) -> list[tuple[str, str]]:
    found = await due(at, plan or pack(), OFFICE_ZONE)
    return [(d.person_name, d.area_code) for d in found if d.kind is DueKind.WEEKLY_SUMMARY]


async def test_every_monday_each_officer_gets_their_own_area(office: Office) -> None:
    district = await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    await office.person("Chị Xã", "xa-b", Role.COMMUNE_OFFICER)
    await office.person("Phòng chưa rõ tên", "huyen", Role.DEPARTMENT_OFFICER)
    assert district
    at, told = local(11, 9, 0), []
    while at < local(11, 24):
        things = await due(at, pack(), OFFICE_ZONE)
        await queue(things, at)
        told += [(at.strftime("%a %d %H:%M"), d.person_name, d.area_code) for d in things]
        at += timedelta(minutes=30)
    assert told == [
        (day, name, area)
        for day in ("Mon 09 06:30", "Mon 09 07:30", "Mon 16 07:30", "Mon 23 07:30")
        for name, area in (
            ("Anh Huyện", "huyen"),
            ("Chị Xã", "xa-b"),
            ("Phòng chưa rõ tên", "huyen"),
        )
    ], "the first one is last week's, caught up with after the quiet hours"


async def test_off_for_three_weeks_one_summary_is_sent(office: Office) -> None:
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    things = await due(local(11, 25), pack(), OFFICE_ZONE)
    assert [d.moment for d in things] == [local(11, 23, 7, 30)]
    await queue(things, local(11, 25))
    assert await summaries(local(11, 29)) == []


async def test_a_new_officer_waits_for_the_next_summary(office: Office) -> None:
    await office.person("Anh Mới", "huyen", Role.DISTRICT_OFFICER, since=local(11, 25))
    assert await summaries(local(11, 26)) == []
    assert await summaries(local(11, 30, 8)) == [("Anh Mới", "huyen")]


async def test_an_officer_of_another_plans_area_gets_none(office: Office) -> None:
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    elsewhere = pack(root="khac", areas=[{"code": "khac", "level": "district", "name": "Khác"}])
    assert await summaries(local(11, 30), elsewhere) == []


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        (local(11, 23, 7, 29), local(11, 16, 7, 30)),
        (local(11, 23, 7, 30), local(11, 23, 7, 30)),
        (local(11, 29, 23, 59), local(11, 23, 7, 30)),
        (local(1, 1, year=2027), local(12, 28, 7, 30)),
    ],
)
def test_the_week_turns_at_its_own_hour(at: datetime, moment: datetime) -> None:
    assert weekly_moment(at, pack(), OFFICE_ZONE) == moment


async def test_who_a_thing_is_for_and_why(office: Office) -> None:
    head: Person = await office.person("Bác Hai", "a1")
    (thing,) = await due(local(12, 4), pack(), OFFICE_ZONE)
    assert (thing.person_id, thing.role, thing.area_code) == (head.id, "village_head", "a1")
    assert thing.period == "2026-Q4"
    assert thing.why.params == {"count": 3, "day": date(2026, 12, 7)}
    (last,) = await due(local(12, 7), pack(), OFFICE_ZONE)
    assert last.why.params == {"day": date(2026, 12, 7)}
