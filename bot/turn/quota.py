"""What the sender knows of each bot's month: asked before sending, told afterwards.

Kept in memory and read once at the start; the database counts the same from the marks
(`bot.turn.counted`), in the marks' own transaction. After a crash the count is what marks were
written for: what was sent since is sent again, and counted then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from backend.quota.books import Key, month_of, open_books, spent_of
from backend.quota.decide import (
    ANSWER,
    QUOTA,
    RESERVE_SHARE,
    Heard,
    Verdict,
    cost_of,
    decide,
    is_free,
)
from bot.messages import Capabilities, Delivery
from bot.turn.counted import Spending
from bot.turn.outbox import Queued

TOLD_SPENT: Final = timedelta(hours=1)
"""For so long nothing but answers is tried after the channel itself said that the month is spent."""
_KNOWN_CHATS: Final = 50_000


@dataclass(slots=True)
class _Chat:
    last_in_at: datetime | None = None
    replies: int = 0


class Quota:
    """The sender's own books. A message is taken when it is let go, and settled when it is over."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        """`zone` is the office's: its month and its night count."""
        self._zone = zone
        self._shares: dict[Key, float] = {}
        self._month = ""
        self._sent: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._chats: dict[int, _Chat] = {}
        self._taken: dict[int, tuple[str, str, int]] = {}
        """Of each message on its way: month, purpose, and what it was taken for."""
        self._shut: dict[Key, datetime] = {}
        self.known = False
        """Whether the database's counts were read."""

    def forget(self) -> None:
        """Begin anew: another process may have sent in between."""
        self.known = False

    async def load(self, now: datetime) -> None:
        """Begin with what the database has counted in this month."""
        books = await open_books(now, self._zone)
        self._month = month_of(now, self._zone)
        self._sent.clear()
        self._taken.clear()
        self._shares = {key: bot.share for key, bot in books.bots.items()}
        for key, by_purpose in books.sent.items():
            self._sent[key].update(by_purpose)
        self.known = True

    def ask(self, row: Queued, able: Capabilities, now: datetime) -> Verdict:
        """Say what becomes of a message; one that is let go is taken off the month at once."""
        rules = able.allowance
        if rules.unlimited:
            return Verdict()
        if (month := month_of(now, self._zone)) != self._month:
            self._month = month
            self._sent.clear()
        key = (row.channel, row.bot)
        purpose = row.message.purpose
        if purpose != ANSWER and now < self._shut.get(key, now):
            return Verdict(refused=QUOTA)
        chat = self._chat(row)
        messages = cost_of(len(row.message.text), able.max_text)
        verdict = decide(
            purpose,
            messages,
            rules,
            spent=spent_of(self._sent[key]),
            heard=Heard(chat.last_in_at, chat.replies),
            now=now.astimezone(self._zone),
            share=self._shares.get(key, RESERVE_SHARE),
        )
        if not verdict.refused and verdict.until is None:
            cost = 0 if verdict.free or rules.per_month is None else messages
            self._sent[key][purpose] += cost
            self._taken[row.id] = (month, purpose, cost)
        return verdict

    def settle(
        self, row: Queued, able: Capabilities, delivery: Delivery, now: datetime
    ) -> Spending | None:
        """Take what one attempt really cost, and return what is to be counted with its mark."""
        taken = self._taken.pop(row.id, None)
        if taken is None:
            return None
        month, purpose, cost = taken
        key = (row.channel, row.bot)
        if delivery.failure or delivery.transient:
            if month == self._month:
                self._sent[key][purpose] -= cost
            if delivery.failure == QUOTA:
                self._shut[key] = now + TOLD_SPENT
            return None
        chat = self._chat(row)
        free = is_free(delivery.messages, able.allowance, Heard(chat.last_in_at, chat.replies))
        chat.replies += delivery.messages
        really = 0 if free or able.allowance.per_month is None else delivery.messages
        if month == self._month:
            self._sent[key][purpose] += really - cost
        return Spending(row.channel, row.bot, month, purpose, really) if really else None

    def _chat(self, row: Queued) -> _Chat:
        chat = self._chats.get(row.chat_id)
        if chat is None:
            if len(self._chats) >= _KNOWN_CHATS:
                self._chats.clear()
            chat = self._chats[row.chat_id] = _Chat()
        heard = row.last_in_at
        if heard is not None and (chat.last_in_at is None or heard > chat.last_in_at):
            chat.last_in_at, chat.replies = heard, 0
        return chat
