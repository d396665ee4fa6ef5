"""What marks add beside the outbox: each month's count, and what must go another way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from backend.models import CameBack

_COUNT: Final = (
    "INSERT INTO sent_month (channel, bot, month, purpose, sent) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (channel, bot, month, purpose)"
    " DO UPDATE SET sent = sent_month.sent + EXCLUDED.sent"
)


@dataclass(frozen=True, slots=True)
class Spending:
    """What one message cost of its bot's month (2026-11)."""

    channel: str
    bot: str
    month: str
    purpose: str
    messages: int


async def count_sent(db: BaseDBAsyncClient, spendings: Iterable[Spending]) -> None:
    """Add to the months' counts, in the caller's transaction."""
    totals: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for s in spendings:
        totals[s.channel, s.bot, s.month, s.purpose] += s.messages
    mark = "?" if db.capabilities.dialect == "sqlite" else "$"
    statement = _COUNT.replace("$", mark)
    for key, count in sorted(totals.items()):
        await db.execute_query(statement, [*key, count])


async def note_came_back(db: BaseDBAsyncClient, outbox_ids: Iterable[int]) -> None:
    """Remember what must go another way, in the caller's transaction."""
    rows = [CameBack(outbox_id=number) for number in sorted(set(outbox_ids))]
    await CameBack.bulk_create(rows, ignore_conflicts=True, using_db=db)
