"""What the office has set holds from a day to a day; the past is counted as it was."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.office_settings.keys import Key, Kind
from backend.office_settings.overlay import Act, in_force, laid_over
from backend.plans.load import load_pack
from backend.plans.schema import Indicator, Number, Pack
from backend.schedule.moments import waves
from backend.schedule.obligations import deadlines, obligation_due, report_due, village_due
from backend.status.status import threshold_on
from tests.backend.schedule.office import pack
from tests.backend.schedule.test_two_years import table
from tests.clock import MORNING, OFFICE_ZONE

TODAY = date(2026, 11, 22)
Q = Key(Kind.DEADLINE, "q")


def over(plan: Pack, *acts: Act, on: date = TODAY) -> Pack:
    return laid_over(plan, in_force(acts, on))


def act(number: int, key: Key, value: object, since: date = TODAY, **more: object) -> Act:
    return Act(number, key, value, "CV 1", since, **more)


def test_nothing_set_is_the_very_same_pack() -> None:
    plan = pack()
    assert over(plan) is plan


def test_a_deadline_counts_for_periods_that_end_while_it_is_valid() -> None:
    plan = over(pack(), act(1, Q, {"before_day": 20}, valid_to=date(2027, 3, 31)))
    (quarterly,) = plan.obligations
    days = {p: obligation_due(quarterly, p) for p in ("2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2")}
    assert days == {
        "2026-Q3": date(2026, 9, 12),
        "2026-Q4": date(2026, 12, 19),
        "2027-Q1": date(2027, 3, 19),
        "2027-Q2": date(2027, 6, 12),
    }
    assert [d.last_day for d in deadlines(plan, TODAY, 240)] == [
        date(2026, 12, 18),
        date(2027, 3, 19),
        date(2027, 6, 11),
    ], "as they are told: never on a weekend"
    ended = over(
        pack(), act(1, Q, {"before_day": 20}), act(2, Q, None, date(2027, 1, 1), ends=True)
    )
    assert obligation_due(ended.obligations[0], "2026-Q4") == date(2026, 12, 19)
    assert obligation_due(ended.obligations[0], "2027-Q1") == date(2027, 3, 12)


def test_two_years_with_a_deadline_from_the_second_year_on() -> None:
    bare = load_pack("ia-hdrai-2022")
    key = Key(Kind.DEADLINE, "quarterly")
    lines = table(over(bare, act(1, key, {"before_day": 13}, date(2023, 1, 1)))).splitlines()
    name = "Báo cáo kết quả thực hiện hằng quý"
    assert lines == [
        f"no day set | 2022-Q1 | {name}",
        f"Fri 2023-03-10 (plan: Sun 2023-03-12) | 2023-Q1 | {name}",
        f"Mon 2023-06-12 | 2023-Q2 | {name}",
        f"Tue 2023-09-12 | 2023-Q3 | {name}",
        f"Tue 2023-12-12 | 2023-Q4 | {name}",
    ]


def test_what_the_plan_calls_frequent_gets_a_cadence_from_the_office() -> None:
    bare = load_pack("kon-plong-2024")
    key = Key(Kind.DEADLINE, "criteria-report")
    plan = over(bare, act(1, key, {"before_day": 25, "cadence": "monthly"}, date(2024, 3, 1)))
    report = next(o for o in plan.obligations if o.id == "criteria-report")
    assert [obligation_due(report, p) for p in ("2024-02", "2024-03", "2024-Q2")] == [
        None,
        date(2024, 3, 24),
        date(2024, 6, 24),
    ]
    known = [d for d in deadlines(plan, date(2024, 5, 1), 60) if report.name in d.names]
    assert [(d.last_day, d.period) for d in known] == [
        (date(2024, 5, 24), "2024-05"),
        (date(2024, 6, 24), "2024-06"),
    ]
    dated = over(
        bare,
        act(1, key, {"before_day": 25, "cadence": "monthly"}, date(2024, 3, 1)),
        act(2, key, {"before": "2024-12-21"}, date(2024, 5, 1)),
    )
    (one,) = [d for d in deadlines(dated, date(2024, 5, 1), 300) if report.name in d.names]
    assert one.last_day == date(2024, 12, 20)


def test_the_lead_time_of_a_past_period_stays() -> None:
    plan = over(pack(), act(1, Key(Kind.LEAD_DAYS), 10))
    survey = plan.surveys[0]
    assert village_due(plan, survey, "2026-Q3") == date(2026, 9, 7), "five days"
    assert village_due(plan, survey, "2026-Q4") == date(2026, 12, 2), "ten"


def test_further_days_off_and_days_worked_all_the_same() -> None:
    plan = pack()
    survey = plan.surveys[0]
    off = [
        act(n, Key(Kind.DAY_OFF, day), True, date.fromisoformat(day))
        for n, day in enumerate(("2026-12-11", "2026-12-10"), 1)
    ]
    assert report_due(over(plan, *off), survey, "2026-Q4") == date(2026, 12, 9)
    key = Key(Kind.WORKING_DAY, "2026-12-12")
    works = act(3, key, True, date(2026, 12, 12))
    assert report_due(over(plan, works), survey, "2026-Q4") == date(2026, 12, 12)
    again = act(4, key, None, date(2026, 12, 12), ends=True)
    assert report_due(over(plan, works, again), survey, "2026-Q4") == date(2026, 12, 11)
    kept = act(5, Key(Kind.ON_DAY_OFF), "none")
    assert report_due(over(plan, *off, kept), survey, "2026-Q4") == date(2026, 12, 12)


def test_how_people_are_reminded_is_of_the_day() -> None:
    later = date(2027, 1, 1)
    acts = (
        act(1, Key(Kind.OFFSETS), [2, 0]),
        act(2, Key(Kind.REMIND_AT), "09:15"),
        act(3, Key(Kind.QUIET_HOURS), ["20:00", "06:00"]),
        act(4, Key(Kind.WEEKLY), ["fri", "16:00"]),
        act(5, Key(Kind.ESCALATE_DAYS), 4),
        act(6, Key(Kind.REPORT_OFFSETS), [3]),
        act(7, Key(Kind.ACTIVITY_DAY), None),
        act(8, Key(Kind.OFFSETS), [5], later),
        act(9, Key(Kind.QUIET_HOURS), None, later, ends=True),
    )
    now, then = over(pack(), *acts).reminding, over(pack(), *acts, on=later).reminding
    assert (now.offsets, then.offsets) == ([2, 0], [5])
    assert (f"{now.at:%H:%M}", now.weekly_day, f"{now.weekly_at:%H:%M}") == (
        "09:15",
        "fri",
        "16:00",
    )
    assert (now.quiet_from.hour, then.quiet_from.hour) == (20, 21)
    assert (now.escalate_days, now.report_offsets, now.activity_day) == (4, [3], None)
    at = MORNING.replace(month=12, day=5, hour=10)
    assert [w.offset for w in waves(at, over(pack(), *acts), OFFICE_ZONE)] == [2, 2]


def test_a_stage_s_days() -> None:
    bare = load_pack("ia-hdrai-2022")
    plan = over(bare, act(1, Key(Kind.STAGE_DAYS, "dossier"), 15))
    stage = next(s for s in plan.stages if s.id == "dossier")
    assert stage.days_at_most.value == 15
    assert stage.days_at_most.source is not None
    assert plan.documents[stage.days_at_most.source.doc].title == "CV 1"


def test_files_cannot_bring_what_only_an_office_sets() -> None:
    with pytest.raises(ValueError, match="thresholds_set"):
        Indicator.model_validate(
            {"code": "1", "name": "x", "criterion": "1", "thresholds_set": [{"value": 1}]}
        )


def test_a_pack_laid_over_is_kept_as_the_bare_one() -> None:
    key = Key(Kind.THRESHOLD, "thon-khao-sat/17.1")
    bare = load_pack("vi-du")
    assert over(bare, act(1, key, "80")).model_dump_json() != ""
    assert '"thresholds_set"' not in over(bare, act(1, key, "80")).model_dump_json()


DAY_NUMBERS = st.integers(0, 60)


@given(
    acts=st.lists(
        st.tuples(DAY_NUMBERS, st.none() | st.integers(0, 30), st.none() | st.integers(0, 100)),
        max_size=8,
    ),
    asked=st.integers(-5, 100),
    own=st.tuples(st.none() | DAY_NUMBERS, st.none() | DAY_NUMBERS),
)
def test_on_any_day_the_newest_act_that_holds_decides(
    acts: list[tuple[int, int | None, int | None]],
    asked: int,
    own: tuple[int | None, int | None],
) -> None:
    """Against the rule in plain words: ended or never set is the plan's own, in its own validity."""

    def day(number: int | None) -> date | None:
        return None if number is None else date(2026, 1, 1) + timedelta(days=number)

    key = Key(Kind.THRESHOLD, "thon-khao-sat/17.1")
    written = [
        act(
            n,
            key,
            None if value is None else str(value),
            day(since) or TODAY,
            valid_to=None if value is None or length is None else day(since + length),
            ends=value is None,
        )
        for n, (since, length, value) in enumerate(acts, 1)
    ]
    number = Number(value=Decimal(55), valid_from=day(own[0]), valid_to=day(own[1]))
    indicator = Indicator(code="17.1", name="x", criterion="17", threshold=number)
    bare = load_pack_with(indicator)
    on = date(2026, 1, 1) + timedelta(days=asked)
    found = next((a for a in reversed(written) if a.holds(on)), None)
    expected: Decimal | None
    if found is None or found.ends:
        holds = (own[0] is None or own[0] <= asked) and (own[1] is None or asked <= own[1])
        expected = Decimal(55) if holds else None
    else:
        expected = Decimal(found.value)
    (criteria,) = over(bare, *written).criteria_sets
    assert threshold_on(criteria.indicators[0], on) == expected


def load_pack_with(indicator: Indicator) -> Pack:
    return Pack.model_validate(
        {
            "id": "thu",
            "name": "Thử",
            "year": 2026,
            "root": "huyen",
            "areas": [],
            "criteria_sets": [
                {
                    "id": "thon-khao-sat",
                    "name": "x",
                    "level": "village",
                    "criteria": [{"code": "17", "name": "x"}],
                    "indicators": [indicator.model_dump()],
                }
            ],
        }
    )
