"""What is told of ad-hoc reports besides reminders and lists of the late.

When one is opened, everybody who is to answer hears of it at once (after the quiet hours). Whoever
opened it hears once that all have answered, or on the day after the last one who has not. Who
opened it and may ask these units no longer hears nothing: their supervising office hears instead.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta, tzinfo

from backend.access import areas_to_ask
from backend.adhoc.kept import reports_of
from backend.adhoc.reach import ANSWERER, answerers_of
from backend.adhoc.shapes import Asked as Unit
from backend.adhoc.shapes import Report, Standing
from backend.area_tree import lineage, subtree
from backend.lists import numbers
from backend.models import Person, RoleGrant
from backend.people import Role
from backend.plans.schema import Pack
from backend.schedule.moments import latest_moment, local_day
from backend.schedule.queued import queued
from backend.schedule.shapes import Asked, Due, DueKind, Missing, Part
from conversations.text import Text

OPENED, LATE, COMPLETE = "open", "late", "complete"


def ad_hoc_reason(at: datetime, pack: Pack, zone: tzinfo, reports: Sequence[Report] = ()) -> str:
    """Return what names this look."""
    today = local_day(at, zone)
    states = [f"{r.id} {r.standing(pack, today, zone)}" for r in reports]
    hour = at.astimezone(zone).time() >= pack.reminding.at
    return "\n".join([f"ad hoc {today} {hour}", *states])


async def ad_hoc_parts(asked: Asked) -> AsyncIterator[Part]:
    """Yield what is told of each report that was opened before the moment."""
    reason = ad_hoc_reason(asked.at, asked.pack, asked.zone, asked.reports)
    today = local_day(asked.at, asked.zone)
    for report in asked.reports:
        standing = report.standing(asked.pack, today, asked.zone)
        if standing is Standing.OPEN:
            found = await _opened(report, asked)
        elif standing in {Standing.LATE, Standing.COMPLETE}:
            found = await _to_opener(report, asked)
        else:
            continue
        sent = await queued([thing.key for thing in found])
        yield Part(reason, [thing for thing in found if thing.key not in sent])


async def _opened(report: Report, asked: Asked) -> list[Due]:
    missing = {unit.area_id: unit for unit in report.missing}
    answering = await answerers_of(list(missing), report.level)
    day = report.last_day(asked.pack, asked.zone)
    return [
        _thing(
            report,
            asked.pack,
            OPENED,
            person,
            answering.names[person],
            [missing[number] for number in units],
            day,
            report.opened_at,
        )
        for person, units in answering.units.items()
        if asked.people is None or person in asked.people
    ]


async def _to_opener(report: Report, asked: Asked) -> list[Due]:
    today = local_day(asked.at, asked.zone)
    if asked.area is not None:
        # Only the units below the area were read: how far it has come, all of them say.
        (report,) = await reports_of(asked.pack, today, ids=[report.id])
    standing = report.standing(asked.pack, today, asked.zone)
    if standing not in {Standing.LATE, Standing.COMPLETE}:
        return []
    day = report.last_day(asked.pack, asked.zone)
    moment: datetime | None = asked.at
    if standing is Standing.LATE:
        moment = latest_moment(asked.at, [day + timedelta(days=1)], asked.pack, asked.zone)
    if moment is None:
        return []
    what = LATE if standing is Standing.LATE else COMPLETE
    named = report.missing if standing is Standing.LATE else list(report.units.values())
    people = await _who_asks(report)
    if await queued([_key(report, asked.pack, what, report.opened_by)]):
        return []
    if asked.people is not None:
        people &= asked.people
    if asked.area is not None:
        here = numbers(asked.within)
        of_here = RoleGrant.filter(person_id__in=numbers(people), revoked_at=None)
        people = {
            int(str(person))
            for person in await of_here.filter(area_id__in=here).values_list("person_id", flat=True)
        }
    names = dict(await Person.filter(id__in=numbers(people)).values_list("id", "name"))
    return [
        _thing(report, asked.pack, what, person, names[person], named, day, moment)
        for person in sorted(people)
        if person in names
    ]


async def _who_asks(report: Report) -> set[int]:
    """Return who hears how a report went: its opener while in office, else the office above."""
    units = frozenset(report.units)
    if units <= await areas_to_ask(report.opened_by):
        return {report.opened_by}
    some = next(iter(units))
    found: set[int] = set()
    covers: dict[int, bool] = {}
    for person, area in await RoleGrant.filter(
        role=Role.DISTRICT_OFFICER, revoked_at=None, area_id__in=numbers(await lineage([some]))
    ).values_list("person_id", "area_id"):
        if area not in covers:
            covers[area] = units <= await subtree([area])
        if covers[area]:
            found.add(int(person))
    return found


def _key(report: Report, pack: Pack, what: str, person: int) -> str:
    return f"adhoc|{pack.id}|{report.id}|{what}|{person}"


def _thing(  # noqa: PLR0913, PLR0917  (every one is a part of what is said)
    report: Report,
    pack: Pack,
    what: str,
    person: int,
    name: str,
    units: Sequence[Unit],
    day: date,
    moment: datetime,
) -> Due:
    why = {
        OPENED: Text("«{name}» was opened", {"name": report.name}),
        LATE: Text("who has not answered «{name}»", {"name": report.name}),
        COMPLETE: Text("everybody has answered «{name}»", {"name": report.name}),
    }
    role = ANSWERER[report.level] if what == OPENED else Role.DISTRICT_OFFICER
    return Due(
        key=_key(report, pack, what, person),
        kind=DueKind.AD_HOC,
        person_id=person,
        person_name=name,
        role=role,
        area_code=units[0].code,
        area_name=", ".join(dict.fromkeys(unit.name for unit in units[:3])),
        moment=moment,
        period=report.period,
        deadline=day,
        missing=tuple(
            Missing(
                area_code=unit.code,
                area_name=unit.name,
                questionnaire=report.questionnaire,
                title=report.name,
                period=report.period,
                due=day,
                begun=False,
            )
            for unit in (units if what != COMPLETE else ())
        ),
        why=why[what],
        owner=report.sentence,
        villages=len(report.units),
    )
