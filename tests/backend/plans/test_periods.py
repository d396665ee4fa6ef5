from __future__ import annotations

from datetime import date

import pytest

from backend.plans.periods import next_period, period_days, period_of


@pytest.mark.parametrize(
    ("cadence", "period", "first", "last"),
    [
        ("monthly", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("quarterly", "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("quarterly", "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("six_month", "2026-6M", date(2026, 1, 1), date(2026, 6, 30)),
        ("nine_month", "2026-9M", date(2026, 1, 1), date(2026, 9, 30)),
        ("annual", "2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("one_off", "2023-03-29", date(2023, 3, 29), date(2023, 3, 29)),
    ],
)
def test_a_period_holds_its_days(cadence: str, period: str, first: date, last: date) -> None:
    assert period_days(period) == (first, last)
    assert period_of(cadence, first) == period_of(cadence, last) == period


@pytest.mark.parametrize(
    ("period", "following"), [("2026-Q4", "2027-Q1"), ("2026-12", "2027-01"), ("2026", "2027")]
)
def test_periods_follow_each_other_over_the_year(period: str, following: str) -> None:
    assert next_period(period) == following


@pytest.mark.parametrize("text", ["", "2026-Q5", "2026-13", "2026-8M", "quý 4", "26", "2026-02-30"])
def test_other_words_are_no_periods(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|month|day"):
        period_days(text)


def test_nothing_follows_half_a_year() -> None:
    with pytest.raises(ValueError, match="nothing follows"):
        next_period("2026-6M")
