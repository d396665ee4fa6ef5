"""What the sender knows of each bot's month: asked before sending, told afterwards.

Kept in memory and read at the start; the database counts the same from the marks
(`bot.turn.counted`), in the marks' own transaction. After a crash the count is what marks were
written for: what was sent since is sent again, and counted then. How a chat stands (the replies
to its last message, what it cost today) is read when the chat is first met.

One person cannot spend the month: after `per_person` paid answers in a day a chat gets one more
message each GATHER, in which all that waits is said together (`bot.turn.put_off`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from backend.lists import numbers
from backend.models import ChatSpent
from backend.quota.books import Key, month_of, open_books, spent_of
from backend.quota.decide import (
    ANSWER,
    QUOTA,
    RESERVE_SHARE,
    Heard,
    Verdict,
    cost_of,
    decide,
    kept_for_links,
    month_turns,
    paid_of,
)
from backend.quota.rules import PER_PERSON
from bot.messages import Capabilities, Delivery
from bot.turn.counted import ChatCount, Spending
from bot.turn.outbox import Queued

TOLD_SPENT: Final = timedelta(hours=1)
"""For so long nothing but answers is tried after the channel itself said that the month is spent."""
GATHER: Final = timedelta(hours=2)
"""How long what is said to a chat is gathered once it has had its day's messages."""
_KNOWN_CHATS: Final = 50_000


class Why(StrEnum):
    """Why a person should be shown the way to the web chat with this message."""

    NO = ""
    MONTH = "month"
    """Few messages are left in the month."""
    DAY = "day"
    """This was the last but those that are gathered."""


@dataclass(slots=True)
class _Chat:
    last_in_at: datetime | None = None
    replies: int = 0
    day: str = ""
    paid: int = 0
    told: str = ""
    gathers_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a message on its way was let go for."""

    month: str
    purpose: str
    cost: int
    why: Why


class Quota:
    """The sender's own books. A message is taken when it is let go, and settled when it is over."""

    def __init__(self, zone: tzinfo = UTC, per_person: int | None = PER_PERSON) -> None:
        """`zone` is the office's: its month, day and night count. None: no bound for a person."""
        self.zone = zone
        self._per_person = per_person
        self._shares: dict[Key, float] = {}
        self._month = ""
        self._sent: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._chats: dict[int, _Chat] = {}
        self._taken: dict[int, _Taken] = {}
        """Of each message on its way."""
        self._shut: dict[Key, datetime] = {}
        self.known = False
        """Whether the database's counts were read."""

    def forget(self) -> None:
        """Begin anew: another process may have sent in between."""
        self.known = False

    async def load(self, now: datetime) -> None:
        """Begin with what the database has counted in this month."""
        books = await open_books(now, self.zone)
        self._month = month_of(now, self.zone)
        self._sent.clear()
        self._taken.clear()
        self._chats.clear()
        self._shares = {key: bot.share for key, bot in books.bots.items()}
        for key, by_purpose in books.sent.items():
            self._sent[key].update(by_purpose)
        self.known = True

    async def meet(self, chats: Iterable[int]) -> None:
        """Read how these chats stand that were not met yet; for chats of bots with a month."""
        new = {chat for chat in chats if chat not in self._chats}
        if not new:
            return
        if len(self._chats) + len(new) > _KNOWN_CHATS:
            self._chats.clear()  # what they cost is in the database, but for what waits to be marked
        self._chats.update({chat: _Chat() for chat in new})
        for row in await ChatSpent.filter(chat_id__in=numbers(new)):
            self._chats[row.chat_id] = _Chat(  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
                row.heard_at, row.replies, row.day, row.paid, row.told
            )

    def ask(self, row: Queued, able: Capabilities, now: datetime) -> Verdict:
        """Say what becomes of a message; one that is let go is taken off the month at once."""
        rules = able.allowance
        if rules.unlimited:
            return Verdict()
        if (month := month_of(now, self.zone)) != self._month:
            self._month = month
            self._sent.clear()
        key = (row.channel, row.bot)
        purpose = row.message.purpose
        if purpose != ANSWER and now < self._shut.get(key, now):
            return Verdict(refused=QUOTA)
        chat, local = self._chat(row), now.astimezone(self.zone)
        if purpose == ANSWER and chat.gathers_until is not None and now < chat.gathers_until:
            return Verdict(until=chat.gathers_until)
        messages = estimated(row, able)
        spent = spent_of(self._sent[key])
        verdict = decide(
            purpose,
            messages,
            rules,
            spent=spent,
            heard=Heard(chat.last_in_at, chat.replies),
            now=local,
            share=self._shares.get(key, RESERVE_SHARE),
            told=chat.told == month,
        )
        if verdict.refused or verdict.until is not None:
            return verdict
        why = Why.NO
        if purpose == ANSWER and verdict.paid and rules.per_month is not None:
            left = rules.per_month - spent.sent - verdict.paid
            why = self._why(chat, verdict.paid, left < kept_for_links(rules), str(local.date()))
        self._sent[key][purpose] += verdict.paid
        self._taken[row.id] = _Taken(month, purpose, verdict.paid, why)
        return verdict

    def why(self, row: Queued) -> Why:
        """Say why the person should be shown the way to the web chat with what is let go."""
        taken = self._taken.get(row.id)
        return taken.why if taken is not None else Why.NO

    def settle(
        self, row: Queued, able: Capabilities, delivery: Delivery, now: datetime
    ) -> Spending | None:
        """Take what one attempt really cost, and return what is to be counted with its mark."""
        if delivery.counts_as:
            self._give_back(row)
            month, out = month_of(now, self.zone), delivery.messages
            return Spending(row.channel, row.bot, month, delivery.counts_as, out)
        taken = self._taken.get(row.id)
        self._give_back(row)
        if taken is None:
            return None
        key = (row.channel, row.bot)
        failed = bool(delivery.failure or delivery.transient)
        if delivery.failure == QUOTA:
            self._shut[key] = now + TOLD_SPENT
        out = delivery.partly if failed else delivery.messages
        if not out or able.allowance.per_month is None:
            return None
        chat = self._chat(row)
        paid = paid_of(out, able.allowance, Heard(chat.last_in_at, chat.replies))
        chat.replies += out
        if taken.purpose == ANSWER:
            self._has_cost(chat, paid, now)
        if not failed and taken.why:
            chat.told = chat.day if taken.why is Why.DAY else taken.month
        if taken.month == self._month:
            self._sent[key][taken.purpose] += paid
        count = ChatCount(
            row.chat_id, chat.last_in_at, chat.replies, chat.day, chat.paid, chat.told
        )
        return Spending(row.channel, row.bot, taken.month, taken.purpose, paid, count)

    def told_spent(self, now: datetime) -> datetime:
        """Return until when an answer waits that the channel itself had no message for."""
        local = now.astimezone(self.zone)
        morning = (local + timedelta(days=1)).replace(hour=7, minute=0, second=0, microsecond=0)
        return min(morning.astimezone(UTC), month_turns(local))

    def _why(self, chat: _Chat, paid: int, scarce: bool, today: str) -> Why:  # noqa: FBT001  (one of four facts)
        if scarce:
            return Why.MONTH if chat.told != self._month else Why.NO
        of_today = (chat.paid if chat.day == today else 0) + paid
        last = bool(self._per_person) and of_today >= (self._per_person or 0)
        return Why.DAY if last and chat.told not in {today, self._month} else Why.NO

    def _give_back(self, row: Queued) -> None:
        """Put back what a message was let go for: it is over, and counted as it was."""
        taken = self._taken.pop(row.id, None)
        if taken is not None and taken.month == self._month:
            self._sent[row.channel, row.bot][taken.purpose] -= taken.cost

    def _has_cost(self, chat: _Chat, paid: int, now: datetime) -> None:
        """Count an answer against the person's day; one too many begins to gather."""
        today = str(now.astimezone(self.zone).date())
        if chat.day != today:
            chat.day, chat.paid, chat.gathers_until = today, 0, None
        chat.paid += paid
        if paid and self._per_person and chat.paid >= self._per_person:
            chat.gathers_until = now + GATHER

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


def estimated(row: Queued, able: Capabilities) -> int:
    """Return as how many messages something will go out, before its channel has split it."""
    message = row.message
    chars = len(message.in_words)
    apart = able.pictures_apart * (bool(message.picture) + bool(message.document))
    words = cost_of(chars, able.max_text) if chars else 0
    return max(1, apart + words)
