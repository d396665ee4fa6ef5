"""Reminders of village heads, worked out in parts of a few thousand people.

However many villages there are, a part costs the same number of statements: people are taken in
ranges of their ids, and everything else is asked for the villages of that part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from tortoise.expressions import RawSQL

from backend.adhoc.report import Report, waves_of
from backend.area_tree import subtree
from backend.consent import VERSION
from backend.forms import load_form
from backend.lists import numbers, parts_of
from backend.models import (
    Answer,
    Area,
    Consent,
    Evidence,
    FormVersion,
    Interview,
    RoleGrant,
    Submission,
)
from backend.people import Role
from backend.plans.schema import Pack
from backend.schedule.activities import activities_done, activity_waves
from backend.schedule.moments import local_day, waves
from backend.schedule.queued import queued_for
from backend.schedule.shapes import Asked, Due, DueKind, Missing, Part, Wave
from backend.status.recorded import missing_photos
from conversations.forms.model import QuestionType
from conversations.text import Text

ANSWERING = timedelta(minutes=15)
"""Somebody who answered a question this recently is still at it."""
PEOPLE_AT_ONCE = 4_000

_UNTOLD = """(
SELECT p.id FROM person p WHERE {1}
AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.once = '{0}' || CAST(p.id AS TEXT))
)"""
"""The prefix is a plan's id (letters, digits and `._-`) and a date, so there is nothing to quote."""

Thing = tuple[int, str, str]
"""An area's id, a questionnaire and a period."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Some village heads: a range of person ids, or these people."""

    above: int = 0
    upto: int | None = None
    people: tuple[int, ...] | None = None

    def of(self, field: str) -> dict[str, Any]:
        """Return the filter that keeps to these people."""
        if self.people is not None:
            return {f"{field}__in": numbers(self.people)}
        upto = {} if self.upto is None else {f"{field}__lte": self.upto}
        return {f"{field}__gt": self.above, **upto}

    def condition(self, column: str) -> str:
        """Return the same as SQL, of numbers alone."""
        if self.people is not None:
            return f"{column} IN ({','.join(map(str, self.people)) or 'NULL'})"
        upto = "" if self.upto is None else f" AND {column} <= {self.upto}"
        return f"{column} > {self.above}{upto}"


@dataclass(frozen=True, slots=True)
class _Head:
    person_id: int
    name: str
    area_id: int
    area_code: str
    area_name: str
    since: datetime
    """From when on this person may be reminded of this village."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one moment."""

    at: datetime
    pack: Pack
    zone: tzinfo
    waves: Sequence[Wave]
    codes: frozenset[str]
    titles: Mapping[str, str]


def reminder_key(pack: Pack, day: date, person_id: int) -> str:
    """Return the key of the one reminder that this person may get for this day's moments."""
    return f"{_prefix(pack, day)}{person_id}"


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
    titles = await _titles({w.survey.questionnaire for w in current})
    look = _Look(at, pack, zone, current, asked.codes, titles)
    people = asked.people
    if asked.area is not None:
        people = await _heads_below(asked.area)
    if people is not None:
        wanted = sorted(people)
        for some in parts_of(wanted):
            span = _Span(people=tuple(some))
            heads = await _heads(look, await _grants(span), span)
            yield await _part(look, span, heads, reason)
        return
    # After a restart nearly everybody has had the latest day's message: they are not read at all.
    told = _prefix(pack, max(wave.on for wave in current))
    above = 0
    while rows := await _grants(_Span(above=above), PEOPLE_AT_ONCE, untold=told):
        upto = rows[-1]["person_id"]
        if len(rows) == PEOPLE_AT_ONCE:  # the last one's other villages may be cut off
            whole = [row for row in rows if row["person_id"] != upto]
            if not whole:
                whole = await _grants(_Span(people=(upto,)))
            rows, upto = whole, whole[-1]["person_id"]
        span = _Span(above=above, upto=upto)
        if upto - above > 2 * len(rows):  # most of the range is told: not theirs, too
            span = _Span(people=tuple(sorted({row["person_id"] for row in rows})))
        yield await _part(look, span, await _heads(look, rows, span), reason)
        above = upto


async def _part(look: _Look, span: _Span, heads: Sequence[_Head], reason: str) -> Part:
    areas = numbers(head.area_id for head in heads)
    begun, answering = await _interviews(look, span, areas)
    rows = await _submissions(look, areas)
    submitted = {(row["area_id"], row["questionnaire"], row["period"]): row for row in rows}
    done = await activities_done(look.pack, look.zone, look.waves, areas)
    every: dict[int, list[tuple[Wave, _Head]]] = defaultdict(list)
    for head in heads:
        for wave in look.waves:
            if wave.concerns(head.area_id, head.since) and not (
                wave.activity and (head.area_id, wave.survey.questionnaire, wave.period) in done
            ):
                every[head.person_id].append((wave, head))
    latest = {person: max(wave.on for wave, _ in things) for person, things in every.items()}
    sent = await _sent(look, span, latest)
    waiting = {p: t for p, t in every.items() if sent.get(p, date.min) < latest[p]}
    photos = await _photos(look, waiting, submitted)
    found, later = [], set()
    for person, candidates in waiting.items():
        missing = []
        things = []
        for wave, head in candidates:
            thing = (head.area_id, wave.survey.questionnaire, wave.period)
            lacking = photos.get(thing, 0)
            if not wave.activity and thing in submitted and not lacking:
                continue
            things.append((wave, head))
            missing.append(_missing(look, wave, head, begun=thing in begun, photos=lacking))
        if not missing:
            continue
        day = max(wave.on for wave, _ in things)
        if sent.get(person, date.min) >= day:
            continue
        if person in answering:
            later.add(person)
        else:
            found.append(_reminder(look, day, things, tuple(missing)))
    return Part(reason, found, frozenset(later))


def _missing(look: _Look, wave: Wave, head: _Head, *, begun: bool, photos: int) -> Missing:
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
    look: _Look,
    day: date,
    things: Sequence[tuple[Wave, _Head]],
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


def _prefix(pack: Pack, day: date) -> str:
    return f"reminder|{pack.id}|{day.isoformat()}|"


async def _sent(look: _Look, span: _Span, latest: Mapping[int, date]) -> dict[int, date]:
    """Return of which day each person was reminded last, of the days that matter."""
    if not latest:
        return {}
    first = min(latest.values())
    days = {_prefix(look.pack, d): d for wave in look.waves for d in wave.days if d >= first}
    found: dict[int, date] = {}
    for prefix, person in await queued_for(days, span.condition("p.id")):
        found[person] = max(days[prefix], found.get(person, date.min))
    return found


async def _heads_below(area: Area) -> frozenset[int]:
    areas = sorted(await subtree([area.id]))
    found: set[int] = set()
    for some in parts_of(areas):
        rows = await RoleGrant.filter(
            role=Role.VILLAGE_HEAD, revoked_at=None, area_id__in=numbers(some)
        ).values_list("person_id", flat=True)
        found.update(int(str(person)) for person in rows)
    return frozenset(found)


async def _grants(span: _Span, limit: int | None = None, untold: str = "") -> list[dict[str, Any]]:
    """Return village heads by person; with `untold` those without an outbox row of that prefix."""
    rows = RoleGrant.filter(role=Role.VILLAGE_HEAD, revoked_at=None, **span.of("person_id"))
    if untold:
        rows = rows.filter(person_id__in=RawSQL(_UNTOLD.format(untold, span.condition("p.id"))))
    rows = rows.order_by("person_id", "id")
    if limit is not None:
        rows = rows.limit(limit)
    return await rows.values(
        "person_id",
        "person__name",
        "granted_at",
        "area_id",
        "area__code",
        "area__name",
        "area__valid_from",
        "area__valid_to",
    )


async def _heads(look: _Look, rows: Sequence[Mapping[str, Any]], span: _Span) -> list[_Head]:
    today = local_day(look.at, look.zone)
    consent: dict[int, datetime] = dict(
        await Consent.filter(
            version=VERSION, withdrawn_at=None, **span.of("person_id")
        ).values_list("person_id", "given_at")
    )
    return [
        _Head(
            person_id=row["person_id"],
            name=row["person__name"],
            area_id=row["area_id"],
            area_code=row["area__code"],
            area_name=row["area__name"],
            since=max(row["granted_at"], consent[row["person_id"]]),
        )
        for row in rows
        if row["area__code"] in look.codes
        and row["person_id"] in consent
        and (row["area__valid_from"] is None or row["area__valid_from"] <= today)
        and (row["area__valid_to"] is None or today <= row["area__valid_to"])
    ]


async def _submissions(look: _Look, areas: RawSQL) -> list[dict[str, Any]]:
    return await Submission.filter(
        plan=look.pack.id,
        period__in=sorted({w.period for w in look.waves}),
        current_key__isnull=False,
        area_id__in=areas,
    ).values(
        "id", "area_id", "questionnaire", "period", "form_version_id", sha256="form_version__sha256"
    )


async def _interviews(look: _Look, span: _Span, areas: RawSQL) -> tuple[set[Thing], set[int]]:
    """Return what is begun, and who is answering just now (whatever it is)."""
    periods = sorted({w.period for w in look.waves})
    begun = await Interview.filter(
        status__in=("running", "paused"), period__in=periods, area_id__in=areas
    ).values_list("area_id", "questionnaire", "period")
    running = await Interview.filter(**span.of("running_for")).values_list(
        "running_for", "changed_at"
    )
    answering = {
        int(person) for person, changed in running if timedelta(0) <= look.at - changed < ANSWERING
    }
    return {(int(a), str(q), str(p)) for a, q, p in begun}, answering


async def _photos(
    look: _Look,
    waiting: Mapping[int, Sequence[tuple[Wave, _Head]]],
    submitted: Mapping[Thing, Mapping[str, Any]],
) -> dict[Thing, int]:
    """Return how many photos are missing of what these people's villages have submitted.

    Only forms that ask for photos are looked at, and only what lacks one of them.
    """
    rows = {}
    for things in waiting.values():
        for wave, head in things:
            thing = (head.area_id, wave.survey.questionnaire, wave.period)
            if not wave.activity and thing in submitted:
                rows[submitted[thing]["id"]] = (thing, submitted[thing])
    forms = {row["form_version_id"]: row["sha256"] for _, row in rows.values()}
    loaded = {version: await load_form(version, sha) for version, sha in forms.items() if sha}
    images = {
        version: {q.path for q in form.questions if q.type is QuestionType.IMAGE}
        for version, form in loaded.items()
    }
    asking = sorted(n for n, (_, row) in rows.items() if images.get(row["form_version_id"]))
    found: dict[Thing, int] = {}
    for some in parts_of(asking):
        kept: dict[int, set[str]] = defaultdict(set)
        # A photo that was handed back is asked for like one that has not come.
        for number, path in (
            await Evidence.filter(submission_id__in=numbers(some), dropped_at__isnull=True)
            .exclude(review="rejected")
            .values_list("submission_id", "path")
        ):
            kept[int(number)].add(str(path))
        open_ones = [n for n in some if images[rows[n][1]["form_version_id"]] - kept[n]]
        answers: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for answer in await Answer.filter(submission_id__in=numbers(open_ones)).values(
            "submission_id", "path", "value"
        ):
            answers[answer["submission_id"]].append(answer)
        local = look.at.astimezone(look.zone)
        for number in open_ones:
            thing, row = rows[number]
            form = loaded[row["form_version_id"]]
            if lacking := missing_photos(form, answers[number], kept[number], local):
                found[thing] = len(lacking)
    return found


async def _titles(form_ids: Iterable[str]) -> dict[str, str]:
    rows = (
        await FormVersion.filter(form_id__in=sorted(form_ids))
        .order_by("id")
        .values_list("form_id", "title")
    )
    return dict(rows)
