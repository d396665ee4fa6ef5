"""Names of periods, and the days they hold. Pure.

A period is written as text wherever it is kept: "2026-11" (month), "2026-Q4" (quarter),
"2026-6M" and "2026-9M" (the first six and nine months), "2026" (year). A one-off thing has the
day itself, "2023-03-29", and a report asked for once its last day and its number, "2026-11-30-12".
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Final, Literal

from backend.plans.schema import Cadence

MONTHS_IN_QUARTER = 3
YEAR_CHARS: Final = 4
Kind = Literal["monthly", "quarterly", "annual"]
"""Which periods a questionnaire is asked for."""
LAST_MONTHS: dict[Cadence, tuple[int, ...]] = {
    Cadence.MONTHLY: tuple(range(1, 13)),
    Cadence.QUARTERLY: (3, 6, 9, 12),
    Cadence.SIX_MONTH: (6,),
    Cadence.NINE_MONTH: (9,),
    Cadence.ANNUAL: (12,),
}
"""In which months a cadence's periods end. The second half-year is reported as the year."""

_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|([69])M|(\d\d)(?:-(\d\d)(?:-\d{1,5})?)?))?")


def period_of(cadence: Cadence | str, day: date) -> str:
    """Return the name of the period of this cadence that `day` lies in.

    `cadence` may be the word itself ("monthly", "quarterly", "annual" …). A day after the first
    six (nine) months lies in no such period; the name given is that of its year's.
    """
    match Cadence(cadence):
        case Cadence.MONTHLY:
            return f"{day.year:04}-{day.month:02}"
        case Cadence.QUARTERLY:
            return f"{day.year:04}-Q{(day.month - 1) // MONTHS_IN_QUARTER + 1}"
        case Cadence.SIX_MONTH:
            return f"{day.year:04}-6M"
        case Cadence.NINE_MONTH:
            return f"{day.year:04}-9M"
        case Cadence.ANNUAL:
            return f"{day.year:04}"
        case Cadence.ONE_OFF | Cadence.AD_HOC | Cadence.UNSTATED:
            return day.isoformat()


def period_days(period: str) -> tuple[date, date]:
    """Return the first and last day of a period; raise ValueError for a name of none."""
    if not (found := _PERIOD.fullmatch(period)):
        raise ValueError(f"not a period: {period!r}")
    year, quarter, months, month, day = (int(g) if g else 0 for g in found.groups())
    if day:
        return date(year, month, day), date(year, month, day)
    last = quarter * MONTHS_IN_QUARTER or months or month or 12
    first = last - 2 if quarter else month or 1
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def kind_of(period: str) -> Kind:
    """Return which survey periods a name belongs to; raise ValueError for a name of none."""
    period_days(period)
    if len(period) == YEAR_CHARS:
        return "annual"
    if "Q" in period:
        return "quarterly"
    if period.count("-") == 1 and period[-2:].isdecimal():
        return "monthly"
    raise ValueError(f"not a survey's period: {period!r}")


def next_period(period: str) -> str:
    """Return the month, quarter or year after this one; raise ValueError for other periods."""
    after = period_days(period)[1] + timedelta(days=1)
    if re.fullmatch(r"\d{4}-Q\d", period):
        return period_of(Cadence.QUARTERLY, after)
    if re.fullmatch(r"\d{4}-\d\d", period):
        return period_of(Cadence.MONTHLY, after)
    if re.fullmatch(r"\d{4}", period):
        return period_of(Cadence.ANNUAL, after)
    raise ValueError(f"nothing follows {period!r}")


def previous_period(period: str) -> str:
    """Return the month, quarter or year before this one; raise ValueError for other periods."""
    kind = kind_of(period)
    return period_of(kind, period_days(period)[0] - timedelta(days=1))


def last_safe_day(year: int, month: int, before_day: int) -> date:
    """Return the last day that is «trước ngày `before_day`» of a month.

    In a shorter month every day is before the 31st, so its own last day is safe; before the 1st
    is the last day of the month before.
    """
    length = calendar.monthrange(year, month)[1]
    return date(year, month, 1) + timedelta(days=min(before_day - 1, length) - 1)
