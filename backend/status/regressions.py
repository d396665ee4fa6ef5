"""What was met in the last period and is not met now: «không để tụt tiêu chí». Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backend.plans.periods import kind_of, period_days, period_of
from backend.status.model import Progress, Status


@dataclass(frozen=True, slots=True)
class Regression:
    """One indicator of one village."""

    village: str
    commune: str
    set_id: str
    code: str
    name: str


def period_before(period: str) -> str:
    """Return the month, quarter or year before this one; raise ValueError for what is none."""
    return period_of(kind_of(period), period_days(period)[0] - timedelta(days=1))


def regressions(before: Progress, now: Progress) -> tuple[Regression, ...]:
    """Return the indicators that went from met to not met, in the order of the villages.

    Not yet reported is no regression: missing is never not met.
    """
    met = {
        (village.code, result.set_id, result.code)
        for village in before.villages
        for result in village.indicators
        if result.status is Status.MET
    }
    return tuple(
        Regression(village.name, village.commune, result.set_id, result.code, result.name)
        for village in now.villages
        for result in village.indicators
        if result.status is Status.NOT_MET and (village.code, result.set_id, result.code) in met
    )
