"""Whose sessions on the office's pages somebody may see and end.

Their own; an admin also those of people all of whose roles lie in their area.
"""

from __future__ import annotations

from backend.area_tree import subtree
from backend.models import OfficeSession, RoleGrant
from backend.people import Role, grants_of


async def people_with_sessions(person_id: int) -> frozenset[int]:
    """Return whose sessions the person may see and end: their own, and for an admin their area's.

    Somebody who has a role elsewhere, too, is not of this area alone: their own admin sees to it.
    """
    grants = await grants_of(person_id)
    inside = await subtree({g.area_id for g in grants if g.role is Role.ADMIN})
    officers = RoleGrant.filter(revoked_at=None).exclude(role=Role.VILLAGE_HEAD)
    there = {_person(g) for g in await officers.filter(area_id__in=inside)}
    theirs = RoleGrant.filter(revoked_at=None, person_id__in=sorted(there))
    elsewhere = {_person(g) for g in await theirs.exclude(area_id__in=inside)}
    return frozenset(there - elsewhere) | {person_id}


async def session_for(person_id: int, session_id: int) -> OfficeSession | None:
    """Return a session that the person may end, ended or not."""
    session = await OfficeSession.get_or_none(id=session_id)
    if session is None:
        return None
    return session if _person(session) in await people_with_sessions(person_id) else None


def _person(row: RoleGrant | OfficeSession) -> int:
    return row.person_id  # type: ignore[union-attr, no-any-return]  # Tortoise adds <fk>_id
