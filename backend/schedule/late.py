"""Who is late: every day to the commune officer, some days later to the supervising office too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import Any

from backend.adhoc.report import Report, Standing
from backend.consent import VERSION
from backend.lists import numbers, parts_of
from backend.models import Area, Chat, Consent, Outbox, RoleGrant, Submission
from backend.people import Role
from backend.plans.schema import Pack, Survey
from backend.quota.books import Books, open_books
from backend.quota.reach import UNDELIVERABLE, Barred, reach_of
from backend.review.overdue import overdue_returns
from backend.schedule.moments import local_day, todays_moment
from backend.schedule.obligations import plan_day_of, report_due, village_due
from backend.schedule.officers import Officer, officers
from backend.schedule.periods import next_period, period_of
from backend.schedule.queued import queued
from backend.schedule.shapes import Asked, Due, DueKind, LateVillage, Part
from conversations.text import Text

TOLD = (Role.COMMUNE_OFFICER, Role.DISTRICT_OFFICER)
OFFICERS_AT_ONCE = 100

_BELOW = """
WITH RECURSIVE tree(root, id) AS (
    SELECT id, id FROM area WHERE id IN ({places})
    UNION
    SELECT tree.root, area.id FROM area JOIN tree ON area.parent_id = tree.id
)
SELECT tree.root AS root, a.id AS id, a.code AS code, a.name AS name, c.name AS commune
FROM tree JOIN area a ON a.id = tree.id LEFT JOIN area c ON c.id = a.parent_id
WHERE a.level = 'village'
  AND (a.valid_from IS NULL OR a.valid_from <= {today})
  AND (a.valid_to IS NULL OR {today} <= a.valid_to)
ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A survey's period whose villages' own day has passed while the report waits for them."""

    survey: Survey
    period: str
    day: date
    report: date | None
    """The last day of the report that waits for it; None for what is asked of villages alone."""
    title: str = ""
    """Name of the ad-hoc report; "" for a questionnaire of the plan's."""
    areas: frozenset[int] | None = None
    """Ids of the only villages that it concerns; None: all."""


def overdue_reports(
    reports: Iterable[Report], pack: Pack, today: date, zone: tzinfo
) -> list[Overdue]:
    """Return the reports asked once of villages whose last day has passed. Pure."""
    return [
        Overdue(r.survey, r.period, r.last_day(pack, zone), None, r.name, frozenset(r.units))
        for r in reports
        if r.level == "village" and r.standing(pack, today, zone) is Standing.LATE
    ]


def overdue(pack: Pack, today: date) -> list[Overdue]:
    """Return what villages are late with on a day. Pure."""
    found = []
    for survey in pack.surveys:
        present = period_of(survey.period, today)
        for period in (present, next_period(present)):
            day, last = village_due(pack, survey, period), plan_day_of(pack, survey, period)
            report = report_due(pack, survey, period)
            if day is not None and last is not None and day < today <= last:
                found.append(Overdue(survey, period, day, report or last))
    return found


def late_reason(at: datetime, pack: Pack, zone: tzinfo, reports: Iterable[Report] = ()) -> str:
    """Return what names this look."""
    today = local_day(at, zone)
    once = " ".join(o.period for o in overdue_reports(reports, pack, today, zone))
    return f"late {today} {todays_moment(at, pack, zone)} {once}"


async def late_parts(asked: Asked) -> AsyncIterator[Part]:
    """Yield one list a person and day of the late villages below them. `codes` are the villages."""
    at, pack, zone = asked.at, asked.pack, asked.zone
    today = local_day(at, zone)
    moment = todays_moment(at, pack, zone)
    current = [*overdue(pack, today), *overdue_reports(asked.reports, pack, today, zone)]
    if moment is None or not current:
        return
    escalated = today > min(o.day for o in current) + timedelta(days=pack.reminding.escalate_days)
    roles = TOLD if escalated else TOLD[:1]
    others = frozenset(a.code for a in pack.areas if a.level != "village")
    rows = await officers(roles, replace(asked, codes=others))
    by_person = [list(grants) for _, grants in groupby(rows, key=lambda o: o.person_id)]
    reason = late_reason(at, pack, zone, asked.reports)
    books = await open_books(at, zone)
    for start in range(0, len(by_person), OFFICERS_AT_ONCE):
        some = {_key(pack, today, g[0].person_id): g for g in by_person[start:][:OFFICERS_AT_ONCE]}
        sent = await queued(some)
        some = {key: grants for key, grants in some.items() if key not in sent}
        below = await _villages_below(
            {o.area_id for g in some.values() for o in g}, today, asked.codes
        )
        ids = sorted({row["id"] for rows in below.values() for row in rows})
        late = await late_villages(pack, current, ids, books)
        things = []
        for key, grants in some.items():
            villages = {row["id"]: row for o in grants for row in below.get(o.area_id, ())}
            named = tuple(
                _named(row, late[number]) for number, row in villages.items() if number in late
            )
            if named:
                things.append(_thing(key, grants, named, len(villages), current, moment, today))
        yield Part(reason, things)


def _thing(  # noqa: PLR0913, PLR0917  (every one is a part of what is said)
    key: str,
    grants: Sequence[Officer],
    named: tuple[LateVillage, ...],
    villages: int,
    current: Sequence[Overdue],
    moment: datetime,
    today: date,
) -> Due:
    first = grants[0]
    return Due(
        key=key,
        kind=DueKind.LATE_LIST,
        person_id=first.person_id,
        person_name=first.name,
        role=first.role,
        area_code=first.area_code,
        area_name=", ".join(dict.fromkeys(o.area_name for o in grants)),
        moment=moment,
        period=current[0].period,
        deadline=min(o.day for o in current),
        missing=(),
        why=Text("who is late on {day}", {"day": today}),
        late=named,
        villages=villages,
        report_day=min((o.report for o in current if o.report is not None), default=None),
    )


def _key(pack: Pack, day: date, person: int) -> str:
    return f"late|{pack.id}|{day.isoformat()}|{person}"


@dataclass(slots=True)
class Late:
    """A late village: how much is missing, its heads' names, whether one of them is reached."""

    lacking: list[Overdue]
    heads: list[str]
    reached: bool = False
    people: list[int] = field(default_factory=list)
    """Of its heads, those whom messages reach."""
    why: list[Barred] = field(default_factory=list)
    """Why messages do not reach the others."""


def _named(row: dict[str, Any], late: Late) -> LateVillage:
    return LateVillage(
        code=row["code"],
        name=row["name"],
        commune=row["commune"] or "",
        heads=tuple(late.heads),
        missing=len(late.lacking),
        call=not late.reached,
        why=() if late.reached else tuple(late.why),
    )


async def late_villages(
    pack: Pack, current: Sequence[Overdue], area_ids: Sequence[int], books: Books
) -> dict[int, Late]:
    """Return who of these villages lacks something of `current`, with their heads."""
    found: dict[int, Late] = {}
    for some in parts_of(area_ids):
        submitted = {
            (int(a), str(q), str(p))
            for a, q, p in await Submission.filter(
                plan=pack.id,
                period__in=sorted({o.period for o in current}),
                area_id__in=numbers(some),
                current_key__isnull=False,
            ).values_list("area_id", "questionnaire", "period")
        }
        # Sent, but a photo was handed back and has not come again for days: not everything is there.
        submitted -= await overdue_returns(some, {o.period for o in current}, pack, books.now)
        late = {}
        for area in some:
            lacking = [
                o
                for o in current
                if (o.areas is None or area in o.areas)
                and (area, o.survey.questionnaire, o.period) not in submitted
            ]
            if lacking:
                late[area] = Late(lacking, [])
        await _with_heads(late, min(o.day for o in current), books)
        found |= late
    return found


async def _with_heads(late: dict[int, Late], since: date, books: Books) -> None:
    heads = (
        await RoleGrant.filter(role=Role.VILLAGE_HEAD, revoked_at=None, area_id__in=numbers(late))
        .order_by("id")
        .values_list("area_id", "person_id", "person__name")
    )
    people = sorted({int(person) for _, person, _ in heads})
    unreached = await unreached_of(people, since - timedelta(days=31), books)
    for area, person, name in heads:
        late[area].heads.append(str(name))
        if why := unreached.get(int(person)):
            late[area].why += why
        else:
            late[area].reached = True
            late[area].people.append(int(person))


async def unreached_of(
    people: Sequence[int], since: date, books: Books
) -> dict[int, tuple[Barred, ...]]:
    """Return whom of these people no message reaches, and why.

    They have not consented, or have no chat that can deliver, or the last reminder since `since`
    came back, or all they have is a chat that nobody has opened since then and that does not ring.
    """
    found: dict[int, tuple[Barred, ...]] = {}
    start = datetime.combine(since, time.min, UTC)
    for some in parts_of(people):
        rows = await Consent.filter(
            person_id__in=numbers(some), version=VERSION, withdrawn_at=None
        ).values_list("person_id", flat=True)
        consented = {int(str(person)) for person in rows}
        reach = await reach_of(some, books)
        back = await _last_came_back(some, start)
        for person in some:
            if person not in consented:
                found[person] = (Barred("", "no_consent"),)
            elif not reach[person].chats:
                found[person] = reach[person].barred
            elif person in back:
                found[person] = (back[person],)
            elif not any(_looked_at(chat, start, books) for chat in reach[person].chats):
                unseen = tuple(Barred(chat.channel, "unseen") for chat in reach[person].chats)
                found[person] = (*unseen, *reach[person].barred)
    return found


def _looked_at(chat: Chat, since: datetime, books: Books) -> bool:
    rings = books.bot(chat.channel, chat.bot).rings
    return rings or (chat.last_in_at or chat.created_at) >= since


async def _last_came_back(people: Sequence[int], since: datetime) -> dict[int, Barred]:
    """Return whose last reminder came back, from where and why."""
    last: dict[int, Barred | None] = {}
    for person, status, reason, channel in (
        await Outbox.filter(
            chat__person_id__in=numbers(people), purpose="reminder", created_at__gte=since
        )
        .order_by("id")
        .values_list("chat__person_id", "status", "reason", "chat__channel")
    ):
        came_back = int(status) == UNDELIVERABLE
        last[int(person)] = Barred(str(channel), str(reason or "")) if came_back else None
    return {person: barred for person, barred in last.items() if barred is not None}


async def _villages_below(
    roots: set[int], today: date, codes: frozenset[str]
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    if not roots:
        return found
    connection = Area._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    statement = _BELOW.format(
        places=",".join(str(int(root)) for root in sorted(roots)),
        today=f"'{today.isoformat()}'",  # a date of ours, no text from outside
    )
    for row in await connection.execute_query_dict(statement):
        if row["code"] in codes:
            found[row["root"]].append(dict(row))
    return found
