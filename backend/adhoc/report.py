"""What an ad-hoc report reminds of, and how its last day stands in the lists of deadlines. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from backend.adhoc.shapes import Report, Standing
from backend.plans.schema import Pack
from backend.schedule.moments import latest_moment, local_day
from backend.schedule.shapes import Wave
from backend.status.model import Deadline


def waves_of(reports: Iterable[Report], at: datetime, pack: Pack, zone: tzinfo) -> list[Wave]:
    """Return what villages are being reminded of at a moment, as other surveys' waves."""
    today = local_day(at, zone)
    found = []
    for report in reports:
        if report.level != "village" or report.standing(pack, today, zone) is not Standing.OPEN:
            continue
        days = report.days(pack, zone, pack.reminding.offsets)
        moment = latest_moment(at, days, pack, zone)
        if moment is None:
            continue
        last, on = report.last_day(pack, zone), local_day(moment, zone)
        found.append(
            Wave(
                report.survey,
                report.period,
                moment,
                (last - on).days,
                last,
                days,
                on,
                report=report.name,
                areas=frozenset(report.units),
            )
        )
    return found


def deadline_of(report: Report, pack: Pack, zone: tzinfo) -> Deadline:
    """Return the report's last day as the lists of deadlines show it."""
    last, plain = report.last_day(pack, zone), report.before - timedelta(days=1)
    obligation = next((o for o in pack.obligations if o.cadence == "ad_hoc"), None)
    return Deadline(
        last_day=last,
        names=(report.name,),
        obliged=obligation.obliged if obligation and report.level != "village" else "",
        via=obligation.via if obligation else "",
        to=obligation.to if obligation else pack.supervising_office,
        period=report.period,
        parts=((report.part, report.period),),
        plan_day=plain if plain != last else None,
    )


def open_ones(reports: Iterable[Report], pack: Pack, today: date, zone: tzinfo) -> list[Report]:
    """Return the reports that can still be answered on a day."""
    answering = {Standing.OPEN, Standing.LATE}
    return [r for r in reports if r.standing(pack, today, zone) in answering]
