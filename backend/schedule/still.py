"""What is still missing of one person when a reminder that was queued before is about to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from backend.adhoc.kept import reports_of
from backend.adhoc.reach import ANSWERER
from backend.adhoc.shapes import Report
from backend.consent import VERSION
from backend.lists import numbers
from backend.models import Area, Consent, FormVersion, Interview, RoleGrant, Submission
from backend.people import Role
from backend.plans.schema import Pack
from backend.quota.books import open_books
from backend.schedule.by_area import places_of
from backend.schedule.late import late_villages
from backend.schedule.moments import end_of_quiet, local_day
from backend.schedule.overdue import Overdue, overdue, overdue_reports
from backend.schedule.reminder_rows import ANSWERING
from backend.schedule.reminders import all_waves, still_missing
from backend.schedule.shapes import Asked, Missing


@dataclass(frozen=True, slots=True)
class Known:
    """The moment of a look (aware), the plan in force, and the reports opened by then."""

    at: datetime
    pack: Pack
    zone: tzinfo
    reports: Sequence[Report] = ()


_SINCE = """
SELECT
 EXISTS (SELECT 1 FROM consent c WHERE c.person_id = {person} AND c.version = '{version}'
         AND c.withdrawn_at IS NULL) AS agreed,
 EXISTS (SELECT 1 FROM role_grant g WHERE {theirs}) AS heads,
 EXISTS (SELECT 1 FROM interview i WHERE i.running_for = {person} AND i.changed_at > {busy})
  AS answering,
 EXISTS (SELECT 1 FROM role_grant g JOIN submission s ON s.area_id = g.area_id WHERE {theirs}
         AND s.plan = {plan} AND s.period IN ({periods}) AND s.received_at >= {since}) AS answered,
 EXISTS (SELECT 1 FROM role_grant g JOIN evidence e ON e.area_id = g.area_id WHERE {theirs}
         AND e.received_at >= {since}) AS pictured
"""
_THEIRS = "g.person_id = {person} AND g.role = '{role}' AND g.revoked_at IS NULL"


async def unchanged(person: int, since: datetime, known: Known) -> bool:
    """Say whether nothing has come from the person's villages since a moment (aware).

    One statement. Somebody who is answering just now has changed, too, and so has whoever no
    longer has a village or has taken their consent back.
    """
    at, pack = known.at, known.pack
    packs = [place.pack for place in places_of(pack, local_day(at, known.zone))]
    periods = {w.period for p in packs for w in all_waves(at, p, known.zone, known.reports)}
    periods |= {o.period for o in _overdue(known)}
    connection = Submission._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    sqlite = connection.capabilities.dialect == "sqlite"
    given: list[object] = []

    def put(value: object) -> str:
        given.append(value)
        return f"?{len(given)}" if sqlite else f"${len(given)}"

    statement = _SINCE.format(
        person=int(person),
        version=VERSION,
        theirs=_THEIRS.format(person=int(person), role=Role.VILLAGE_HEAD),
        busy=put((at - ANSWERING).astimezone(UTC)),
        since=put(since.astimezone(UTC)),
        plan=put(pack.id),
        periods=", ".join(put(period) for period in sorted(periods)) or "NULL",
    )
    (row,) = await connection.execute_query_dict(statement, given)
    came = row["answering"] or row["answered"] or row["pictured"]
    return bool(row["agreed"] and row["heads"] and not came)


async def is_answering(person: int, at: datetime) -> bool:
    """Say whether the person answered a question just now."""
    running = await Interview.filter(running_for=person).values_list("changed_at", flat=True)
    return any(timedelta(0) <= at - changed < ANSWERING for changed in running)  # type: ignore[operator]  # Tortoise types flat lists as tuples


async def missing_now(person: int, known: Known) -> tuple[Missing, ...]:
    """Return what a reminder would name now, had none been sent; () for nothing."""
    rows = await Area.filter(id__in=numbers(await _villages(person))).values_list("code", flat=True)
    codes = frozenset(str(code) for code in rows)
    people, reports = frozenset({person}), tuple(known.reports)
    found: tuple[Missing, ...] = ()
    for place in places_of(known.pack, local_day(known.at, known.zone)):
        if mine := codes & place.villages:
            asked = Asked(known.at, place.pack, known.zone, mine, people, None, reports)
            found += (await still_missing(asked)).get(person, ())
    return found


async def still_asked(person: int, report_id: int, known: Known) -> bool:
    """Say whether a report asked once still waits for a unit that the person answers for."""
    report = next((r for r in known.reports if r.id == report_id and not r.cancelled), None)
    if report is None:
        return False
    missing = numbers(unit.area_id for unit in report.missing)
    role = ANSWERER[report.level]
    theirs = RoleGrant.filter(person_id=person, role=role, revoked_at=None, area_id__in=missing)
    return await theirs.exists()


async def quiet_until(chat_id: int, known: Known) -> datetime | None:
    """Return when the quiet hours end in which the person of a chat is (UTC), None outside of them.

    Those of the whole plan, or of the units that have their own and in which the person's roles are.
    """
    places = places_of(known.pack, local_day(known.at, known.zone))
    packs = [known.pack]
    if len(places) > 1:
        rows = await RoleGrant.filter(person__chats__id=chat_id, revoked_at=None).values_list(
            "area__code", flat=True
        )
        codes = {str(code) for code in rows}
        theirs = [p.pack for p in places if not codes.isdisjoint(p.villages | p.others)]
        packs = theirs or packs
    ends = [end_of_quiet(known.at, pack, known.zone) for pack in packs]
    return max((end for end in ends if end is not None), default=None)


async def late_now(person: int, known: Known) -> tuple[Missing, ...]:
    """Return what the person's villages are late with now; () for nothing."""
    current = _overdue(known)
    if not current or not await _consented(person):
        return ()
    today = local_day(known.at, known.zone)
    areas = {
        a.id: a
        for a in await Area.filter(id__in=numbers(await _villages(person)))
        if (a.valid_from is None or a.valid_from <= today)
        and (a.valid_to is None or today <= a.valid_to)
    }
    books = await open_books(known.at, known.zone)
    late = await late_villages(known.pack, current, sorted(areas), books)
    titles = dict(await FormVersion.all().order_by("id").values_list("form_id", "title"))
    return tuple(m for n, village in late.items() for m in village.missing(areas[n], titles))


async def known_at(at: datetime, pack: Pack, zone: tzinfo) -> Known:
    """Return what the functions here are asked with."""
    found = await reports_of(pack, local_day(at, zone))
    return Known(at, pack, zone, tuple(r for r in found if r.opened_at <= at))


def _overdue(known: Known) -> list[Overdue]:
    today = local_day(known.at, known.zone)
    late = overdue_reports(known.reports, known.pack, today, known.zone)
    return [*overdue(known.pack, today), *late]


async def _villages(person: int) -> list[int]:
    rows = await RoleGrant.filter(
        person_id=person, role=Role.VILLAGE_HEAD, revoked_at=None
    ).values_list("area_id", flat=True)
    return [int(str(area)) for area in rows]


async def _consented(person: int) -> bool:
    return await Consent.filter(person_id=person, version=VERSION, withdrawn_at=None).exists()
