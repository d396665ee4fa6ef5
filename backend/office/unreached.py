"""Village heads whom messages do not reach, and why; never the messages, numbers or chats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.access import accessible_areas
from backend.area_tree import subtree
from backend.models import Outbox, RoleGrant
from backend.people import Role
from conversations.text import N_
from locales import Catalog

UNDELIVERABLE: Final = 3
LOOK_BACK: Final = timedelta(days=30)
MOST: Final = 500
REASONS: Final = {
    "blocked": N_("has blocked the messages"),
    "gone": N_("no longer uses this chat"),
    "window": N_("has not written for too long"),
    "quota": N_("the messages of this month are used up"),
}
OTHER: Final = N_("the message was not taken")


@dataclass(frozen=True, slots=True)
class Unreached:
    """A village whose head did not get the last message."""

    code: str
    name: str
    reason: str
    at: datetime


async def unreached(
    person_id: int, area_id: int, now: datetime, catalog: Catalog
) -> list[Unreached]:
    """Return the villages in an area that the person may see, by name.

    Only what failed in the last 30 days, and only when nothing was delivered since.
    """
    areas = await subtree([area_id]) & await accessible_areas(person_id, officer_only=True)
    heads = (
        await RoleGrant.filter(area_id__in=areas, role=Role.VILLAGE_HEAD, revoked_at=None)
        .order_by("area__name", "area_id")
        .limit(MOST)
        .values("person_id", code="area__code", name="area__name")
    )
    last: dict[int, tuple[int, datetime, str]] = {}
    for row in (
        await Outbox.filter(
            chat__person_id__in={head["person_id"] for head in heads},
            created_at__gt=now - LOOK_BACK,
            status__in=(1, UNDELIVERABLE),
        )
        .order_by("id")
        .values("status", "created_at", "reason", person="chat__person_id")
    ):
        last[row["person"]] = (row["status"], row["created_at"], row["reason"] or "")
    return [
        Unreached(head["code"], head["name"], catalog.get(REASONS.get(reason, OTHER)), at)
        for head in heads
        if head["person_id"] in last
        for status, at, reason in [last[head["person_id"]]]
        if status == UNDELIVERABLE
    ]
