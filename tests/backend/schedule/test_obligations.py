"""From «trước ngày 13» to a day: each plan's own words, written as its pack would."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from backend.plans.schema import Pack, Survey
from backend.schedule.obligations import deadlines, village_due

DAK_SONG = """
- {id: month, name: Báo cáo tháng, cadence: monthly, before_day: 13, via: Phòng NN, to: UBND huyện}
- {id: quarter, name: Báo cáo quý, cadence: quarterly, before_day: 13, via: Phòng NN, to: UBND huyện}
- {id: half, name: 6 tháng, cadence: six_month, before_day: 13, via: Phòng NN, to: UBND huyện}
- {id: nine, name: 9 tháng, cadence: nine_month, before_day: 13, via: Phòng NN, to: UBND huyện}
- {id: year, name: 01 năm, cadence: annual, before_day: 13, via: Phòng NN, to: UBND huyện}
- {id: sudden, name: Đột xuất, cadence: ad_hoc, via: Phòng NN, to: UBND huyện}
- {id: plan, name: Kế hoạch, cadence: one_off, before: 2023-03-30, obliged: UBND xã, to: UBND huyện}
"""
DAK_LAK = "[{id: q, name: Báo cáo quý, cadence: quarterly, before_day: 15, to: VPĐP tỉnh}]"
NINH_THUAN = "[{id: q, name: Báo cáo quý, cadence: quarterly, before_day: 25, to: VPĐP tỉnh}]"
IA_HDRAI = "[{id: q, name: Báo cáo quý, cadence: quarterly, via: Phòng NN, to: UBND huyện}]"


def pack(obligations: str, **more: object) -> Pack:
    return Pack.model_validate(
        {
            "id": "thu",
            "name": "Thử",
            "year": 2023,
            "root": "huyen",
            "areas": [],
            "obligations": yaml.safe_load(obligations),
            # The plan's own words; what becomes of days off is test_days_off's.
            "reminding": {"on_day_off": "none"} | dict(more.pop("reminding", {})),
            **more,
        }
    )


def test_dak_song_in_june_is_one_deadline_with_three_reports() -> None:
    (june, *_) = deadlines(pack(DAK_SONG), date(2023, 5, 13), 60)
    assert june.last_day == date(2023, 6, 12)
    assert june.names == ("Báo cáo tháng", "Báo cáo quý", "6 tháng")
    assert june.parts == (("month", "2023-06"), ("quarter", "2023-Q2"), ("half", "2023-6M"))
    assert june.period == "2023-06, 2023-Q2, 2023-6M"
    assert (june.via, june.to) == ("Phòng NN", "UBND huyện")


def test_dak_song_through_a_year() -> None:
    year = deadlines(pack(DAK_SONG), date(2023, 1, 1), 364)
    names = {d.last_day: d.names for d in year}
    assert [d.day for d in names if d] == [12, 12, 12, 29, *[12] * 9]
    assert names[date(2023, 3, 12)] == ("Báo cáo tháng", "Báo cáo quý")
    assert names[date(2023, 3, 29)] == ("Kế hoạch",), "before the 30th, from somebody else"
    assert names[date(2023, 9, 12)] == ("Báo cáo tháng", "Báo cáo quý", "9 tháng")
    assert names[date(2023, 12, 12)] == ("Báo cáo tháng", "Báo cáo quý", "01 năm")
    assert None not in names, "an ad-hoc report is nobody's duty until it is opened"


@pytest.mark.parametrize(
    ("obligations", "days"),
    [
        (DAK_LAK, [(3, 14), (6, 14), (9, 14), (12, 14)]),
        (NINH_THUAN, [(3, 24), (6, 24), (9, 24), (12, 24)]),
    ],
)
def test_quarters_close_in_their_last_month(obligations: str, days: list[tuple[int, int]]) -> None:
    found = deadlines(pack(obligations), date(2022, 1, 1), 364)
    assert [d.last_day for d in found] == [date(2022, m, d) for m, d in days]
    assert [d.period for d in found] == [f"2022-Q{q}" for q in (1, 2, 3, 4)]


def test_a_day_that_no_source_states_is_no_day() -> None:
    (only,) = deadlines(pack(IA_HDRAI), date(2022, 11, 22))
    assert only.last_day is None
    assert only.period == "2022-Q4"
    assert only.names == ("Báo cáo quý",)


def test_undated_obligations_come_last() -> None:
    both = [*yaml.safe_load(IA_HDRAI), {**yaml.safe_load(DAK_LAK)[0], "id": "r"}]
    found = deadlines(pack(yaml.safe_dump(both)), date(2022, 11, 22), 60)
    assert [d.last_day for d in found] == [date(2022, 12, 14), None]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2023, 3, 12), date(2023, 3, 12)),  # the last safe day itself is still due
        (date(2023, 3, 13), date(2023, 3, 29)),
        (date(2023, 3, 30), date(2023, 4, 12)),
        (date(2023, 12, 13), date(2024, 1, 12)),
    ],
)
def test_the_next_deadline_from_any_day(today: date, expected: date) -> None:
    assert deadlines(pack(DAK_SONG), today)[0].last_day == expected


@pytest.mark.parametrize(
    ("before_day", "month", "expected"),
    [
        (31, date(2023, 2, 1), date(2023, 2, 28)),
        (31, date(2024, 2, 1), date(2024, 2, 29)),
        (29, date(2023, 2, 1), date(2023, 2, 28)),
        (30, date(2024, 2, 1), date(2024, 2, 29)),
        (31, date(2023, 4, 1), date(2023, 4, 30)),
        (31, date(2023, 5, 1), date(2023, 5, 30)),
        (1, date(2023, 2, 1), date(2023, 2, 28)),  # before the 1st of March
    ],
)
def test_short_months_and_leap_days(before_day: int, month: date, expected: date) -> None:
    monthly = f"[{{id: m, name: M, cadence: monthly, before_day: {before_day}}}]"
    assert deadlines(pack(monthly), month)[0].last_day == expected


def test_before_the_first_is_counted_for_its_own_month() -> None:
    monthly = "[{id: m, name: M, cadence: monthly, before_day: 1}]"
    found = deadlines(pack(monthly), date(2023, 12, 31), 31)
    assert [(d.last_day, d.period) for d in found] == [
        (date(2023, 12, 31), "2024-01"),
        (date(2024, 1, 31), "2024-02"),
    ]


@pytest.mark.parametrize(
    ("lead", "before_day", "expected"),
    [
        (5, 13, date(2026, 12, 7)),
        (0, 13, date(2026, 12, 12)),
        (None, 13, None),
        (5, None, None),
        (20, 13, date(2026, 11, 22)),
    ],
)
def test_the_villages_own_day_is_the_reports_less_the_lead(
    lead: int | None, before_day: int | None, expected: date | None
) -> None:
    survey = Survey(questionnaire="nuoc", period="quarterly", obligation="q")
    quarterly = {"id": "q", "name": "Q", "cadence": "quarterly", "before_day": before_day}
    plan = pack(yaml.safe_dump([quarterly]), reminding={"village_lead_days": lead})
    assert village_due(plan, survey, "2026-Q4") == expected


@pytest.mark.parametrize(
    ("obligation", "survey_period", "period", "expected"),
    [
        ("month", "quarterly", "2023-Q2", date(2023, 6, 10)),
        ("quarter", "annual", "2023", date(2023, 12, 10)),
        ("half", "quarterly", "2023-Q2", date(2023, 6, 10)),
        ("half", "quarterly", "2023-Q3", None),
        ("plan", "quarterly", "2023-Q1", date(2023, 3, 27)),
        ("plan", "quarterly", "2023-Q2", None),
        ("sudden", "monthly", "2023-05", None),
        ("none-such", "monthly", "2023-05", None),
    ],
)
def test_a_survey_may_feed_a_report_of_another_cadence(
    obligation: str, survey_period: str, period: str, expected: date | None
) -> None:
    survey = Survey.model_validate(
        {"questionnaire": "nuoc", "period": survey_period, "obligation": obligation}
    )
    assert village_due(pack(DAK_SONG, reminding={"village_lead_days": 2}), survey, period) == (
        expected
    )
