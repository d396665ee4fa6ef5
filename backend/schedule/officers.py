"""The officers that something is sent to: their grants, as far as a look wants them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from backend.lists import numbers
from backend.models import RoleGrant
from backend.people import Role
from backend.plans.schema import Pack
from backend.schedule.shapes import Asked
from conversations.text import fold


@dataclass(frozen=True, slots=True)
class Officer:
    """One grant of one officer."""

    person_id: int
    name: str
    role: str
    area_id: int
    area_code: str
    area_name: str
    owner: str
    since: datetime
    level: str = ""
    """Of the area."""

    def owner_of(self, pack: Pack) -> bool:
        """Say whether the officer's department has a part of the plan's criteria."""
        return fold(self.owner) in owners_of(pack)


def owners_of(pack: Pack) -> set[str]:
    """Return the folded names of who answers for an indicator or criterion, or puts one together."""
    owners = {
        fold(owner.name)
        for criteria in pack.criteria_sets
        for owners in (
            *(criterion.owners for criterion in criteria.criteria),
            *(indicator.owners for indicator in criteria.indicators),
        )
        for owner in owners
    }
    return owners | {
        fold(criterion.consolidation.lead)
        for criteria in pack.criteria_sets
        for criterion in criteria.criteria
        if criterion.consolidation is not None
    }


async def officers(roles: Collection[Role], asked: Asked) -> list[Officer]:
    """Return the grants in force, by person and oldest first, for the areas of `asked.codes`."""
    rows = RoleGrant.filter(role__in=[str(role) for role in roles], revoked_at=None)
    if asked.area is not None:
        rows = rows.filter(area_id__in=numbers(asked.within))
    if asked.people is not None:
        rows = rows.filter(person_id__in=numbers(asked.people))
    found = await rows.order_by("person_id", "id").values_list(
        "person_id",
        "person__name",
        "role",
        "area_id",
        "area__code",
        "area__name",
        "owner",
        "granted_at",
        "area__level",
    )
    return [o for o in (Officer(*row) for row in found) if o.area_code in asked.codes]
