"""What marks add beside the outbox: what a month and a chat have cost, what must go another way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from backend.models import CameBack

_COUNT: Final = (
    "INSERT INTO sent_month (channel, bot, month, purpose, sent) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (channel, bot, month, purpose)"
    " DO UPDATE SET sent = sent_month.sent + EXCLUDED.sent"
)


_KEEP_CHAT: Final = (
    "INSERT INTO chat_spent (chat_id, heard_at, replies, day, paid, told)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (chat_id) DO UPDATE SET"
    " heard_at = EXCLUDED.heard_at, replies = EXCLUDED.replies, day = EXCLUDED.day,"
    " paid = EXCLUDED.paid, told = EXCLUDED.told"
)


@dataclass(frozen=True, slots=True)
class ChatCount:
    """How a chat stands after a message (backend.models.ChatSpent)."""

    chat_id: int
    heard_at: datetime | None
    replies: int
    day: str
    paid: int
    told: str


@dataclass(frozen=True, slots=True)
class Spending:
    """What one message cost of its bot's month (2026-11), and how its chat stands then.

    `messages` is 0 for what was free; `chat` is None where nothing is counted by chat.
    """

    channel: str
    bot: str
    month: str
    purpose: str
    messages: int
    chat: ChatCount | None = None


async def count_sent(db: BaseDBAsyncClient, spendings: Iterable[Spending]) -> None:
    """Add to the months' counts, in the caller's transaction."""
    totals: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for s in spendings:
        totals[s.channel, s.bot, s.month, s.purpose] += s.messages
    for key, count in sorted(totals.items()):
        if count:
            await db.execute_query(_in(db, _COUNT), [*key, count])


async def keep_chats(db: BaseDBAsyncClient, spendings: Iterable[Spending]) -> None:
    """Keep how each chat stands after the last of these, in the caller's transaction."""
    last = {s.chat.chat_id: s.chat for s in spendings if s.chat is not None}
    for _, c in sorted(last.items()):
        values = [c.chat_id, c.heard_at, c.replies, c.day, c.paid, c.told]
        await db.execute_query(_in(db, _KEEP_CHAT), values)


async def note_came_back(db: BaseDBAsyncClient, outbox_ids: Iterable[int]) -> None:
    """Remember what must go another way, in the caller's transaction."""
    rows = [CameBack(outbox_id=number) for number in sorted(set(outbox_ids))]
    await CameBack.bulk_create(rows, ignore_conflicts=True, using_db=db)


def _in(db: BaseDBAsyncClient, statement: str) -> str:
    return statement.replace("$", "?") if db.capabilities.dialect == "sqlite" else statement
