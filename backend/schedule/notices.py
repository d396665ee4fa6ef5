"""Notices to those who answer for a report: what is due on a day is one notice.

Who answers is what the plan says: a role, and for departments those that it names. Where it names
nobody, or nobody of those is enrolled, the supervising office is told instead, and that it is so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from backend.adhoc.report import deadline_of
from backend.adhoc.shapes import Report, Standing
from backend.models import RoleGrant
from backend.people import Role
from backend.plans.schema import Obligation, Pack
from backend.plans.tree import exists, root_on
from backend.schedule.moments import latest_moment, local_day
from backend.schedule.obligations import deadlines
from backend.schedule.officers import Officer, officers
from backend.schedule.queued import queued
from backend.schedule.shapes import Asked, Due, DueKind, Part
from backend.status.model import Deadline
from conversations.text import Text, fold

REPORTERS = (Role.DEPARTMENT_OFFICER, Role.COMMUNE_OFFICER, Role.DISTRICT_OFFICER)
_HEIGHT = {"province": 3, "district": 2, "commune": 1, "village": 0}


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
    look = _Look(pack, _top(pack, local_day(at, zone)), once)
    people = await officers(REPORTERS, asked)
    enrolled = await _enrolled() if any(look.supervises(o) for o in people) else []
    unanswered = {deadline for _, deadline, _ in current if look.nobody(deadline, enrolled)}
    found: dict[int, _Told] = {}
    for officer in people:
        for moment, deadline, _ in current:
            if officer.since > moment:
                continue
            if look.answers_for(officer, deadline):
                found.setdefault(officer.person_id, _Told(officer)).own[deadline] = moment
            elif deadline in unanswered and look.supervises(officer):
                found.setdefault(officer.person_id, _Told(officer)).nobody[deadline] = moment
    days = sorted({d for *_, told_on in current for d in told_on})
    sent = await queued(_key(pack, day, person) for person in found for day in days)
    things = []
    for person, told in found.items():
        moment = max((told.own | told.nobody).values())
        day = local_day(moment, zone)
        if not any(_key(pack, d, person) in sent for d in days if d >= day):
            things.append(_notice(pack, told, moment, day))
    yield Part(notices_reason(at, pack, zone, asked.reports), things)


@dataclass(slots=True)
class _Told:
    """What one person hears of, and since when each was due to be told."""

    officer: Officer
    own: dict[Deadline, datetime] = field(default_factory=dict)
    nobody: dict[Deadline, datetime] = field(default_factory=dict)


def _notice(pack: Pack, told: _Told, moment: datetime, day: date) -> Due:
    officer = told.officer
    own, nobody = tuple(told.own), tuple(told.nobody)
    first = (own or nobody)[0]
    why = Text("reports are due by {day}", {"day": first.last_day or day})
    if not own:
        said = {"day": first.last_day or day}
        why = Text("nobody who answers for the report due by {day} is known", said)
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
        why=why,
        reports=own,
        nobodys=nobody,
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


@dataclass(frozen=True, slots=True)
class _Look:
    """Who answers for what, on one day."""

    pack: Pack
    top: str
    """Level of the plan's root: offices below it report, those above supervise."""
    once: Mapping[str, Report]

    def answers_for(self, officer: Officer, deadline: Deadline) -> bool:
        return self._asked_once(officer, deadline) or any(
            self._obliged(officer.role, officer.level, officer.owner, obligation)
            for obligation in self._obligations(deadline)
        )

    def nobody(self, deadline: Deadline, enrolled: Sequence[tuple[str, str, str]]) -> bool:
        """Say whether nobody who is enrolled answers for some report that is due."""
        return any(
            not any(self._obliged(*one, obligation) for one in enrolled)
            for obligation in self._obligations(deadline)
        )

    def supervises(self, officer: Officer) -> bool:
        return officer.role == Role.DISTRICT_OFFICER and not self._below(officer.level)

    def _below(self, level: str) -> bool:
        return _HEIGHT.get(level, 0) < _HEIGHT[self.top]

    def _obligations(self, deadline: Deadline) -> list[Obligation]:
        named = {name for name, _ in deadline.parts}
        return [o for o in self.pack.obligations if o.id in named]

    def _asked_once(self, officer: Officer, deadline: Deadline) -> bool:
        """Say whether this is an ad-hoc report that the officer's commune has still to answer."""
        return officer.role == Role.COMMUNE_OFFICER and any(
            name in self.once and any(u.area_id == officer.area_id for u in self.once[name].missing)
            for name, _ in deadline.parts
        )

    def _obliged(self, role: str, level: str, owner: str, obligation: Obligation) -> bool:
        """Say whether a report is of this role: of a named department only where it is named."""
        obliged: Sequence[str] = obligation.obliged_roles
        if role not in obliged:
            return False
        if role == Role.DISTRICT_OFFICER:
            return self._below(level)
        if role != Role.DEPARTMENT_OFFICER or not obligation.obliged_owners:
            return True
        mine = fold(owner)
        names = [fold(named.name) for named in obligation.obliged_owners]
        return bool(mine) and any(mine in name or name in mine for name in names)


def _top(pack: Pack, day: date) -> str:
    root = next(a for a in pack.areas if a.code == pack.root)
    if not exists(root, day):
        code = root_on(pack, day)
        root = next(a for a in pack.areas if a.code == code)
    return root.level


async def _enrolled() -> list[tuple[str, str, str]]:
    """Return role, level of the area and department of all who have one of the roles."""
    rows = (
        await RoleGrant.filter(role__in=[str(role) for role in REPORTERS], revoked_at=None)
        .distinct()
        .values_list("role", "area__level", "owner")
    )
    return [(str(role), str(level), str(owner)) for role, level, owner in rows]
