"""Answers that an officer keys in for a village without coverage: whose they are, and by whom.

Who may key in for which village is decided in `backend.access` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend import consent
from backend.models import Area, Chat, Interview, RoleGrant
from backend.people import Role
from backend.quota.books import Books
from backend.quota.reach import reach_of

OPEN: Final = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose answers a submission holds, and the officer who keyed them in for them, if one did."""

    person_id: int
    entered_by: int | None = None


async def heads_of(area_id: int) -> list[int]:
    """Return the people who answer for a village, those who have done so longest first."""
    rows = RoleGrant.filter(area_id=area_id, role=Role.VILLAGE_HEAD, revoked_at=None)
    return [int(str(n)) for n in await rows.order_by("id").values_list("person_id", flat=True)]


async def whose(person_id: int, area_id: int) -> Whose:
    """Return whose answers a person gives for a unit.

    Answers for a village are its head's; somebody else who gives them has keyed them in. While
    nobody is enrolled as its head they stand under the officer's name alone.
    """
    if not await Area.exists(id=area_id, level="village"):
        return Whose(person_id)
    heads = await heads_of(area_id)
    if person_id in heads:
        return Whose(person_id)
    return Whose(heads[0] if heads else person_id, person_id)


async def open_interview(
    area_id: int, questionnaire: str, period: str, *, besides: int
) -> Interview | None:
    """Return what somebody else is answering of the same, with the person; the newest first."""
    return (
        await Interview.filter(
            area_id=area_id, questionnaire=questionnaire, period=period, status__in=OPEN
        )
        .exclude(person_id=besides)
        .order_by("-changed_at", "-id")
        .prefetch_related("person")
        .first()
    )


async def told_of(area_id: int, books: Books) -> list[Chat]:
    """Return a chat of each head of a village who agreed to be written to and can be reached."""
    heads = [number for number in await heads_of(area_id) if await consent.consented(number)]
    reach = await reach_of(heads, books, "notice")
    return [reach[number].chats[0] for number in heads if reach[number].chats]
