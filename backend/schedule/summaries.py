"""The weekly summary: each office for its own area, each department for its own indicators."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, tzinfo

from backend.people import Role
from backend.plans.periods import period_of
from backend.plans.schema import Pack
from backend.schedule.moments import local_day, weekly_moment
from backend.schedule.officers import Officer, officers
from backend.schedule.queued import queued
from backend.schedule.shapes import Asked, Due, DueKind, Part
from conversations.text import Text, fold

READERS = (
    Role.DISTRICT_OFFICER,
    Role.COMMUNE_OFFICER,
    Role.ADMIN,
    Role.DEPARTMENT_OFFICER,
)
"""An office's own area first: who has two roles for one area gets the whole of it."""


def summaries_reason(at: datetime, pack: Pack, zone: tzinfo) -> str:
    """Return what names this look."""
    return f"weekly {weekly_moment(at, pack, zone).isoformat()} {local_day(at, zone)}"


async def summary_parts(asked: Asked) -> AsyncIterator[Part]:
    """Yield the summaries of the latest week. `codes` are the plan's areas that are no villages."""
    at, pack, zone = asked.at, asked.pack, asked.zone
    if not pack.surveys:
        return
    moment = weekly_moment(at, pack, zone)
    day = local_day(moment, zone)
    period = period_of(pack.surveys[0].period, day)
    found: dict[str, Due] = {}
    rows = await officers(READERS, asked)
    for officer in sorted(rows, key=lambda o: READERS.index(Role(o.role))):
        if officer.since > moment:
            continue
        for shown, code, name, owner in _shown(officer, pack):
            key = f"weekly|{pack.id}|{day.isoformat()}|{officer.person_id}|{shown}"
            found.setdefault(
                key,
                Due(
                    key=key,
                    kind=DueKind.WEEKLY_SUMMARY,
                    person_id=officer.person_id,
                    person_name=officer.name,
                    role=officer.role,
                    area_code=code,
                    area_name=name,
                    moment=moment,
                    period=period,
                    deadline=None,
                    missing=(),
                    why=Text("the weekly summary of {day}", {"day": day}),
                    owner=owner,
                ),
            )
    sent = await queued(found)
    yield Part(
        summaries_reason(at, pack, zone), [item for key, item in found.items() if key not in sent]
    )


def sponsored(pack: Pack, owner: str) -> list[str]:
    """Return the codes of the areas that a department helps («phụ trách hỗ trợ»)."""
    return [s.area for s in pack.sponsors if any(fold(o.name) == fold(owner) for o in s.by)]


def _shown(officer: Officer, pack: Pack) -> list[tuple[str, str, str, str]]:
    """Return (end of the key, area code, area name, owner) of what an officer is shown."""
    own = (str(officer.area_id), officer.area_code, officer.area_name, "")
    if officer.role != Role.DEPARTMENT_OFFICER:
        return [own]
    found = []
    if not officer.owner or officer.owner_of(pack):
        found.append((*own[:3], officer.owner))
    names = {a.code: a.name for a in pack.areas if a.level != "village"} if pack.sponsors else {}
    found += [
        (code, code, names[code], "") for code in sponsored(pack, officer.owner) if code in names
    ]
    return found
