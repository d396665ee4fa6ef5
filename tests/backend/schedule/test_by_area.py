"""A commune reminds its villages on its own days and at its own hours; the nearest unit decides."""

from __future__ import annotations

from datetime import date, datetime

from backend.models import Area
from backend.office_settings.keys import Key, Kind
from backend.office_settings.overlay import Act, in_force, laid_over
from backend.people import Role
from backend.plans.schema import Pack
from backend.schedule.by_area import places_of
from backend.schedule.due import DueKind, due, due_parts
from backend.schedule.settled import Settled
from tests.backend.schedule.office import Office, pack, queue
from tests.clock import OFFICE_ZONE, HandClock, local

DAY = date(2026, 11, 1)
OF_B = (
    (Kind.OFFSETS, "xa-b", [5]),
    (Kind.QUIET_HOURS, "xa-b", ["20:00", "09:00"]),
    (Kind.REMIND_AT, "b1", "10:00"),
    (Kind.WEEKLY, "xa-b", ["wed", "09:30"]),
)


def acts(*wanted: tuple[Kind, str, object]) -> list[Act]:
    return [Act(n, Key(k, "", area), v, "CV", DAY) for n, (k, area, v) in enumerate(wanted, 1)]


def plan(*wanted: tuple[Kind, str, object]) -> Pack:
    return laid_over(pack(), in_force(acts(*(wanted or OF_B)), date(2026, 12, 1)))


def test_each_unit_has_what_is_set_for_it_or_for_the_nearest_above_it() -> None:
    found = {p.code: p for p in places_of(plan(), date(2026, 12, 1))}
    assert set(found) == {"", "xa-b", "b1"}
    assert found[""].villages == {"a1", "a2"}
    assert (found["xa-b"].villages, found["xa-b"].others) == (frozenset(), {"xa-b"})
    of_b1 = found["b1"].pack.reminding
    assert found["b1"].villages == {"b1"}
    assert (of_b1.offsets, of_b1.at.hour, of_b1.weekly_day) == ([5], 10, "wed")
    assert found["xa-b"].pack.reminding.at.hour == 7
    assert found[""].pack.reminding == pack().reminding
    whole = [*acts(*OF_B), Act(9, Key(Kind.ON_DAY_OFF), "none", "CV", DAY)]
    over = laid_over(pack(), in_force(whole, DAY))
    assert {r.on_day_off for r in over.reminding_in.values()} == {"none"}
    ended = [*acts(*OF_B), Act(9, Key(Kind.OFFSETS, "", "xa-b"), None, "CV", DAY, ends=True)]
    again = laid_over(pack(), in_force(ended, DAY)).reminding_in
    assert again["b1"].offsets == [7, 3, 1, 0], "what was set for the unit has ended"


async def test_villages_and_officers_hear_at_their_own_units_times(
    database: str, clock: HandClock
) -> None:
    office = await Office(local(11, 1, 8)).open()
    for village in ("a1", "a2", "b1"):
        await office.person(village, village)
    for code in ("xa-a", "xa-b"):
        await office.person(f"officer {code}", code, Role.COMMUNE_OFFICER)
    both = plan()

    async def told(at: datetime, kind: DueKind, area: str = "") -> list[str]:
        where = await Area.get(code=area) if area else None
        things = [d for d in await due(at, both, OFFICE_ZONE, area=where) if d.kind is kind]
        await queue(things, at)
        return sorted(d.person_name for d in things)

    reminder, weekly = DueKind.REMINDER, DueKind.WEEKLY_SUMMARY
    assert await told(local(11, 30, 7, 30), reminder) == ["a1", "a2"], "7 days before"
    assert await told(local(11, 30, 7, 30), weekly) == ["officer xa-a"]
    assert await told(local(12, 2, 8, 59), reminder) == [], "quiet until nine"
    assert await told(local(12, 2, 9, 30), weekly, "xa-a") == []
    assert await told(local(12, 2, 9, 30), weekly, "huyen") == ["officer xa-b"]
    assert await told(local(12, 2, 9, 59), reminder) == [], "the village's own hour is ten"
    assert await told(local(12, 2, 10), reminder, "xa-a") == []
    assert await told(local(12, 2, 10), reminder, "b1") == ["b1"], "5 days before"
    assert await told(local(12, 4, 12), reminder) == ["a1", "a2"]
    assert await told(local(12, 7, 12), reminder) == ["a1", "a2"], "never twice to b1"
    late = [d for d in await due(local(12, 8, 12), both, OFFICE_ZONE) if d.late]
    assert {d.area_code: len(d.late) for d in late} == {"xa-a": 2, "xa-b": 1}


async def test_what_was_looked_through_in_a_unit_is_looked_through_once(
    database: str, clock: HandClock
) -> None:
    office = await Office(local(11, 1, 8)).open()
    await office.person("b1", "b1")
    both, settled, at = plan(), Settled(), local(12, 2, 10)
    parts = [part async for part in due_parts(at, both, OFFICE_ZONE, settled=settled)]
    reasons = {part.reason for part in parts}
    assert [d.person_name for p in parts for d in p.things if d.kind is DueKind.REMINDER] == ["b1"]
    assert any(reason.startswith("b1\n") for reason in reasons)
    for reason in reasons:
        settled.mark(reason, frozenset(), at)
    assert [p async for p in due_parts(at, both, OFFICE_ZONE, settled=settled)] == []
