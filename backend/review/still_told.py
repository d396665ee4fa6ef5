"""Notices of decisions, looked at once more: when they go out, and when somebody comes back.

A notice may wait a night, or for a person who has left every chat. By then a photo may have come
again, or somebody else may answer for the village: only what is still open is said, and once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from backend.lists import numbers
from backend.models import Chat, Outbox
from backend.quota.books import open_books
from backend.quota.reach import LOOK_BACK, UNDELIVERABLE, Reach, reach_of
from backend.review.answers_told import Span
from backend.review.told import (
    APPROVED,
    DECIDED,
    KINDS,
    OPEN,
    SENT,
    STALE,
    TO_SEND,
    Case,
    case_of,
    due_of,
    next_key,
    queue,
    told_of,
)
from backend.review.told_words import (
    Message,
    all_approved,
    approval_said,
    decisions_said,
    photos_of,
)
from locales import Catalog, catalog

AT_ONCE: Final = 200
"""Notices that could not be sent which are looked at together."""
EVER: Final = Span(datetime(2000, 1, 1, tzinfo=UTC))
SAID_LATER: Final = "said later"
MOVED: Final = ">"
"""Stands in a key between a notice and the chat that it was moved to (`bot.quota_watch`)."""
_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class Notice:
    """What the key of a notice says."""

    kind: str
    first: int
    person: int
    once: str
    """The key itself, without the chat that it was moved to."""

    @property
    def start(self) -> str:
        """How the keys of this person's notices of this kind and submission begin."""
        return f"{self.kind}|{self.first}|{self.person}|"


def notice_of(once: str | None) -> Notice | None:
    """Return what a key of an outbox row names, None when it is no notice of a decision."""
    thing = (once or "").partition(MOVED)[0]
    parts = thing.split("|")
    if len(parts) != _PARTS or parts[0] not in KINDS or not all(p.isdecimal() for p in parts[1:]):
        return None
    return Notice(parts[0], int(parts[1]), int(parts[2]), thing)


async def still_told(notice: Notice, lang: str, now: datetime, zone: tzinfo) -> Message:
    """Return what a notice says now, empty when it has become superfluous. Reads only."""
    case = await case_of(notice.first, now, zone)
    if case is None or notice.person not in await told_of(case.submission):
        return Message()
    words = catalog(lang)
    if notice.kind == APPROVED:
        photos = await photos_of(case.submission, EVER, words)
        approved = all_approved(photos)
        return approval_said(case.submission, words, case.pack) if approved else Message()
    return await _said(case, await _span(notice), words)


async def tell_later(now: datetime, zone: tzinfo) -> int:
    """Queue what is still open for people whom no chat reached and who have written since.

    Returns how many messages; to be called every minute or so.
    """
    failed = (
        await Outbox.filter(
            Q(once__startswith=f"{DECIDED}|") | Q(once__startswith=f"{OPEN}|"),
            status=UNDELIVERABLE,
            purpose="notice",
            created_at__gt=now - LOOK_BACK,
        )
        .order_by("id")
        .limit(AT_ONCE)
    )
    owed: dict[tuple[int, int], list[Outbox]] = {}
    for row in failed:
        if notice := notice_of(row.once):
            owed.setdefault((notice.person, notice.first), []).append(row)
    if not owed:
        return 0
    reach = await reach_of({person for person, _ in owed}, await open_books(now, zone), "notice")
    return sum(
        [
            await _later(person, first, rows, reach[person], now, zone)
            for (person, first), rows in owed.items()
        ]
    )


async def _later(  # noqa: PLR0913, PLR0917  (whom, about what, by which chats, when)
    person: int, first: int, rows: list[Outbox], reach: Reach, now: datetime, zone: tzinfo
) -> bool:
    since = max(row.done_at or row.created_at for row in rows)
    back = [c for c in reach.chats if c.last_in_at is not None and c.last_in_at > since]
    if not back:
        return False
    async with in_transaction():
        await Outbox.filter(id__in=numbers(r.id for r in rows)).update(
            status=STALE, reason=SAID_LATER
        )
        case = await case_of(first, now, zone)
        if case is None or person not in await told_of(case.submission):
            return False
        if await _delivered(person, rows):
            return False
        message = await _said(case, EVER, catalog(back[0].lang))
        if not message.text:
            return False
        mine = Outbox.filter(chat__person_id=person)
        once = await next_key(mine, case.key(OPEN, person))
        first_said = min(row.created_at for row in rows)
        due = await due_of(case, back[0], first_said)  # it has waited long enough
        await queue(case, back[0], message, once, due)
    return True


async def _delivered(person: int, rows: list[Outbox]) -> bool:
    """Say whether another chat of the person has taken what came back."""
    starts = [f"{(row.once or '').partition(MOVED)[0]}{MOVED}" for row in rows]
    moved = Q(*[Q(once__startswith=start) for start in starts], join_type="OR")
    return await Outbox.filter(moved, chat__person_id=person, status__in=(TO_SEND, SENT)).exists()


async def _span(notice: Notice) -> Span:
    """Return whose decisions a notice tells: those up to the next notice."""
    if notice.kind == OPEN:
        return EVER
    chats = [c.id for c in await Chat.filter(person_id=notice.person).only("id")]
    mine = Outbox.filter(chat_id__in=numbers(chats))
    own = await mine.get_or_none(once=notice.once)
    if own is None:
        return EVER
    after = mine.filter(id__gt=own.id, once__startswith=notice.start)
    following = await after.exclude(once__contains=MOVED).order_by("id").first()
    return Span(own.created_at, following.created_at if following else None)


async def _said(case: Case, span: Span, words: Catalog) -> Message:
    photos = await photos_of(case.submission, span, words)
    return await decisions_said(case.submission, photos, span, words, case.pack, case.zone)
