"""A last day on which offices rest comes earlier, never later."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.plans.schema import Pack, Survey
from backend.schedule.days_off import is_day_off, working_day
from backend.schedule.obligations import deadlines, report_due, village_due


def pack(before_day: int, cadence: str = "quarterly", **reminding: object) -> Pack:
    return Pack.model_validate(
        {
            "id": "thu",
            "name": "Thử",
            "year": 2026,
            "root": "huyen",
            "areas": [],
            "obligations": [
                {"id": "q", "name": "Báo cáo", "cadence": cadence, "before_day": before_day}
            ],
            "reminding": reminding,
        }
    )


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2023, 3, 12), date(2023, 3, 10)),  # Sunday
        (date(2026, 12, 12), date(2026, 12, 11)),  # Saturday
        (date(2026, 4, 26), date(2026, 4, 24)),  # Hùng Kings' day on a Sunday
        (date(2026, 4, 27), date(2026, 4, 24)),  # the Monday given for it
        (date(2026, 2, 22), date(2026, 2, 13)),  # the Sunday after Tết: before all of it
        (date(2023, 1, 24), date(2023, 1, 19)),  # in the middle of Tết
        (date(2027, 1, 1), date(2026, 12, 31)),  # over the year's end
        (date(2024, 2, 29), date(2024, 2, 29)),  # a leap day is a Thursday like others
    ],
)
def test_the_working_day_before(day: date, works: date) -> None:
    assert working_day(day) == works


def test_no_working_day_of_ten_years_is_a_day_off_or_later() -> None:
    day = date(2020, 1, 1)
    while day < date(2030, 1, 1):
        found = working_day(day)
        assert found <= day
        assert not is_day_off(found)
        assert (day - found).days <= 11
        day += timedelta(days=1)


def test_the_shown_day_is_moved_and_the_plans_own_is_kept_beside_it() -> None:
    (found,) = deadlines(pack(15), date(2021, 3, 1), 30)  # Đắk Lắk: 14 March 2021 is a Sunday
    assert (found.last_day, found.plan_day) == (date(2021, 3, 12), date(2021, 3, 14))
    (plain,) = deadlines(pack(25), date(2022, 3, 1), 30)  # Ninh Thuận
    assert (plain.last_day, plain.plan_day) == (date(2022, 3, 24), None)


def test_a_day_after_the_horizon_is_moved_into_it() -> None:
    assert deadlines(pack(13), date(2026, 12, 1), 10)[0].last_day == date(2026, 12, 11)
    assert deadlines(pack(13), date(2026, 12, 1), 9) == ()
    assert deadlines(pack(13), date(2026, 12, 12), 30) == (), "its working day is over"


def test_an_office_may_keep_the_plans_day() -> None:
    (found,) = deadlines(pack(13, on_day_off="none"), date(2026, 12, 1), 30)
    assert (found.last_day, found.plan_day) == (date(2026, 12, 12), None)


def test_villages_keep_their_lead_and_do_not_end_on_a_sunday() -> None:
    survey = Survey(questionnaire="nuoc", obligation="q")
    plan = pack(13, village_lead_days=5)
    assert report_due(plan, survey, "2026-Q4") == date(2026, 12, 11)
    assert village_due(plan, survey, "2026-Q4") == date(2026, 12, 7)
    assert village_due(pack(13, village_lead_days=6), survey, "2026-Q4") == date(2026, 12, 4)


def test_tet_leaves_the_commune_its_days() -> None:
    survey = Survey(questionnaire="nuoc", period="monthly", obligation="q")
    plan = pack(24, "monthly", village_lead_days=5)
    # 23/2/2026 is the Monday after Tết, 18/2 lies in it: the village ends before, the report not.
    assert report_due(plan, survey, "2026-02") == date(2026, 2, 23)
    assert village_due(plan, survey, "2026-02") == date(2026, 2, 13)
    # 21/2 and 16/2 both lie in it: five days before the Friday that the report was moved to.
    plan = pack(22, "monthly", village_lead_days=5)
    assert report_due(plan, survey, "2026-02") == date(2026, 2, 13)
    assert village_due(plan, survey, "2026-02") == date(2026, 2, 6), "the 8th is a Sunday"
