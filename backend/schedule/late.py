"""Who is late: every day to the commune officer, some days later to the supervising office too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import Any

from backend.adhoc.shapes import Report
from backend.consent import VERSION
from backend.lists import numbers, parts_of
from backend.models import Area, Chat, Consent, Outbox, RoleGrant, Submission
from backend.people import Role
from backend.plans.schema import Pack
from backend.quota.books import Books, open_books
from backend.quota.reach import UNDELIVERABLE, Barred, reach_of
from backend.review.overdue import overdue_returns
from backend.schedule.moments import local_day, todays_moment
from backend.schedule.officers import Officer, officers
from backend.schedule.overdue import Overdue, overdue, overdue_reports
from backend.schedule.queued import queued
from backend.schedule.reminder_rows import lacking_photos
from backend.schedule.shapes import Asked, Due, DueKind, LateVillage, Missing, Part
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
    escalated = [o for o in current if o.escalated(today, pack)]
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
            told = _told(grants, below, late, current, escalated)
            if told:
                named = tuple(_named(villages[n], late[n], things_) for n, things_ in told.items())
                of = [o for o in current if any(o in lacking for lacking in told.values())]
                things.append(_thing(key, grants, named, len(villages), of, moment, today))
        yield Part(reason, things)


def _told(
    grants: Sequence[Officer],
    below: Mapping[int, Sequence[Mapping[str, Any]]],
    late: Mapping[int, Late],
    current: Sequence[Overdue],
    escalated: Sequence[Overdue],
) -> dict[int, list[Overdue]]:
    """Return what a person hears of each village: all as its commune, else what is escalated."""
    found: dict[int, list[Overdue]] = {}
    for officer in grants:
        heard = current if officer.role == TOLD[0] else escalated
        for row in below.get(officer.area_id, ()):
            number = int(row["id"])
            lacking = [o for o in late[number].lacking if o in heard] if number in late else []
            if len(lacking) > len(found.get(number, ())):
                found[number] = lacking
    return found


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
    report = min((o.report for o in current if o.report is not None), default=None)
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
        report_day=report,
        report_over=report is not None and report < today,
    )


def _key(pack: Pack, day: date, person: int) -> str:
    return f"late|{pack.id}|{day.isoformat()}|{person}"


@dataclass(slots=True)
class Late:
    """A late village: how much is missing, its heads' names, whether one of them is reached."""

    lacking: list[Overdue]
    heads: list[str]
    returned: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many photos are missing of what was sent and handed back, by questionnaire and period.

    0: it is an answer that is asked again.
    """
    reached: bool = False
    people: list[int] = field(default_factory=list)
    """Of its heads, those whom messages reach."""
    why: list[Barred] = field(default_factory=list)
    """Why messages do not reach the others."""

    def missing(self, area: Area, titles: Mapping[str, str]) -> list[Missing]:
        """Return what the village still has to send, as a reminder names it."""
        return [
            Missing(
                area_code=area.code,
                area_name=area.name,
                questionnaire=o.survey.questionnaire,
                title=o.title or titles.get(o.survey.questionnaire, o.survey.questionnaire),
                period=o.period,
                due=o.day,
                begun=False,
                photos=self.returned.get(_form(o), 0),
                again=self.returned.get(_form(o)) == 0,
            )
            for o in self.lacking
        ]


def _form(thing: Overdue) -> tuple[str, str]:
    return thing.survey.questionnaire, thing.period


def _named(row: Mapping[str, Any], late: Late, lacking: Sequence[Overdue]) -> LateVillage:
    again = sum(_form(o) in late.returned for o in lacking)
    return LateVillage(
        code=row["code"],
        name=row["name"],
        commune=row["commune"] or "",
        heads=tuple(late.heads),
        missing=len(lacking) - again,
        again=again,
        call=not late.reached,
        why=() if late.reached else tuple(late.why),
    )


async def late_villages(
    pack: Pack, current: Sequence[Overdue], area_ids: Sequence[int], books: Books
) -> dict[int, Late]:
    """Return who of these villages lacks something of `current`, with their heads."""
    found: dict[int, Late] = {}
    periods = sorted({o.period for o in current})
    for some in parts_of(area_ids):
        submitted = {
            (int(row["area_id"]), str(row["questionnaire"]), str(row["period"])): row
            for row in await Submission.filter(
                plan=pack.id,
                period__in=periods,
                area_id__in=numbers(some),
                current_key__isnull=False,
            ).values(
                "id",
                "area_id",
                "questionnaire",
                "period",
                "form_version_id",
                sha256="form_version__sha256",
            )
        }
        # Sent, but a photo was handed back and has not come again for days: not everything is there.
        back = await overdue_returns(some, periods, pack, books.now) & submitted.keys()
        photos = await lacking_photos({t: submitted[t]["id"] for t in back}, books.now, submitted)
        late = {}
        for area in some:
            things = {(area, *_form(o)): o for o in current if o.areas is None or area in o.areas}
            lacking = [o for t, o in things.items() if t not in submitted or t in back]
            if lacking:
                returned = {t[1:]: photos.get(t, 0) for t in things if t in back}
                late[area] = Late(lacking, [], returned)
        if late:
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
