"""Which photos wait for whom, in which order: what is due first comes first.

A photo is due with the report that its questionnaire feeds. A period without a day stands where
its last day is. Within one day the photo that came first is first. Of photos that are decided the
newest is first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from backend.access import photos_to_review
from backend.area_tree import subtree
from backend.lists import numbers
from backend.models import AdHocReport, Area, Evidence
from backend.plans.periods import period_days
from backend.plans.schema import Indicator, Pack
from backend.review.history import State
from backend.review.signals import narrowed, with_signal
from backend.schedule.obligations import report_due

MOST: Final = 500
"""Photos that one look at the queue returns."""
LOOKED_THROUGH: Final = 300
"""Photos that one look asks one by one for a signal that the database cannot tell by itself. The
next look goes on behind them (`Filters.after`)."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which part of the queue is wanted."""

    state: State = State.WAITING
    commune: str = ""
    """An area's code; what it is does not matter, what the person may not see is left out."""
    indicator: str = ""
    """"set:code" of an indicator."""
    signal: str = ""
    """Kind of a signal (`backend.evidence.signals`)."""
    after: int = 0
    """Only what stands behind this photo in the order, 0: from the beginning."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Ids of photos in order, at most MOST, and how many there are (None: not counted)."""

    ids: tuple[int, ...]
    total: int | None
    further: int = 0
    """The photo up to which was looked for the signal, when more stand behind it, else 0."""


async def queue_of(person_id: int, pack: Pack, filters: Filters, most: int = MOST) -> Queue:
    """Return the photos of a plan that the person decides about, in order."""
    wanted = await _wanted(person_id, pack, filters)
    if wanted is None:
        return Queue((), 0)
    certain = True
    if filters.signal:
        having, certain = narrowed(filters.signal)
        wanted = wanted.filter(having)
    room = most if certain else LOOKED_THROUGH
    waiting = filters.state is State.WAITING
    after = await Evidence.get_or_none(id=filters.after) if filters.after else None
    ids = await (
        _due_first(wanted, pack, room, after) if waiting else _newest_first(wanted, room, after)
    )
    if not certain:
        found, asked = await with_signal(ids, filters.signal, most)
        more = asked < len(ids) or len(ids) >= room
        return Queue(tuple(found), None, further=ids[asked - 1] if more and asked else 0)
    if len(ids) < room:
        return Queue(tuple(ids), len(ids))
    return Queue(tuple(ids), await wanted.count() if waiting else None)


async def _due_first(
    wanted: QuerySet[Evidence], pack: Pack, most: int, after: Evidence | None
) -> list[int]:
    ids: list[int] = []
    behind = await _order(pack, after.questionnaire, after.period) if after else date.min
    for day, together in await _groups(wanted, pack):
        if day < behind:
            continue
        part = wanted.filter(together)
        if after is not None and day == behind:
            part = part.filter(
                Q(received_at__gt=after.received_at)
                | Q(received_at=after.received_at, id__gt=after.id)
            )
        part = part.order_by("received_at", "id").limit(most - len(ids))
        ids += [photo.id for photo in await part.only("id")]
        if len(ids) >= most:
            break
    return ids


async def _newest_first(wanted: QuerySet[Evidence], most: int, after: Evidence | None) -> list[int]:
    """Return what is decided already: years of it, so it is neither grouped nor counted."""
    if after is not None:
        wanted = wanted.filter(id__lt=after.id)
    return [photo.id for photo in await wanted.order_by("-id").limit(most).only("id")]


async def communes_of(person_id: int, pack: Pack) -> list[Area]:
    """Return the communes of which the person decides about photos."""
    areas = frozenset().union(*(a for a, _ in await photos_to_review(person_id, pack)))
    return await Area.filter(level="commune", id__in=numbers(areas))


async def indicators_of(person_id: int, pack: Pack) -> dict[str, Indicator]:
    """Return the indicators with photos that the person's part of the queue feeds, by "set:code"."""
    scope = {q for _, q in await photos_to_review(person_id, pack)}
    return {
        f"{s.id}:{i.code}": i
        for s in pack.criteria_sets
        for i in s.indicators
        if i.questionnaire and i.photo and ("" in scope or i.questionnaire in scope)
    }


async def due_of(pack: Pack, questionnaire: str, period: str) -> date | None:
    """Return the last day of the report that a photo belongs to, None when it has none."""
    asked = await AdHocReport.get_or_none(plan=pack.id, period=period)
    if asked is not None:
        return asked.before - timedelta(days=1)
    for survey in pack.surveys:
        if survey.questionnaire == questionnaire:
            try:
                return report_due(pack, survey, period)
            except ValueError:  # a period of a kind that this plan no longer has
                return None
    return None


async def _wanted(person_id: int, pack: Pack, filters: Filters) -> QuerySet[Evidence] | None:
    scope = await photos_to_review(person_id, pack)
    inside = await _inside(filters.commune)
    parts = [(_within(a, inside), q) for a, q in scope]
    parts = [(a, q) for a, q in parts if a]
    if not parts:
        return None
    allowed = Q()
    for areas, questionnaire in parts:
        part = Q(area_id__in=numbers(areas))
        allowed |= part & Q(questionnaire=questionnaire) if questionnaire else part
    others = Q(submission__entered_by_id__isnull=True) | ~Q(submission__entered_by_id=person_id)
    wanted = Evidence.filter(
        allowed,
        others,
        review=filters.state,
        dropped_at=None,
        submission__current_key__isnull=False,
        submission__plan=pack.id,
    )
    if filters.state is State.WAITING:  # nobody can judge what is not kept any more
        wanted = wanted.filter(file__removed_at__isnull=True)
    if not filters.indicator:
        return wanted
    found = (await indicators_of(person_id, pack)).get(filters.indicator)
    if found is None:
        return None
    named = Q(*[Q(path__endswith=f"/{name}") for name in found.photo], join_type="OR")
    return wanted.filter(named, questionnaire=found.questionnaire)


async def _inside(code: str) -> frozenset[int] | None:
    """Return the ids below an area, None for everywhere; an unknown code has nothing below it."""
    if not code:
        return None
    area = await Area.get_or_none(code=code)
    return await subtree([area.id]) if area else frozenset()


def _within(areas: frozenset[int], inside: Collection[int] | None) -> frozenset[int]:
    return areas if inside is None else areas.intersection(inside)


async def _groups(wanted: QuerySet[Evidence], pack: Pack) -> list[tuple[date, Q]]:
    """Return the questionnaires and periods of what is wanted by their days, earliest first."""
    by_day: dict[date, Q] = {}
    for questionnaire, period in await wanted.distinct().values_list("questionnaire", "period"):
        day = await _order(pack, questionnaire, period)
        by_day[day] = by_day.get(day, Q()) | Q(questionnaire=questionnaire, period=period)
    return sorted(by_day.items(), key=lambda group: group[0])


async def _order(pack: Pack, questionnaire: str, period: str) -> date:
    due = await due_of(pack, questionnaire, period)
    if due is not None:
        return due
    try:
        return period_days(period)[1]
    except ValueError:
        return date.max
