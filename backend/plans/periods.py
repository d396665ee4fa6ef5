"""The period before another one. The other rules of periods are in `backend.schedule.periods`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from backend.schedule.periods import period_days, period_of

__all__ = ["kind_of", "period_days", "period_of", "previous_period"]

Kind = Literal["monthly", "quarterly", "annual"]
YEAR_CHARS: Final = 4


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


def previous_period(period: str) -> str:
    """Return the month, quarter or year before this one; raise ValueError for other periods."""
    kind = kind_of(period)
    return period_of(kind, period_days(period)[0] - timedelta(days=1))
