"""What somebody was told in a chat, and whether it is still theirs to read.

A photo, a picture or a workbook of a message has an access function of its own, which is asked at
each reading. Words have none: by what they say nobody knows through which role they were said. So
what a person was told while they held an office's role is theirs as long as they hold that role,
there or above. What they were told as a village's head, of a village that they still answer for,
stays. Nothing is marked as an office's, for a mark can be forgotten: the person's own is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from backend.area_tree import lineage, subtree
from backend.models import RoleGrant
from backend.people import OFFICERS, Role

AS_HEAD: Final = "reminder"
"""`Outbox.purpose` of what only whoever answers for a village is told."""


@dataclass(frozen=True, slots=True)
class Words:
    """Which words of a person's chats are closed to them."""

    ended: tuple[tuple[datetime, datetime], ...] = ()
    """From when to when they held an office's role that they hold no more."""
    villages: frozenset[int] = frozenset()
    """What they answer for now; known only where a role has ended."""

    def open(self, told_at: datetime, purpose: str, village: int) -> bool:
        """Say whether words are theirs to read that were told then.

        `village` is the id of the village whose questions they are of, 0 for none.
        """
        if not any(since <= told_at <= until for since, until in self.ended):
            return True
        return bool(self.villages) and (purpose == AS_HEAD or village in self.villages)


async def words_of(person_id: int | None) -> Words:
    """Return what a person may read of what was told in their chats; all of it is of nobody."""
    if person_id is None:
        return Words()
    rows = await RoleGrant.filter(person_id=person_id)
    held = [row for row in rows if row.revoked_at is None]
    ended: list[tuple[datetime, datetime]] = []
    for row in rows:
        if row.revoked_at is None or Role(row.role) not in OFFICERS:
            continue
        above = await lineage([_area(row)])
        if not any((h.role, h.owner) == (row.role, row.owner) and _area(h) in above for h in held):
            ended.append((row.granted_at, row.revoked_at))
    if not ended:
        return Words()
    mine = {_area(row) for row in held if row.role == Role.VILLAGE_HEAD}
    return Words(tuple(ended), await subtree(mine))


def _area(row: RoleGrant) -> int:
    return row.area_id  # type: ignore[attr-defined, no-any-return]  # Tortoise adds <fk>_id
