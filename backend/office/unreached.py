"""Village heads whom messages do not reach, and why; never the messages, numbers or chats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from backend.access import accessible_areas
from backend.area_tree import subtree
from backend.models import Outbox, RoleGrant
from backend.people import Role
from backend.quota.books import open_books
from backend.quota.reach import NO_CHAT, UNDELIVERABLE, Barred, reach_of
from backend.quota.words import reason_of
from locales import Catalog

LOOK_BACK: Final = timedelta(days=30)
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Unreached:
    """A village whose head did not get the last message."""

    code: str
    name: str
    reason: str
    at: datetime


async def unreached(
    person_id: int, area_id: int, now: datetime, catalog: Catalog, zone: tzinfo
) -> list[Unreached]:
    """Return the villages in an area that the person may see, by name.

    Those whose head has no chat that could deliver a reminder now, and those to whom something
    failed in the last 30 days and nothing was delivered since. Who never had a chat is left out.
    """
    areas = await subtree([area_id]) & await accessible_areas(person_id, officer_only=True)
    heads = (
        await RoleGrant.filter(area_id__in=areas, role=Role.VILLAGE_HEAD, revoked_at=None)
        .order_by("area__name", "area_id")
        .limit(MOST)
        .values("person_id", code="area__code", name="area__name")
    )
    last: dict[int, tuple[int, datetime, Barred | None]] = {}
    for row in (
        await Outbox.filter(
            chat__person_id__in={head["person_id"] for head in heads},
            created_at__gt=now - LOOK_BACK,
            status__in=(1, UNDELIVERABLE),
        )
        .order_by("id")
        .values(
            "status",
            "created_at",
            "reason",
            person="chat__person_id",
            channel="chat__channel",
        )
    ):
        barred = Barred(row["channel"], row["reason"] or "")
        last[row["person"]] = (row["status"], row["created_at"], barred)
    found = []
    reach = await reach_of({head["person_id"] for head in heads}, await open_books(now, zone))
    for head in heads:
        way = reach[head["person_id"]]
        closed = [barred for barred in way.barred if barred.reason != NO_CHAT]
        status, at, failed = last.get(head["person_id"], (0, now, None))
        if failed is not None and status == UNDELIVERABLE:
            reason, since = failed, at
        elif closed and not way.chats:
            reason, since = closed[0], now
        else:
            continue
        shown = reason_of(reason, catalog)
        found.append(Unreached(head["code"], head["name"], shown, since))
    return found
