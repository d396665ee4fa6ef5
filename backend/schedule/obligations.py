"""From a plan's obligations to days. Pure: a plan and a day go in, deadlines come out.

Rules (domain.md 0 and 1.6): «trước ngày 13» is exclusive, so the 12th is the last safe day; the
day is counted in the last month of the period, so periods close before the calendar's do; what
the same people send the same way on one day is one deadline; a day that no source states is
None and is shown as «chưa đặt hạn». A last day on which offices rest is moved to the working day
before it (the office's setting `on_day_off`; never later).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from backend.plans.periods import LAST_MONTHS, last_safe_day, period_days, period_of
from backend.plans.schema import Cadence, Obligation, Pack, Survey
from backend.schedule.days_off import LONGEST, working_day
from backend.schedule.in_force import date_of, day_of_month, lead_days
from backend.status.model import Deadline


def deadlines(pack: Pack, today: date, horizon_days: int = 120) -> tuple[Deadline, ...]:
    """Return what falls due from `today` on through `horizon_days`, soonest first.

    Obligations without a day come last, with `last_day` None and the period that `today` lies
    in. An ad-hoc report is nobody's duty until an officer opens it with a day, so it is left
    out until then.
    """
    until = today + timedelta(days=horizon_days)
    merged: dict[tuple[date | None, str, str, str], list[tuple[Obligation, str, date | None]]] = {}
    for obligation in pack.obligations:
        # A day after the horizon may be moved into it.
        for plan_day, period in _occurrences(obligation, today, until + timedelta(days=LONGEST)):
            day = None if plan_day is None else moved(pack, plan_day)
            if day is None or today <= day <= until:
                key = (day, obligation.obliged, obligation.via, obligation.to)
                merged.setdefault(key, []).append((obligation, period, plan_day))
    found = [
        Deadline(
            last_day=day,
            names=tuple(o.name for o, _, _ in parts),
            obliged=obliged,
            via=via,
            to=to,
            period=", ".join(dict.fromkeys(period for _, period, _ in parts)),
            parts=tuple((o.id, period) for o, period, _ in parts),
            plan_day=next((d for _, _, d in parts if d != day), None),
        )
        for (day, obliged, via, to), parts in merged.items()
    ]
    return tuple(sorted(found, key=lambda d: (d.last_day is None, d.last_day or today)))


def moved(pack: Pack, day: date) -> date:
    """Return a last day as people are told it: never one on which offices rest."""
    reminding = pack.reminding
    if reminding.on_day_off != "earlier":
        return day
    return working_day(day, reminding.days_off, reminding.working_days)


def obligation_due(obligation: Obligation, period: str) -> date | None:
    """Return the obligation's last safe day that belongs to `period`, None when it has none.

    A longer period (a year) takes the last one that falls into it.
    """
    first, last = period_days(period)
    if (before := date_of(obligation)) is not None:
        day = before - timedelta(days=1)
        return day if first <= day <= last else None
    for month in range(last.month, first.month - 1, -1):
        if (found := _in_month(obligation, last.year, month)) is not None:
            return found[0]
    return None


def plan_day_of(pack: Pack, survey: Survey, period: str) -> date | None:
    """Return the last safe day, by the plan's own words, of the report that a survey feeds."""
    for obligation in pack.obligations:
        if obligation.id == survey.obligation:
            return obligation_due(obligation, period)
    return None


def report_due(pack: Pack, survey: Survey, period: str) -> date | None:
    """Return the last day of the report that a survey feeds as it is told, None when none is set."""
    day = plan_day_of(pack, survey, period)
    return None if day is None else moved(pack, day)


def village_due(pack: Pack, survey: Survey, period: str) -> date | None:
    """Return the village's own last day: the plan's, less the lead time that the office set.

    None when the report has no day or the office has set no lead time. The lead time is counted
    from the plan's own day; where days off (Tết) would leave nothing of it, from the working
    day that the report was moved to.
    """
    day = plan_day_of(pack, survey, period)
    lead = lead_days(pack, period_days(period)[1])
    if day is None or lead is None:
        return None
    own, report = moved(pack, day - timedelta(days=lead)), moved(pack, day)
    if lead and own >= report:
        return moved(pack, report - timedelta(days=lead))
    return own


def _occurrences(
    obligation: Obligation, today: date, until: date
) -> Iterator[tuple[date | None, str]]:
    if (before := date_of(obligation)) is not None:
        day = before - timedelta(days=1)
        if today <= day <= until:
            yield day, period_of(obligation.cadence, day)
        return
    if _unset(obligation, today):
        once = obligation.cadence in {Cadence.ONE_OFF, Cadence.UNSTATED}
        period = "" if once else obligation.cadence
        yield None, period and period_of(period, today)
    # One month further than the horizon: before the 1st is a day of the month before.
    year, month = today.year, today.month
    while date(year, month, 1) <= until + timedelta(days=1):
        if (found := _in_month(obligation, year, month)) and today <= found[0] <= until:
            yield found[0], period_of(found[1], date(year, month, 1))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004  (December)


def _in_month(obligation: Obligation, year: int, month: int) -> tuple[date, Cadence] | None:
    """Return the last safe day of the period that ends in a month, and its cadence."""
    end = date(year, month, calendar.monthrange(year, month)[1])
    before_day, cadence = day_of_month(obligation, end)
    if before_day is None or month not in LAST_MONTHS.get(cadence, ()):
        return None
    return last_safe_day(year, month, before_day), cadence


def _unset(obligation: Obligation, today: date) -> bool:
    """Say whether the period that `today` lies in has no day, and nobody is to open it with one."""
    if obligation.cadence is Cadence.AD_HOC:
        return False
    known = {obligation.cadence, *(d.cadence or obligation.cadence for d in obligation.days_set)}
    for cadence in known & LAST_MONTHS.keys():
        end = period_days(period_of(cadence, today))[1]
        before_day, of = day_of_month(obligation, end)
        if before_day is not None and of is cadence:
            return False
    return True
