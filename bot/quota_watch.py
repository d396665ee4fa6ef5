"""Each tick: admins hear when a bot's month runs low; what came back goes another way.

A warning is sent once a month and level (20 %, 5 %, nothing left), and once when a bot is full,
through a channel that can still deliver. What came back (`CameBack`) is a reminder, notice or
summary that its channel did not take: it goes to the person's next chat that can deliver, to each
chat once ever. Where none is left, the village stands on its officer's call list
(`backend.schedule.late`, `backend.office.unreached`). A reminder of another day is not moved: it
names days, and the next one is worked out anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Final

from tortoise.transactions import in_transaction

from backend.clock import Clock
from backend.models import CameBack, Chat, Outbox, RoleGrant
from backend.people import Role
from backend.plans.schema import Pack
from backend.quota.books import Books, open_books
from backend.quota.decide import STRANGER, WARNING
from backend.quota.month import MonthLeft, full_text, months, warning_text
from backend.quota.reach import Reach, reach_of
from backend.schedule.moments import is_quiet
from backend.schedule.queued import queued
from bot.messages import Outgoing
from bot.still_wanted import waiting_of
from bot.turn.put_off import too_late
from bot.turn.wanted import StillWanted
from locales import catalog

AT_ONCE: Final = 500
ANOTHER: Final = ">"
"""Stands in a key between what is sent and the chat that it was moved to."""


async def watch(
    clock: Clock, zone: tzinfo, pack: Pack, still_wanted: StillWanted | None = None
) -> int:
    """Queue warnings and what must go another way; return how many messages that was.

    In the office's quiet hours everything waits for the morning. `still_wanted` is what the
    sender asks, too (`bot.still_wanted`): nobody is reminded who has sent everything meanwhile.
    """
    now = clock.now()
    if is_quiet(pack, now.astimezone(zone).time()):
        return 0
    return await warn(now, zone) + await go_another_way(now, zone, still_wanted)


async def warn(now: datetime, zone: tzinfo) -> int:
    """Queue what the admins must hear of the bots' months."""
    told: dict[str, tuple[MonthLeft, bool]] = {}
    for month in await months(now, zone):
        name = f"quota|{month.channel}|{month.bot}"
        if month.level is not None:
            told[f"{name}|{month.month}|{month.per_month}|{month.level}"] = (month, False)
        if month.full:
            told[f"{name}|people|{month.most_people}"] = (month, True)
    if not told:
        return 0
    admins = await RoleGrant.filter(role=Role.ADMIN, revoked_at=None).values_list(
        "person_id", flat=True
    )
    people = sorted({int(str(person)) for person in admins})
    sent = await queued(f"{key}|{person}" for key in told for person in people)
    reach = await reach_of(people, await open_books(now, zone), WARNING)
    rows = []
    for key, (month, full) in told.items():
        for person in people:
            if not reach[person].chats or f"{key}|{person}" in sent:
                continue
            chat = reach[person].chats[0]
            say = full_text if full else warning_text
            text = say(month, catalog(chat.lang))
            message = Outgoing(text, purpose=WARNING, once=f"{key}|{person}")
            rows.append(_row(chat.id, message.to_json(), message.once, WARNING, now))
    await Outbox.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


async def go_another_way(
    now: datetime, zone: tzinfo, still_wanted: StillWanted | None = None
) -> int:
    """Queue what came back for the next chat of each person; return how many messages."""
    back = await CameBack.all().order_by("id").limit(AT_ONCE).prefetch_related("outbox__chat")
    if not back:
        return 0
    fresh = [row.outbox for row in back if _in_time(row.outbox, now, zone)]
    if still_wanted is not None:
        fresh = [old for old in fresh if not (await still_wanted(waiting_of(old))).over]
    books = await open_books(now, zone)
    ways = await _ways(fresh, books)
    rows = []
    for old in fresh:
        person: int | None = old.chat.person_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        thing = _thing(old)
        chats = ways[old.purpose][person].chats if person else ()
        tried = await _tried(thing, chats)
        chat = next((c for c in chats if c.id not in tried), None)
        if chat is not None:
            rows.append(_row(chat.id, old.payload, f"{thing}{ANOTHER}{chat.id}", old.purpose, now))
    async with in_transaction() as db:
        await Outbox.bulk_create(rows, ignore_conflicts=True, using_db=db)
        await CameBack.filter(id__in=[row.id for row in back]).using_db(db).delete()
    return len(rows)


def _in_time(old: Outbox, now: datetime, zone: tzinfo) -> bool:
    if old.purpose == STRANGER:  # an answer to somebody unknown, who may be a person by now
        return False
    return not too_late(old.purpose, old.created_at, now, zone)


def _thing(old: Outbox) -> str:
    return (old.once or "").partition(ANOTHER)[0]


async def _ways(things: Iterable[Outbox], books: Books) -> Mapping[str, Mapping[int, Reach]]:
    people: dict[str, set[int]] = {}
    for old in things:
        people.setdefault(old.purpose, set()).add(old.chat.person_id or 0)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return {purpose: await reach_of(some, books, purpose) for purpose, some in people.items()}


async def _tried(thing: str, chats: Iterable[Chat]) -> set[int]:
    """Return to which chats a thing went already."""
    keys = [thing, *(f"{thing}{ANOTHER}{chat.id}" for chat in chats)]
    rows = await Outbox.filter(once__in=keys).values_list("chat_id", flat=True)
    return {int(str(chat)) for chat in rows}


def _row(chat_id: int, payload: str, once: str, purpose: str, now: datetime) -> Outbox:
    return Outbox(
        chat_id=chat_id, payload=payload, prompt=0, once=once, purpose=purpose, created_at=now
    )
