"""When something becomes due: days and hours out of a plan and its settings. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from backend.plans.periods import next_period, period_of
from backend.plans.schema import Pack
from backend.schedule.obligations import plan_day_of, village_due
from backend.schedule.shapes import Wave

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_quiet(pack: Pack, local: time) -> bool:
    """Say whether nobody may be disturbed at this time of day (office zone)."""
    start, end = pack.reminding.quiet_from, pack.reminding.quiet_to
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def end_of_quiet(at: datetime, pack: Pack, zone: tzinfo) -> datetime | None:
    """Return when the quiet hours around a moment end (UTC), None outside of them."""
    local = at.astimezone(zone)
    if not is_quiet(pack, local.time()):
        return None
    end = datetime.combine(local.date(), pack.reminding.quiet_to, zone)
    return (end if end > local else end + timedelta(days=1)).astimezone(UTC)


def waves(at: datetime, pack: Pack, zone: tzinfo) -> list[Wave]:
    """Return which surveys and periods are being reminded of at `at`."""
    today = at.astimezone(zone).date()
    found = []
    for survey in pack.surveys:
        present = period_of(survey.period, today)
        for period in (present, next_period(present)):
            day = village_due(pack, survey, period)
            last = plan_day_of(pack, survey, period)
            if day is None or last is None or today > last:
                continue
            days = tuple(day - timedelta(days=o) for o in pack.reminding.offsets)
            if (latest := latest_moment(at, days, pack, zone)) is not None:
                on = local_day(latest, zone)
                found.append(Wave(survey, period, latest, (day - on).days, day, days, on))
    return found


def latest_moment(at: datetime, days: Iterable[date], pack: Pack, zone: tzinfo) -> datetime | None:
    """Return the latest of these days' moments (UTC) that is not after `at`.

    None when there is none yet, and while today's own is still to come: whoever missed
    yesterday's hears of both at once.
    """
    today = at.astimezone(zone).date()
    moments = [datetime.combine(day, pack.reminding.at, zone) for day in days]
    if any(m > at and m.date() == today for m in moments):
        return None
    passed = [m.astimezone(UTC) for m in moments if m <= at]
    return max(passed, default=None)


def todays_moment(at: datetime, pack: Pack, zone: tzinfo) -> datetime | None:
    """Return today's moment of what is sent daily (UTC), None while it is still to come."""
    return latest_moment(at, [at.astimezone(zone).date()], pack, zone)


def weekly_moment(at: datetime, pack: Pack, zone: tzinfo) -> datetime:
    """Return the latest moment (UTC) of the weekly summary that is not after `at`."""
    today = at.astimezone(zone).date()
    back = (today.weekday() - WEEKDAYS.index(pack.reminding.weekly_day)) % 7
    moment = datetime.combine(today - timedelta(days=back), pack.reminding.weekly_at, zone)
    if moment > at:
        moment = datetime.combine(today - timedelta(days=back + 7), pack.reminding.weekly_at, zone)
    return moment.astimezone(UTC)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """Return the office's day of a moment."""
    return moment.astimezone(zone).date()
