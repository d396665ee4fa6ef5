"""From a plan's obligations to days. Pure: a plan and a day go in, deadlines come out.

Rules (domain.md 0 and 1.6): «trước ngày 13» is exclusive, so the 12th is the last safe day; the
day is counted in the last month of the period, so periods close before the calendar's do; what
the same people send the same way on one day is one deadline; a day that no source states is
None and is shown as «chưa đặt hạn».
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from backend.plans.schema import Cadence, Obligation, Pack, Survey
from backend.schedule.periods import LAST_MONTHS, last_safe_day, period_days, period_of
from backend.status.model import Deadline


def deadlines(pack: Pack, today: date, horizon_days: int = 120) -> tuple[Deadline, ...]:
    """Return what falls due from `today` on through `horizon_days`, soonest first.

    Obligations without a day come last, with `last_day` None and the period that `today` lies
    in. An ad-hoc report is nobody's duty until an officer opens it with a day, so it is left
    out until then.
    """
    until = today + timedelta(days=horizon_days)
    merged: dict[tuple[date | None, str, str, str], list[tuple[Obligation, str]]] = {}
    for obligation in pack.obligations:
        for day, period in _occurrences(obligation, today, until):
            key = (day, obligation.obliged, obligation.via, obligation.to)
            merged.setdefault(key, []).append((obligation, period))
    found = [
        Deadline(
            last_day=day,
            names=tuple(o.name for o, _ in parts),
            obliged=obliged,
            via=via,
            to=to,
            period=", ".join(dict.fromkeys(period for _, period in parts)),
            parts=tuple((o.id, period) for o, period in parts),
        )
        for (day, obliged, via, to), parts in merged.items()
    ]
    return tuple(sorted(found, key=lambda d: (d.last_day is None, d.last_day or today)))


def obligation_due(obligation: Obligation, period: str) -> date | None:
    """Return the obligation's last safe day that belongs to `period`, None when it has none.

    A longer period (a year) takes the last one that falls into it.
    """
    first, last = period_days(period)
    if obligation.before is not None:
        day = obligation.before - timedelta(days=1)
        return day if first <= day <= last else None
    if obligation.before_day is None:
        return None
    months = LAST_MONTHS.get(obligation.cadence, ())
    for month in range(last.month, first.month - 1, -1):
        if month in months:
            return last_safe_day(last.year, month, obligation.before_day)
    return None


def report_due(pack: Pack, survey: Survey, period: str) -> date | None:
    """Return the last safe day of the report that a survey feeds, None when none is set."""
    for obligation in pack.obligations:
        if obligation.id == survey.obligation:
            return obligation_due(obligation, period)
    return None


def village_due(pack: Pack, survey: Survey, period: str) -> date | None:
    """Return the village's own last day: the report's, less the lead time that the office set.

    None when the report has no day or the office has set no lead time.
    """
    day = report_due(pack, survey, period)
    lead = pack.reminding.village_lead_days
    return None if day is None or lead is None else day - timedelta(days=lead)


def _occurrences(
    obligation: Obligation, today: date, until: date
) -> Iterator[tuple[date | None, str]]:
    if obligation.before is not None:
        day = obligation.before - timedelta(days=1)
        if today <= day <= until:
            yield day, period_of(obligation.cadence, day)
        return
    if obligation.before_day is None:
        if obligation.cadence is not Cadence.AD_HOC:
            once = obligation.cadence in {Cadence.ONE_OFF, Cadence.UNSTATED}
            period = "" if once else obligation.cadence
            yield None, period and period_of(period, today)
        return
    months = LAST_MONTHS.get(obligation.cadence, ())
    # One month further than the horizon: before the 1st is a day of the month before.
    year, month = today.year, today.month
    while date(year, month, 1) <= until + timedelta(days=1):
        if month in months:
            day = last_safe_day(year, month, obligation.before_day)
            if today <= day <= until:
                yield day, period_of(obligation.cadence, date(year, month, 1))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004  (December)
