"""What was sent to whom, when, by which channel, and how it ended: never the words, never a number.

Only what nobody waited for, unless answers are asked for, too: reminders, notices, summaries and
warnings, as they stand in the outbox (`Outbox`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from backend.area_tree import subtree
from backend.lists import numbers, parts_of
from backend.models import Area, Outbox, RoleGrant
from backend.quota.decide import AT_ONCE
from backend.quota.reach import Barred
from backend.quota.words import reason_of
from conversations.text import N_
from locales import Catalog

WAITS, SENT, NOT_SENT, UNDELIVERABLE = "waits", "sent", "not_sent", "undeliverable"
ENDS: Final = (WAITS, SENT, NOT_SENT, UNDELIVERABLE)
"""By `Outbox.status`."""
WHY_NOT: Final = {
    "the role ended": N_("the role ended"),
    "nothing is missing any more": N_("nothing is missing any more"),
    "a newer one says it": N_("a newer message says it"),
    "of another plan": N_("it belongs to another plan"),
    "stale": N_("a newer question took its place"),
    "nothing to edit": N_("its question was no longer shown"),
    "gathered": N_("said together with others in one message"),
    "late": N_("it was too late for it"),
}
"""Reasons of what was not sent on purpose; other reasons are the channels'."""
KINDS: Final = {
    "reminder": N_("reminder of what is missing"),
    "follow": N_("reminder that an officer sent"),
    "late": N_("list of the late"),
    "report": N_("report is due"),
    "weekly": N_("weekly summary"),
    "adhoc": N_("report asked for once"),
    "keyed": N_("answers that an officer keyed in"),
    "review": N_("photos and answers looked at"),
    "approved": N_("photos and answers looked at"),
    "quota": N_("messages of the month run low"),
}
"""What it is about, by the first word of its key."""
PURPOSES: Final = {
    "answer": N_("answer"),
    "stranger": N_("answer to somebody not on the list"),
    "reminder": N_("reminder"),
    "notice": N_("notice"),
    "summary": N_("summary"),
    "warning": N_("warning"),
}
MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are aware UTC; `person` is a name, "" for a group or a stranger."""

    purpose: str
    about: str
    person: str
    areas: tuple[str, ...]
    """Names of the areas, of those asked for, in which the person has or had a role."""
    queued_at: datetime
    not_before: datetime | None
    ended_at: datetime | None
    channel: str
    end: str
    """One of ENDS."""
    reason: str


async def sent_messages(
    since: datetime, *, area: Area | None = None, answers: bool = False, limit: int = MOST
) -> list[Message]:
    """Return what was queued since a moment (aware), newest first, at most `limit`.

    With `area`, only what went to people who have or had a role there or below.
    """
    rows = Outbox.filter(created_at__gte=since)
    if not answers:
        rows = rows.exclude(purpose__in=sorted(AT_ONCE))
    inside: frozenset[int] | None = None
    if area is not None:
        inside = await subtree([area.id])
        grants = await RoleGrant.filter(area_id__in=numbers(inside)).values_list(
            "person_id", flat=True
        )
        rows = rows.filter(chat__person_id__in=numbers({int(str(p)) for p in grants}))
    found = await (
        rows.order_by("-id")
        .limit(limit)
        .values(
            "purpose", "once", "created_at", "not_before", "done_at", "status", "reason",
            number="chat__person_id", name="chat__person__name", channel="chat__channel",
        )
    )  # fmt: skip
    areas = await _areas({row["number"] for row in found if row["number"]}, inside)
    return [
        Message(
            purpose=row["purpose"],
            about=str(row["once"] or "").partition("|")[0],
            person=row["name"] or "",
            areas=areas.get(row["number"], ()),
            queued_at=row["created_at"],
            not_before=row["not_before"],
            ended_at=row["done_at"],
            channel=row["channel"],
            end=ENDS[row["status"]],
            reason=row["reason"] or "",
        )
        for row in found
    ]


def about(message: Message, catalog: Catalog) -> str:
    """Return what a message is, in the reader's words."""
    if message.about in KINDS:
        return catalog.get(KINDS[message.about])
    return catalog.get(PURPOSES.get(message.purpose, message.purpose))


def how_it_ended(message: Message, catalog: Catalog) -> str:
    """Return how it ended, in the reader's words."""
    match message.end:
        case "sent":
            return catalog.get(N_("sent"))
        case "not_sent":
            why = catalog.get(WHY_NOT.get(message.reason, N_("no longer wanted")))
            return catalog.get(N_("not sent: {why}"), why=why)
        case "undeliverable":
            why = reason_of(Barred("", message.reason), catalog)
            return catalog.get(N_("did not arrive: {why}"), why=why)
        case _:
            return catalog.get(N_("waits to be sent"))


async def _areas(people: set[int], inside: frozenset[int] | None) -> Mapping[int, tuple[str, ...]]:
    names: dict[int, dict[str, None]] = defaultdict(dict)
    for some in parts_of(sorted(people)):
        for person, area, name in (
            await RoleGrant.filter(person_id__in=numbers(some))
            .order_by("id")
            .values_list("person_id", "area_id", "area__name")
        ):
            if inside is None or int(area) in inside:
                names[int(person)][str(name)] = None
    return {person: tuple(found) for person, found in names.items()}
