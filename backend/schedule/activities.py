"""What villages do every month, such as communal cleaning: when it is asked for, who has shown it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from tortoise.expressions import RawSQL

from backend.lists import numbers, parts_of
from backend.models import Answer, Evidence, Submission
from backend.plans.periods import period_days, period_of
from backend.plans.schema import Activity, Cadence, Pack, Survey
from backend.schedule.moments import latest_moment, local_day
from backend.schedule.shapes import Wave

Thing = tuple[int, str, str]
"""An area's id, an activity and a month."""


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


@dataclass(frozen=True, slots=True)
class Shown:
    """How far villages have shown what they do every month: area's id, activity, month."""

    done: frozenset[Thing]
    only_photo: frozenset[Thing]
    """What was answered so that it counts, but no photo that holds shows it."""


async def activities_shown(
    pack: Pack, zone: tzinfo, months: Mapping[str, str], areas: RawSQL
) -> Shown:
    """Return which of these villages have shown activities, each in its month ("2026-11").

    By the submission in force: its answer to the activity's question is at least what the plan
    asks for (more than nothing, where it names no number), and a photo of this month's that was
    not handed back belongs to it. A photo alone may show anything.
    """
    done: set[Thing] = set()
    only_photo: set[Thing] = set()
    for activity in pack.activities:
        month = months.get(activity.id, "")
        if not month or not (activity.photo or activity.question):
            continue
        begin = datetime.combine(period_days(month)[0], time.min, zone)
        answered = await _answered(pack, activity, month, begin, areas)
        pictured = await _pictured(activity, begin, answered)
        for number, area in answered.items():
            thing = (area, activity.id, month)
            (done if number in pictured else only_photo).add(thing)
    return Shown(frozenset(done), frozenset(only_photo))


async def _answered(
    pack: Pack, activity: Activity, month: str, begin: datetime, areas: RawSQL
) -> dict[int, int]:
    """Return the areas of the submissions in which the question is answered as it must be, by id."""
    first = period_days(month)[0]
    longer = [period_of(cadence, first) for cadence in (Cadence.QUARTERLY, Cadence.ANNUAL)]
    rows = await Submission.filter(
        plan=pack.id,
        period__in=[month, *longer],
        questionnaire=activity.questionnaire,
        area_id__in=areas,
        current_key__isnull=False,
    ).values_list("id", "area_id", "period", "received_at")
    # Of a quarter's answers only those of this month tell of this month.
    found = {int(n): int(area) for n, area, of, at in rows if of == month or at >= begin}
    if not activity.question:
        return found
    least = activity.at_least.value
    enough: set[int] = set()
    for some in parts_of(sorted(found)):
        for number, value in await Answer.filter(
            submission_id__in=numbers(some), name=activity.question, unknown=False
        ).values_list("submission_id", "number"):
            if value is not None and (value > 0 if least is None else value >= least):
                enough.add(int(number))
    return {number: area for number, area in found.items() if number in enough}


async def _pictured(activity: Activity, begin: datetime, answered: Collection[int]) -> set[int]:
    """Return which of these submissions have a photo that shows it; all, where none is asked for."""
    if not activity.photo:
        return set(answered)
    found: set[int] = set()
    for some in parts_of(sorted(answered)):
        rows = (
            await Evidence.filter(
                submission_id__in=numbers(some),
                path__endswith=f"/{activity.photo}",
                sent_at__gte=begin,
                dropped_at__isnull=True,
            )
            .exclude(review="rejected")
            .values_list("submission_id", flat=True)
        )
        found.update(int(str(number)) for number in rows)
    return found
