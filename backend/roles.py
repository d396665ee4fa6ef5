"""Taking a role away: with a reason, by whom it may be done, and never the last admin's.

Who may do it on the office's pages is decided in `backend.access` alone. What ends with a role is
`backend.people.revoke`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from tortoise.transactions import in_transaction

from backend.lists import parts_of
from backend.models import RoleGrant
from backend.people import Role, revoke
from conversations.text import Text

LEAST_REASON: Final = 3
MOST_REASON: Final = 200


class RefusedEndError(Exception):
    """A role that cannot be ended; `why` is one sentence for a person."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why


async def end_role(grant: RoleGrant, reason: str, now: datetime, *, by: int | None) -> bool:
    """End one role; return False when it had ended before.

    Args:
        grant: the role.
        reason: why, 3 to 200 letters; kept beside the role and nowhere else.
        now: aware UTC.
        by: the person who does it, None for whoever has the machine.

    Raises:
        RefusedEndError: for a reason that is none, and for the last admin.

    """
    said = " ".join(reason.split())
    if not LEAST_REASON <= len(said) <= MOST_REASON:
        bounds = {"least": LEAST_REASON, "most": MOST_REASON}
        raise RefusedEndError(
            Text("Please write why the role ends ({least} to {most} letters).", bounds)
        )
    async with in_transaction():
        person: int = grant.person_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        ended = await revoke(person, now, grant_id=grant.id, reason=said, by=by)
        # Looked at after the audit row, whose lock lets two who end each other pass one by one.
        if (
            ended
            and grant.role == Role.ADMIN
            and not await RoleGrant.exists(role=Role.ADMIN, revoked_at=None)
        ):
            raise RefusedEndError(Text("This is the last admin. Please invite another one first."))
    return bool(ended)


async def roles_listed(
    *,
    areas: Collection[int] | None = None,
    person_id: int | None = None,
    role: Role | None = None,
    ended: bool = False,
    limit: int | None = None,
) -> list[RoleGrant]:
    """Return roles with person and area, by role and name of the unit; `ended` ones too if asked."""
    rows = RoleGrant.all() if ended else RoleGrant.filter(revoked_at=None)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    if role is not None:
        rows = rows.filter(role=role)
    rows = rows.order_by("role", "area__name", "area_id", "id").prefetch_related("person", "area")
    if areas is None:
        return await (rows if limit is None else rows.limit(limit))
    found: list[RoleGrant] = []
    for some in parts_of(sorted(areas)):
        few = rows.filter(area_id__in=some)
        found += await (few if limit is None else few.limit(limit))
    found.sort(key=lambda row: (row.role, row.area.name, row.area.id, row.id))
    return found[:limit]


def role_name(role: Role) -> Text:
    """Return what a role is called."""
    match role:
        case Role.VILLAGE_HEAD:
            return Text("village head")
        case Role.COMMUNE_OFFICER:
            return Text("commune officer")
        case Role.DISTRICT_OFFICER:
            return Text("officer of the supervising office")
        case Role.DEPARTMENT_OFFICER:
            return Text("officer of a department")
        case Role.ADMIN:
            return Text("administrator")
