"""What villages do every month, such as communal cleaning: when it is asked for, who has shown it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from tortoise.expressions import RawSQL

from backend.models import Evidence
from backend.plans.schema import Cadence, Pack, Survey
from backend.schedule.moments import latest_moment, local_day
from backend.schedule.periods import period_days, period_of
from backend.schedule.shapes import Wave


def activity_waves(at: datetime, pack: Pack, zone: tzinfo) -> list[Wave]:
    """Return the wave of each monthly activity of the plan at a moment. Pure."""
    today = local_day(at, zone)
    day_of_month = pack.reminding.activity_day
    if day_of_month is None:
        return []
    day = today.replace(day=day_of_month)
    moment = latest_moment(at, [day], pack, zone)
    if moment is None:
        return []
    period = period_of(Cadence.MONTHLY, today)
    last = period_days(period)[1]
    return [
        Wave(
            Survey(questionnaire=activity.id, period="monthly"),
            period,
            moment,
            (last - day).days,
            last,
            (day,),
            day,
            activity.name,
        )
        for activity in pack.activities
        if activity.every is Cadence.MONTHLY and (activity.until is None or today <= activity.until)
    ]


async def activities_done(
    pack: Pack, zone: tzinfo, waves: Sequence[Wave], areas: RawSQL
) -> set[tuple[int, str, str]]:
    """Return which villages have shown a monthly activity by a photo taken in as this month's."""
    done: set[tuple[int, str, str]] = set()
    for activity in pack.activities:
        waved = [w for w in waves if w.activity and w.survey.questionnaire == activity.id]
        if not waved or not activity.photo:
            continue
        begin = datetime.combine(period_days(waved[0].period)[0], datetime.min.time(), zone)
        rows = await Evidence.filter(
            questionnaire=activity.questionnaire,
            path__endswith=f"/{activity.photo}",
            sent_at__gte=begin,
            dropped_at__isnull=True,
            area_id__in=areas,
        ).values_list("area_id", flat=True)
        done |= {(int(str(area)), activity.id, waved[0].period) for area in rows}
    return done
