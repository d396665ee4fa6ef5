"""What villages are late with on a day, and from when on the supervising office hears of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from backend.adhoc.shapes import OPEN_AFTER, Report, Standing
from backend.plans.periods import next_period, period_days, period_of
from backend.plans.schema import Pack, Survey
from backend.schedule.obligations import plan_day_of, report_due, village_due


@dataclass(frozen=True, slots=True)
class Overdue:
    """A survey's period whose villages' own day has passed."""

    survey: Survey
    period: str
    day: date
    report: date | None
    """The last day of the report that waits for it; None for what is asked of villages alone."""
    title: str = ""
    """Name of the ad-hoc report; "" for a questionnaire of the plan's."""
    areas: frozenset[int] | None = None
    """Ids of the only villages that it concerns; None: all."""

    def escalated(self, today: date, pack: Pack) -> bool:
        """Say whether the supervising office is told, too: before the report's last day is over.

        It waits as long as the office has set (`escalate_days`), and never up to that day: with a
        lead time of two days it hears a day after the commune.
        """
        wait = pack.reminding.escalate_days
        if self.report is not None:
            wait = min(wait, max(0, (self.report - self.day).days - 1))
        return today > self.day + timedelta(days=wait)


def overdue(pack: Pack, today: date) -> list[Overdue]:
    """Return what villages are late with on a day.

    As with a report asked for once, they are named until `OPEN_AFTER` days after the report's
    own day; but never once the period is over, as villages are asked for the present one alone.
    """
    found = []
    for survey in pack.surveys:
        present = period_of(survey.period, today)
        for period in (present, next_period(present)):
            day, last = village_due(pack, survey, period), plan_day_of(pack, survey, period)
            if day is None or last is None:
                continue
            until = min(last + timedelta(days=OPEN_AFTER), period_days(period)[1])
            if day < today <= max(until, last):
                report = report_due(pack, survey, period)
                found.append(Overdue(survey, period, day, report or last))
    return found


def overdue_reports(
    reports: Iterable[Report], pack: Pack, today: date, zone: tzinfo
) -> list[Overdue]:
    """Return the reports asked once of villages whose last day has passed."""
    return [
        Overdue(r.survey, r.period, r.last_day(pack, zone), None, r.name, frozenset(r.units))
        for r in reports
        if r.level == "village" and r.standing(pack, today, zone) is Standing.LATE
    ]
