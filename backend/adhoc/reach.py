"""Whom opening a report would write to, and on which channels: what the officer sees before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backend.consent import VERSION
from backend.lists import numbers, parts_of
from backend.models import Consent, RoleGrant
from backend.people import Role
from backend.quota.books import Books
from backend.quota.reach import reach_of

ANSWERER = {"village": Role.VILLAGE_HEAD, "commune": Role.COMMUNE_OFFICER}


@dataclass(frozen=True, slots=True)
class Answerers:
    """Who answers for some units: the people of each, with their names."""

    names: dict[int, str]
    units: dict[int, list[int]]
    """Unit ids by person."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What opening would send: messages by channel, and the units that none reaches."""

    by_channel: Counter[str]
    unreached: tuple[int, ...]

    @property
    def messages(self) -> int:
        """How many messages in all."""
        return sum(self.by_channel.values())


async def answerers_of(unit_ids: Sequence[int], level: str) -> Answerers:
    """Return who answers for these units: village heads who consented, or commune officers."""
    names: dict[int, str] = {}
    units: dict[int, list[int]] = {}
    for some in parts_of(sorted(unit_ids)):
        rows = await (
            RoleGrant.filter(role=ANSWERER[level], revoked_at=None, area_id__in=numbers(some))
            .order_by("id")
            .values_list("person_id", "person__name", "area_id")
        )
        agreed = {int(str(person)) for person, *_ in rows}
        if level == "village":
            consents = await Consent.filter(
                person_id__in=numbers(agreed), version=VERSION, withdrawn_at=None
            ).values_list("person_id", flat=True)
            agreed = {int(str(person)) for person in consents}
        for person, name, area in rows:
            if int(person) in agreed:
                units.setdefault(int(person), []).append(int(area))
                names[int(person)] = str(name)
    return Answerers(names, units)


async def preview(unit_ids: Sequence[int], level: str, books: Books) -> Preview:
    """Return what opening a report for these units would send now."""
    answering = await answerers_of(unit_ids, level)
    reach = await reach_of(answering.units, books, "notice")
    by_channel: Counter[str] = Counter()
    reached: set[int] = set()
    for person, units in answering.units.items():
        if chats := reach[person].chats:
            by_channel[chats[0].channel] += 1
            reached.update(units)
    return Preview(by_channel, tuple(n for n in unit_ids if n not in reached))
