"""When something is due and to whom. Reads the database; sends and writes nothing.

Rules:
1. A village's own day is the report's last safe day less the office's lead time. No day set,
   nothing sent.
2. A head who consented is reminded at `Reminding.at` on each of the office's offsets before
   that day, while something is missing: a questionnaire, or photos of one that was sent; the
   message names all that is missing. What villages do every month is reminded of monthly.
3. Of several moments that passed unsent (a machine that was off) only the latest counts, and
   only while the report itself is not past its day.
4. One message a person and day: its key is (plan, day of the moment, person). The day is a
   deadline less an offset, so the key is the same however often and wherever it is computed,
   and whatever has been answered in between. A moment is settled by any later one that was sent.
5. Nobody is reminded of moments before they consented or were given the village, nor while
   they are answering (they get it later, if something is still missing then).
6. From the day after the villages' own day on, the commune officer hears every day who is late;
   some days later the supervising office too.
7. Those who answer for a report hear that it is due; a weekly summary goes to each officer for
   their area; the latest unsent week counts. A report asked for once is announced when it is
   opened, and reminded of and named as late together with everything else.
8. In quiet hours nothing is due; it is due afterwards. A unit may have its own hours, days and
   weekly moment (`backend.schedule.by_area`): for its reminders and its summary. A plan whose year is over is an example:
   nothing is due.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, tzinfo

from backend.adhoc.kept import reports_of
from backend.adhoc.notices import ad_hoc_parts, ad_hoc_reason
from backend.adhoc.shapes import Report
from backend.area_tree import subtree
from backend.models import Area
from backend.plans.schema import Pack
from backend.schedule.by_area import Place, places_of
from backend.schedule.late import late_parts, late_reason
from backend.schedule.moments import is_quiet, waves, weekly_moment
from backend.schedule.notices import notice_parts, notices_reason
from backend.schedule.reminders import reminder_key, reminder_parts, reminders_reason
from backend.schedule.settled import Settled
from backend.schedule.shapes import Asked, Due, DueKind, LateVillage, Missing, Part, Wave
from backend.schedule.summaries import summaries_reason, summary_parts

__all__ = [
    "Due",
    "DueKind",
    "LateVillage",
    "Missing",
    "Part",
    "Wave",
    "due",
    "due_parts",
    "is_quiet",
    "reminder_key",
    "waves",
    "weekly_moment",
]

Find = Callable[[Asked], AsyncIterator[Part]]


async def due(at: datetime, pack: Pack, zone: tzinfo, *, area: Area | None = None) -> list[Due]:
    """Return everything whose moment is not after `at` and that has not been queued yet.

    `at` is aware; `zone` is the office's, in which the plan's times of day are meant. With
    `area`, only what goes to people of this area and below. All at once: `due_parts` for a
    whole country.
    """
    found = [thing async for part in due_parts(at, pack, zone, area=area) for thing in part.things]
    return sorted(found, key=lambda d: (d.moment, d.kind, d.person_id, d.key))


async def due_parts(
    at: datetime,
    pack: Pack,
    zone: tzinfo,
    *,
    settled: Settled | None = None,
    area: Area | None = None,
) -> AsyncIterator[Part]:
    """Yield what `due` returns in parts that fit into memory, and an empty part for each reason.

    With `settled`, what was looked through before is passed over; the caller marks there what it
    has queued.
    """
    local = at.astimezone(zone)
    if pack.historical and local.year > pack.year:
        return
    every = places_of(pack, local.date())
    places = [place for place in every if not is_quiet(place.pack, local.time())]
    if not places:
        return
    villages, others = every[0].villages, every[0].others
    if len(every) > 1:  # a copy of 90,000 codes is not made for nothing
        villages = villages.union(*(place.villages for place in every[1:]))
        others = others.union(*(place.others for place in every[1:]))
    within = None if area is None else await subtree([area.id])
    kept = await reports_of(pack, local.date(), within=within)
    reports = tuple(r for r in kept if r.opened_at <= at)
    for place in places:
        whole = None if place.code else (villages, others)
        where, inside = area, within or frozenset()
        if place.code:
            where, inside = await _narrower(place.code, area, inside)
            if where is None:
                continue
        for reason, find, codes in _looks(place, whole, at, zone, reports):
            people = settled.left(reason, pack, at) if settled is not None else None
            if people is not None and not people:
                continue
            yield Part(reason, [])
            only, ids = (where, inside) if people is None else (area, within or frozenset())
            async for part in find(Asked(at, place.pack, zone, codes, people, only, reports, ids)):
                yield replace(part, reason=reason)


def _looks(
    place: Place,
    whole: tuple[frozenset[str], frozenset[str]] | None,
    at: datetime,
    zone: tzinfo,
    reports: tuple[Report, ...],
) -> list[tuple[str, Find, frozenset[str]]]:
    """Return what is looked for in a place: what names the look, who finds it, and in which units.

    `whole` are the plan's villages and other units, None for a place that is only a part: who is
    late is told of a whole area, however its units are reminded.
    """
    pack = place.pack
    mark = f"{place.code}\n" if place.code else ""
    reminders = mark + reminders_reason(at, pack, zone, reports)
    summaries = mark + summaries_reason(at, pack, zone)
    own: list[tuple[str, Find, frozenset[str]]] = [
        (reminders, reminder_parts, place.villages),
        (summaries, summary_parts, place.others),
    ]
    if whole is None:
        return own
    villages, others = whole
    return [
        own[0],
        (late_reason(at, pack, zone, reports), late_parts, villages),
        (notices_reason(at, pack, zone, reports), notice_parts, others),
        own[1],
        (ad_hoc_reason(at, pack, zone, reports), ad_hoc_parts, others),
    ]


async def _narrower(
    code: str, area: Area | None, within: frozenset[int]
) -> tuple[Area | None, frozenset[int]]:
    """Return the smaller of a unit and the area that is asked for, None when they lie apart."""
    unit = await Area.get_or_none(code=code)
    if unit is None:
        return None, frozenset()
    below = await subtree([unit.id])
    if area is None or unit.id in within:
        return unit, below
    return (area, within) if area.id in below else (None, frozenset())
