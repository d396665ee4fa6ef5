"""Notices to those who answer for a report: what is due on a day is one notice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from backend.adhoc.report import Report, Standing, deadline_of
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


def notices_reason(at: datetime, pack: Pack, zone: tzinfo, reports: Sequence[Report] = ()) -> str:
    """Return what names this look."""
    moments = {
        f"{moment.isoformat()}{'+'.join(n for n, _ in deadline.parts)}"
        for moment, deadline, _ in _current(at, pack, zone, reports)
    }
    return f"reports {local_day(at, zone)} {' '.join(sorted(moments))}"


async def notice_parts(asked: Asked) -> AsyncIterator[Part]:
    """Yield one notice a person and day, of all reports that the person answers for."""
    at, pack, zone = asked.at, asked.pack, asked.zone
    current = _current(at, pack, zone, asked.reports)
    if not current:
        return
    once = {report.part: report for report in asked.reports}
    owners = owners_of(pack)
    found: dict[int, tuple[Officer, dict[Deadline, datetime]]] = {}
    for officer in await officers(REPORTERS, asked):
        for moment, deadline, _ in current:
            if officer.since <= moment and (
                _asked_once(officer, deadline, once)
                or _answers_for(officer, deadline, pack, owners)
            ):
                found.setdefault(officer.person_id, (officer, {}))[1][deadline] = moment
    days = sorted({d for *_, told_on in current for d in told_on})
    sent = await queued(_key(pack, day, person) for person in found for day in days)
    things = []
    for person, (officer, told) in found.items():
        moment = max(told.values())
        day = local_day(moment, zone)
        if not any(_key(pack, d, person) in sent for d in days if d >= day):
            things.append(_notice(pack, officer, tuple(told), moment, day))
    yield Part(notices_reason(at, pack, zone, asked.reports), things)


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


def _current(
    at: datetime, pack: Pack, zone: tzinfo, reports: Sequence[Report] = ()
) -> list[tuple[datetime, Deadline, Sequence[date]]]:
    """Return the deadlines that are being told of, with the latest moment of each and its days.

    Soonest first; reports asked once of communes come last.
    """
    today = local_day(at, zone)
    horizon = max(pack.reminding.report_offsets, default=0)
    found: list[tuple[datetime, Deadline, Sequence[date]]] = []
    for deadline in deadlines(pack, today, horizon):
        days = _days(deadline, pack)
        moment = latest_moment(at, days, pack, zone)
        if moment is not None:
            found.append((moment, deadline, days))
    for report in reports:
        if report.level == "village" or report.standing(pack, today, zone) is not Standing.OPEN:
            continue
        told_on = list(report.days(pack, zone, pack.reminding.report_offsets))
        moment = latest_moment(at, told_on, pack, zone)
        if moment is not None:
            found.append((moment, deadline_of(report, pack, zone), told_on))
    return found


def _asked_once(officer: Officer, deadline: Deadline, once: Mapping[str, Report]) -> bool:
    """Say whether this is an ad-hoc report that the officer's commune has still to answer."""
    return officer.role == Role.COMMUNE_OFFICER and any(
        name in once and any(u.area_id == officer.area_id for u in once[name].missing)
        for name, _ in deadline.parts
    )


def _answers_for(officer: Officer, deadline: Deadline, pack: Pack, owners: set[str]) -> bool:
    obligations = {o.id: o for o in pack.obligations}
    return any(
        _obliged(officer, obligations[name], owners)
        for name, _ in deadline.parts
        if name in obligations
    )


def _obliged(officer: Officer, obligation: Obligation, owners: set[str]) -> bool:
    """Say whether a report is this officer's: by their role, and a department by its name too."""
    if obligation.obliged_roles and officer.role not in obligation.obliged_roles:
        return False
    if officer.role != Role.DEPARTMENT_OFFICER:
        return officer.role in obligation.obliged_roles
    owner = fold(officer.owner)
    return not owner or owner in owners or owner in fold(obligation.obliged)
