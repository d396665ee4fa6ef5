"""Days on which no office works: Saturdays, Sundays, and Vietnam's public holidays.

The holidays, Tết and the days given in place of those that fall on a weekend included, are the
`holidays` library's; Tết of a coming year is computed until the government has decided. A
Saturday that the government makes a working day stays a day off here, for earlier is always safe,
until the office says that it works. The office may name further days off.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

SATURDAY = 5
LONGEST = 31
"""Most days that are looked back over; no row of days off is longer."""


def is_day_off(day: date, off: Collection[date] = (), works: Collection[date] = ()) -> bool:
    """Say whether offices rest on this day; `off` and `works` are an office's own days."""
    if day in off:
        return True
    return day not in works and (day.weekday() >= SATURDAY or day in _holidays(day.year))


def working_day(day: date, off: Collection[date] = (), works: Collection[date] = ()) -> date:
    """Return the day itself, or the last working day before it."""
    for back in range(LONGEST):
        if not is_day_off(earlier := day - timedelta(days=back), off, works):
            return earlier
    return day


@cache
def _holidays(year: int) -> frozenset[date]:
    # 17 MB and a fifth of a second, so only for who asks.
    from holidays.countries.vietnam import Vietnam  # noqa: PLC0415  (loaded when first asked)

    return frozenset(Vietnam(years=year))  # type: ignore[no-untyped-call]  # it has no hints
