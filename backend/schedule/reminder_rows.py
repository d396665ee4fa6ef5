"""What the database says of village heads and their villages, for one part of a look at reminders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from tortoise.expressions import RawSQL

from backend.consent import VERSION
from backend.forms import load_form
from backend.lists import numbers, parts_of
from backend.models import (
    Answer,
    Consent,
    Evidence,
    FormVersion,
    Interview,
    RoleGrant,
    Submission,
)
from backend.people import Role
from backend.plans.schema import Pack
from backend.schedule.moments import local_day
from backend.schedule.queued import queued_for
from backend.schedule.shapes import Wave
from backend.status.recorded import missing_photos
from conversations.forms.model import QuestionType

ANSWERING = timedelta(minutes=15)
"""Somebody who answered a question this recently is still at it."""

_UNTOLD = """(
SELECT p.id FROM person p WHERE {1}
AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.once = '{0}' || CAST(p.id AS TEXT))
)"""
"""The prefix is a plan's id (letters, digits and `._-`) and a date, so there is nothing to quote."""

Thing = tuple[int, str, str]
"""An area's id, a questionnaire and a period."""


@dataclass(frozen=True, slots=True)
class Span:
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
class Head:
    """A village head, for one of their villages."""

    person_id: int
    name: str
    area_id: int
    area_code: str
    area_name: str
    since: datetime
    """From when on this person may be reminded of this village."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one moment."""

    at: datetime
    pack: Pack
    zone: tzinfo
    waves: Sequence[Wave]
    codes: frozenset[str]
    titles: Mapping[str, str]


def prefix_of(pack: Pack, day: date) -> str:
    """Return what every key of a reminder for a day begins with; the person's id follows."""
    return f"reminder|{pack.id}|{day.isoformat()}|"


async def sent_of(look: Look, span: Span, latest: Mapping[int, date]) -> dict[int, date]:
    """Return of which day each person was reminded last, of the days that matter."""
    if not latest:
        return {}
    first = min(latest.values())
    days = {prefix_of(look.pack, d): d for wave in look.waves for d in wave.days if d >= first}
    found: dict[int, date] = {}
    for prefix, person in await queued_for(days, span.condition("p.id")):
        found[person] = max(days[prefix], found.get(person, date.min))
    return found


async def heads_below(areas: Collection[int]) -> frozenset[int]:
    """Return the ids of the people who head a village among these."""
    found: set[int] = set()
    for some in parts_of(sorted(areas)):
        rows = await RoleGrant.filter(
            role=Role.VILLAGE_HEAD, revoked_at=None, area_id__in=numbers(some)
        ).values_list("person_id", flat=True)
        found.update(int(str(person)) for person in rows)
    return frozenset(found)


async def grants_of(span: Span, limit: int | None = None, untold: str = "") -> list[dict[str, Any]]:
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


async def heads_of(look: Look, rows: Sequence[Mapping[str, Any]], span: Span) -> list[Head]:
    """Return those who have agreed to be asked, whose village is the plan's and is there today."""
    today = local_day(look.at, look.zone)
    consent: dict[int, datetime] = dict(
        await Consent.filter(
            version=VERSION, withdrawn_at=None, **span.of("person_id")
        ).values_list("person_id", "given_at")
    )
    return [
        Head(
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


async def submissions_of(look: Look, areas: RawSQL) -> list[dict[str, Any]]:
    """Return what these areas have submitted for the periods looked at."""
    return await Submission.filter(
        plan=look.pack.id,
        period__in=sorted({w.period for w in look.waves}),
        current_key__isnull=False,
        area_id__in=areas,
    ).values(
        "id", "area_id", "questionnaire", "period", "form_version_id", sha256="form_version__sha256"
    )


async def interviews_of(look: Look, span: Span, areas: RawSQL) -> tuple[set[Thing], set[int]]:
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


async def photos_missing(
    look: Look,
    waiting: Mapping[int, Sequence[tuple[Wave, Head]]],
    submitted: Mapping[Thing, Mapping[str, Any]],
) -> dict[Thing, int]:
    """Return how many photos are missing of what these people's villages have submitted.

    Only forms that ask for photos are looked at, and only what lacks one of them.
    """
    rows = {
        thing: int(submitted[thing]["id"])
        for things in waiting.values()
        for wave, head in things
        if not wave.activity
        and (thing := (head.area_id, wave.survey.questionnaire, wave.period)) in submitted
    }
    return await lacking_photos(rows, look.at.astimezone(look.zone), submitted)


async def lacking_photos(
    rows: Mapping[Thing, int], local: datetime, submitted: Mapping[Thing, Mapping[str, Any]]
) -> dict[Thing, int]:
    """Return how many photos these submissions lack; `local` is now, in the office's zone.

    Of `submitted` the form's version and hash are used.
    """
    things = {number: thing for thing, number in rows.items()}
    version_of = {number: submitted[thing]["form_version_id"] for number, thing in things.items()}
    forms = {version_of[n]: submitted[thing]["sha256"] for n, thing in things.items()}
    loaded = {version: await load_form(version, sha) for version, sha in forms.items() if sha}
    images = {
        version: {q.path for q in form.questions if q.type is QuestionType.IMAGE}
        for version, form in loaded.items()
    }
    asking = sorted(n for n in things if images.get(version_of[n]))
    found: dict[Thing, int] = {}
    for some in parts_of(asking):
        kept: dict[int, set[str]] = defaultdict(set)
        back: dict[int, set[str]] = defaultdict(set)
        # A photo that was handed back is asked for like one that has not come.
        for number, path, review in await Evidence.filter(
            submission_id__in=numbers(some), dropped_at__isnull=True
        ).values_list("submission_id", "path", "review"):
            (back if review == "rejected" else kept)[int(number)].add(str(path))
        open_ones = [n for n in some if images[version_of[n]] - kept[n]]
        answers: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for answer in await Answer.filter(submission_id__in=numbers(open_ones)).values(
            "submission_id", "path", "value"
        ):
            answers[answer["submission_id"]].append(answer)
        for number in open_ones:
            form = loaded[version_of[number]]
            lacking = set(missing_photos(form, answers[number], kept[number], local))
            if lacking := lacking | (back[number] - kept[number]):
                found[things[number]] = len(lacking)
    return found


async def titles_of(form_ids: Iterable[str]) -> dict[str, str]:
    """Return the newest title of each questionnaire."""
    rows = (
        await FormVersion.filter(form_id__in=sorted(form_ids))
        .order_by("id")
        .values_list("form_id", "title")
    )
    return dict(rows)
