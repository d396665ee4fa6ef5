"""What waits because there is no message left for it: kept, asked about anew, said in one.

A row that is put off stays in the outbox, to be sent, with its day and REASON. When its time has
come, all that waits for one chat becomes one message: what was told, in order, and the present
question last. A question that was answered elsewhere meanwhile is not asked any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from tortoise.transactions import in_transaction

from backend.models import Chat, Interview, Outbox
from backend.quota.month import LATER
from bot.turn import sql
from bot.turn.outbox import Queued
from conversations.interview.state import State

REASON: Final = LATER
GATHERED: Final = "gathered"
WORTH: Final = {"notice": timedelta(days=2), "summary": timedelta(days=2)}
WORTH_ELSE: Final = timedelta(days=14)
"""How long something is still worth saying when the office itself kept it from going out (our own
choice). A reminder names days: it is worth nothing on another one."""


def too_late(purpose: str, since: datetime, now: datetime, zone: tzinfo) -> bool:
    """Say whether what was to be said at a moment (aware) is not worth saying any more."""
    if purpose == "reminder":
        return since.astimezone(zone).date() != now.astimezone(zone).date()
    return now - since > WORTH.get(purpose, WORTH_ELSE)


async def put_off(row: Queued, until: datetime) -> None:
    """Keep a row until then."""
    await Outbox.filter(id=row.id, status=sql.TO_SEND).update(not_before=until, reason=REASON)


async def ask_again() -> None:
    """Let all that waits be asked about anew: the office may have got more messages meanwhile."""
    await Outbox.filter(status=sql.TO_SEND, reason=REASON).update(not_before=None)


async def gathered(rows: Sequence[Queued], now: datetime) -> Queued | None:
    """Make one message of these of one chat, oldest first; None if none is worth saying any more.

    The last row carries it from now on; the others are over, in the same transaction.
    """
    kept = [row for row in rows if not row.message.prompt]
    asked = next((row for row in reversed(rows) if row.message.prompt), None)
    if asked is not None and await _still_asked(asked):
        kept.append(asked)
    if not kept:
        await _over([row.id for row in rows], now)
        return None
    last = max(kept, key=lambda row: row.id)
    words = [row.message.in_words for row in kept[:-1]] + [kept[-1].message.text]
    message = replace(
        kept[-1].message,
        text="\n\n".join(dict.fromkeys(w for w in words if w.strip())),
        picture=next((r.message.picture for r in reversed(kept) if r.message.picture), ""),
    )
    async with in_transaction():
        await Outbox.filter(id=last.id).update(payload=message.to_json(), prompt=message.prompt)
        await _over([row.id for row in rows if row.id != last.id], now)
    return replace(last, message=message)


async def _over(ids: list[int], now: datetime) -> None:
    await Outbox.filter(id__in=ids, status=sql.TO_SEND).update(
        status=sql.STALE, reason=GATHERED, done_at=now
    )


async def _still_asked(row: Queued) -> bool:
    """Say whether the person's running interview still waits for an answer in this chat."""
    chat = await Chat.get(id=row.chat_id).only("id", "person_id")
    person: int | None = chat.person_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    running = await Interview.get_or_none(running_for=person) if person else None
    return running is not None and State.from_json(running.state).place in {"", str(chat.id)}
