"""Notices to those who answer for a report: what is due on a day is one notice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta, tzinfo

from backend.people import Role
from backend.plans.schema import Obligation, Pack
from backend.schedule.moments import latest_moment, local_day
from backend.schedule.obligations import deadlines
from backend.schedule.officers import Officer, officers, owners_of
from backend.schedule.queued import queued
from backend.schedule.shapes import Asked, Due, DueKind, Part
from backend.status.model import Deadline
from conversations.text import Text, fold

REPORTERS = (Role.DEPARTMENT_OFFICER, Role.COMMUNE_OFFICER)


def notices_reason(at: datetime, pack: Pack, zone: tzinfo) -> str:
    """Return what names this look."""
    moments = {moment.isoformat() for moment, _ in _current(at, pack, zone)}
    return f"reports {local_day(at, zone)} {' '.join(sorted(moments))}"


async def notice_parts(asked: Asked) -> AsyncIterator[Part]:
    """Yield one notice a person and day, of all reports that the person answers for."""
    at, pack, zone = asked.at, asked.pack, asked.zone
    current = _current(at, pack, zone)
    if not current:
        return
    owners = owners_of(pack)
    found: dict[int, tuple[Officer, dict[Deadline, datetime]]] = {}
    for officer in await officers(REPORTERS, asked):
        for moment, deadline in current:
            if officer.since <= moment and _answers_for(officer, deadline, pack, owners):
                found.setdefault(officer.person_id, (officer, {}))[1][deadline] = moment
    days = sorted({d for _, deadline in current for d in _days(deadline, pack)})
    sent = await queued(_key(pack, day, person) for person in found for day in days)
    things = []
    for person, (officer, told) in found.items():
        moment = max(told.values())
        day = local_day(moment, zone)
        if not any(_key(pack, d, person) in sent for d in days if d >= day):
            things.append(_notice(pack, officer, tuple(told), moment, day))
    yield Part(notices_reason(at, pack, zone), things)


def _notice(
    pack: Pack, officer: Officer, told: tuple[Deadline, ...], moment: datetime, day: date
) -> Due:
    first = told[0]
    return Due(
        key=_key(pack, day, officer.person_id),
        kind=DueKind.REPORT_NOTICE,
        person_id=officer.person_id,
        person_name=officer.name,
        role=officer.role,
        area_code=officer.area_code,
        area_name=officer.area_name,
        moment=moment,
        period=first.period,
        deadline=first.last_day,
        missing=(),
        why=Text("reports are due by {day}", {"day": first.last_day or day}),
        reports=told,
    )


def _key(pack: Pack, day: date, person: int) -> str:
    return f"report|{pack.id}|{day.isoformat()}|{person}"


def _days(deadline: Deadline, pack: Pack) -> list[date]:
    if deadline.last_day is None:
        return []
    return [deadline.last_day - timedelta(days=o) for o in pack.reminding.report_offsets]


def _current(at: datetime, pack: Pack, zone: tzinfo) -> list[tuple[datetime, Deadline]]:
    """Return the deadlines that are being told of, each with its latest moment, soonest first."""
    today = local_day(at, zone)
    horizon = max(pack.reminding.report_offsets, default=0)
    found = []
    for deadline in deadlines(pack, today, horizon):
        moment = latest_moment(at, _days(deadline, pack), pack, zone)
        if moment is not None:
            found.append((moment, deadline))
    return found


def _answers_for(officer: Officer, deadline: Deadline, pack: Pack, owners: set[str]) -> bool:
    obligations = {o.id: o for o in pack.obligations}
    return any(_obliged(officer, obligations[name], owners) for name, _ in deadline.parts)


def _obliged(officer: Officer, obligation: Obligation, owners: set[str]) -> bool:
    """Say whether a report is this officer's: by their role, and a department by its name too."""
    if obligation.obliged_roles and officer.role not in obligation.obliged_roles:
        return False
    if officer.role != Role.DEPARTMENT_OFFICER:
        return officer.role in obligation.obliged_roles
    owner = fold(officer.owner)
    return not owner or owner in owners or owner in fold(obligation.obliged)
