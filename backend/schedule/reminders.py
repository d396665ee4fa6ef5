"""Reminders of village heads, worked out in parts of a few thousand people.

However many villages there are, a part costs the same number of statements: people are taken in
ranges of their ids, and everything else is asked for the villages of that part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from backend.adhoc.report import waves_of
from backend.adhoc.shapes import Report
from backend.lists import numbers, parts_of
from backend.people import Role
from backend.plans.schema import Pack
from backend.schedule.activities import Shown, activities_shown, activity_waves
from backend.schedule.moments import local_day, waves
from backend.schedule.reminder_rows import (
    Head,
    Look,
    Span,
    Thing,
    grants_of,
    heads_below,
    heads_of,
    interviews_of,
    photos_missing,
    prefix_of,
    sent_of,
    submissions_of,
    titles_of,
)
from backend.schedule.shapes import Asked, Due, DueKind, Missing, Part, Wave
from conversations.text import Text

PEOPLE_AT_ONCE = 4_000


def reminder_key(pack: Pack, day: date, person_id: int) -> str:
    """Return the key of the one reminder that this person may get for this day's moments."""
    return f"{prefix_of(pack, day)}{person_id}"


def all_waves(at: datetime, pack: Pack, zone: tzinfo, reports: Sequence[Report] = ()) -> list[Wave]:
    """Return the waves of surveys, of what villages do every month, and of ad-hoc reports. Pure."""
    return [
        *waves(at, pack, zone),
        *activity_waves(at, pack, zone),
        *waves_of(reports, at, pack, zone),
    ]


def reminders_reason(at: datetime, pack: Pack, zone: tzinfo, reports: Sequence[Report] = ()) -> str:
    """Return what names this look: another wave, or another day, is another one."""
    names = [
        f"{w.survey.questionnaire}|{w.activity}|{w.period}|{w.moment.isoformat()}|{w.day}"
        for w in all_waves(at, pack, zone, reports)
    ]
    return "\n".join(["reminders", str(local_day(at, zone)), *names])


async def reminder_parts(asked: Asked) -> AsyncIterator[Part]:
    """Yield what village heads are to be reminded of, of these people or of this area alone.

    `codes` are the villages of the plan.
    """
    at, pack, zone = asked.at, asked.pack, asked.zone
    current = all_waves(at, pack, zone, asked.reports)
    if not current:
        return
    reason = reminders_reason(at, pack, zone, asked.reports)
    titles = await titles_of({w.survey.questionnaire for w in current})
    look = Look(at, pack, zone, current, asked.codes, titles)
    people = asked.people
    if asked.area is not None:
        people = await heads_below(asked.within)
    if people is not None:
        wanted = sorted(people)
        for some in parts_of(wanted):
            span = Span(people=tuple(some))
            heads = await heads_of(look, await grants_of(span), span)
            yield await _part(look, span, heads, reason)
        return
    # After a restart nearly everybody has had the latest day's message: they are not read at all.
    told = prefix_of(pack, max(wave.on for wave in current))
    above = 0
    while rows := await grants_of(Span(above=above), PEOPLE_AT_ONCE, untold=told):
        upto = rows[-1]["person_id"]
        if len(rows) == PEOPLE_AT_ONCE:  # the last one's other villages may be cut off
            whole = [row for row in rows if row["person_id"] != upto]
            if not whole:
                whole = await grants_of(Span(people=(upto,)))
            rows, upto = whole, whole[-1]["person_id"]
        span = Span(above=above, upto=upto)
        if upto - above > 2 * len(rows):  # most of the range is told: not theirs, too
            span = Span(people=tuple(sorted({row["person_id"] for row in rows})))
        yield await _part(look, span, await heads_of(look, rows, span), reason)
        above = upto


Things = list[tuple[Wave, Head]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the database says of some heads' villages, before what they were sent is asked."""

    begun: set[Thing]
    answering: set[int]
    submitted: Mapping[Thing, Mapping[str, Any]]
    every: Mapping[int, Things]
    """What each person could be reminded of, sent or not."""
    shown: Shown


async def still_missing(asked: Asked) -> dict[int, tuple[Missing, ...]]:
    """Return what `asked.people` would be reminded of now, had nothing been sent.

    `codes` are the villages of the plan.
    """
    at, pack, zone = asked.at, asked.pack, asked.zone
    current = all_waves(at, pack, zone, asked.reports)
    titles = await titles_of({w.survey.questionnaire for w in current})
    look = Look(at, pack, zone, current, asked.codes, titles)
    span = Span(people=tuple(sorted(asked.people or ())))
    seen = await _seen(look, span, await heads_of(look, await grants_of(span), span))
    lacking = await _lacking(look, seen, seen.every)
    return {person: missing for person, (_, missing) in lacking.items()}


async def _part(look: Look, span: Span, heads: Sequence[Head], reason: str) -> Part:
    seen = await _seen(look, span, heads)
    latest = {person: max(wave.on for wave, _ in things) for person, things in seen.every.items()}
    sent = await sent_of(look, span, latest)
    waiting = {p: t for p, t in seen.every.items() if sent.get(p, date.min) < latest[p]}
    found, later = [], set()
    for person, (things, missing) in (await _lacking(look, seen, waiting)).items():
        day = max(wave.on for wave, _ in things)
        if sent.get(person, date.min) >= day:
            continue
        if person in seen.answering:
            later.add(person)
        else:
            found.append(_reminder(look, day, things, missing))
    return Part(reason, found, frozenset(later))


async def _seen(look: Look, span: Span, heads: Sequence[Head]) -> _Seen:
    areas = numbers(head.area_id for head in heads)
    begun, answering = await interviews_of(look, span, areas)
    rows = await submissions_of(look, areas)
    submitted = {(row["area_id"], row["questionnaire"], row["period"]): row for row in rows}
    months = {w.survey.questionnaire: w.period for w in look.waves if w.activity}
    shown = await activities_shown(look.pack, look.zone, months, areas)
    every: dict[int, Things] = defaultdict(list)
    for head in heads:
        for wave in look.waves:
            if wave.concerns(head.area_id, head.since) and not (
                wave.activity
                and (head.area_id, wave.survey.questionnaire, wave.period) in shown.done
            ):
                every[head.person_id].append((wave, head))
    return _Seen(begun, answering, submitted, every, shown)


async def _lacking(
    look: Look, seen: _Seen, waiting: Mapping[int, Things]
) -> dict[int, tuple[Things, tuple[Missing, ...]]]:
    """Return of which of these things something is missing, and what; people without are left out."""
    photos = await photos_missing(look, waiting, seen.submitted)
    found: dict[int, tuple[Things, tuple[Missing, ...]]] = {}
    for person, candidates in waiting.items():
        missing = []
        things = []
        for wave, head in candidates:
            thing = (head.area_id, wave.survey.questionnaire, wave.period)
            lacking = photos.get(thing, 0)
            if wave.activity:
                lacking = int(thing in seen.shown.only_photo)
            if not wave.activity and thing in seen.submitted and not lacking:
                continue
            things.append((wave, head))
            missing.append(_missing(look, wave, head, begun=thing in seen.begun, photos=lacking))
        if missing:
            found[person] = (things, tuple(missing))
    return found


def _missing(look: Look, wave: Wave, head: Head, *, begun: bool, photos: int) -> Missing:
    form = wave.survey.questionnaire
    return Missing(
        area_code=head.area_code,
        area_name=head.area_name,
        questionnaire=form,
        title=wave.activity or wave.report or look.titles.get(form, form),
        period=wave.period,
        due=wave.day,
        begun=begun,
        photos=photos,
        activity=bool(wave.activity),
    )


def _reminder(
    look: Look,
    day: date,
    things: Sequence[tuple[Wave, Head]],
    missing: tuple[Missing, ...],
) -> Due:
    wave, head = max(
        ((w, h) for w, h in things if w.on == day),
        key=lambda pair: (pair[0].moment, -pair[0].offset),
    )
    if wave.activity:
        why = Text("monthly: {name}", {"name": wave.activity})
    elif wave.report:
        why = Text(
            "{count} days before the last day of «{name}»",
            {"count": wave.offset, "name": wave.report},
        )
    elif wave.offset:
        why = Text(
            "{count} days before the village's last day, {day}",
            {"count": wave.offset, "day": wave.day},
        )
    else:
        why = Text("the village's last day, {day}", {"day": wave.day})
    return Due(
        key=reminder_key(look.pack, day, head.person_id),
        kind=DueKind.REMINDER,
        person_id=head.person_id,
        person_name=head.name,
        role=Role.VILLAGE_HEAD,
        area_code=head.area_code,
        area_name=head.area_name,
        moment=wave.moment,
        period=wave.period,
        deadline=wave.day,
        missing=missing,
        why=why,
    )
