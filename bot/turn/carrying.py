"""Carries one message to its chat: when, whether still, in which words, and what became of it.

Attempts are made until it is delivered, refused, put off or too late. What became of each is left
to the `MarkWriter`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from backend.clock import Clock
from backend.quota.decide import ANSWER, QUOTA
from bot import limits
from bot.faults import where
from bot.messages import Capabilities, Delivery
from bot.turn import put_off, sql
from bot.turn.counted import Spending
from bot.turn.outbox import Mark, Queued
from bot.turn.pacing import Paces, Speech, backoff
from bot.turn.permit import Permit
from bot.turn.quota import Quota
from bot.turn.shapes import Channel
from bot.turn.shown import Shown
from bot.turn.writing import MarkWriter

log = logging.getLogger(__name__)

RECHECK_SECONDS: Final = 0.5
_RANK: Final = {"answer": 0, "warning": 1, "notice": 1, "reminder": 2, "summary": 3}


@dataclass(slots=True)
class SpeakingBot:
    """A bot of a channel, with what it can do and when it may speak."""

    channel: Channel
    capabilities: Capabilities
    speech: Speech


class Carrier:
    """Carries the messages of a sender; one of a chat at a time, as its line has them."""

    def __init__(  # noqa: PLR0913  (everything from outside is handed in)
        self,
        clock: Clock,
        *,
        writer: MarkWriter,
        quota: Quota,
        permit: Permit,
        random: Random,
        sleep: Callable[[float], Awaitable[None]],
        let_go: Callable[[Iterable[int]], None],
    ) -> None:
        """`let_go` is told the ids of rows that are left to a later sweep or were joined to another."""
        self._clock = clock
        self._writer = writer
        self._quota = quota
        self._permit = permit
        self._random = random
        self._sleep = sleep
        self._let_go = let_go
        self._paces = Paces()
        self._shown = Shown()
        self.sending: set[asyncio.Task[None] | None] = set()
        """The tasks whose message is on its way at this moment."""

    async def deliver(self, bot: SpeakingBot, row: Queued, line: deque[Queued]) -> None:
        """Carry `row`; `line` is what follows it in its chat, of which some may be over with it."""
        edits = ""
        if row.message.closes:
            if bot.capabilities.edits:
                edits = await self._shown.find(row.chat_id, row.message.closes)
            if not edits:
                self.mark(row, sql.STALE, 0, reason="nothing to edit")
                return
        if row.put_off:
            together = await self._gathered(row, line)
            if together is None:
                return
            row = together
        began = self._now()
        attempt = 0
        while True:
            await self._wait_for(bot, row.chat_id)
            # Asked at the last moment: what was waited for may have made it superfluous.
            async with bot.speech.turn(_RANK.get(row.message.purpose, 1)):
                # A swept row may have been read just before the commit that overtook it.
                ask = not row.oldest or self._now() - began > RECHECK_SECONDS
                if row.message.prompt and await self._overtaken(row, line, ask=ask):
                    self.mark(row, sql.STALE, attempt, reason="stale")
                    bot.speech.unused()
                    return
                allowed = await self._allowed(bot, row, line, attempt)
                if allowed is None:
                    bot.speech.unused()
                    return
                row = allowed
                attempt += 1
                delivery = await self._send(bot, row, edits)
            if await self._is_over(bot, row, line, attempt, delivery):
                return
            await self._back_off(bot, delivery, attempt)

    async def _is_over(
        self, bot: SpeakingBot, row: Queued, line: deque[Queued], attempt: int, delivery: Delivery
    ) -> bool:
        """Note what became of an attempt; say whether there is to be no other one now."""
        now = self._clock.now()
        spent = self._quota.settle(row, bot.capabilities, delivery, now)
        if delivery.message_id or not (delivery.transient or delivery.failure):
            self._shown.remember(row.chat_id, row.message.prompt, delivery.message_id)
            shown = delivery.message_id or None
            self.mark(row, sql.SENT, attempt, message_id=shown, spent=spent)
            return True
        if delivery.failure == QUOTA and row.message.purpose == ANSWER:
            self.mark(row, None, attempt, spent=spent)
            await self._permit.put_off(row, self._quota.told_spent(now))
            self._let_go([row.id])
            return True
        if delivery.failure:
            self._undeliverable(row, line, attempt, delivery.failure, spent)
            return True
        if delivery.ours:
            if put_off.too_late(row.message.purpose, row.since, now, self._quota.zone):
                self.mark(row, sql.STALE, attempt, reason="late", spent=spent)
                return True
        elif now - row.since > timedelta(hours=limits.SEND_HOURS):
            self._undeliverable(row, line, attempt, "unreachable", spent)
            return True
        self.mark(row, None, attempt, spent=spent)
        return False

    async def _back_off(self, bot: SpeakingBot, delivery: Delivery, attempt: int) -> None:
        """Wait as long as the channel says, or longer each time; hold the bot if it is about that."""
        wait = delivery.retry_after
        if wait is None:
            wait = backoff(attempt, self._random)
        if delivery.whole_bot:
            bot.speech.hold(wait)
        else:
            await self._sleep(wait)

    async def _allowed(
        self, bot: SpeakingBot, row: Queued, line: deque[Queued], attempts: int
    ) -> Queued | None:
        """Return what is to be sent now. What is put off does not hold up what follows it.

        An outage may last for hours: by then a role may have ended, or the person was erased.
        """
        if attempts and await self._taken_back(row):
            self._let_go([row.id])
            return None
        allowed = await self._permit.ask(row, bot.capabilities)
        if isinstance(allowed, Queued):
            return allowed
        if allowed is None:
            self._let_go([row.id])
        elif allowed.stale:
            self.mark(row, sql.STALE, attempts, reason=allowed.reason)
        else:
            self._undeliverable(row, line, attempts, allowed.reason)
        return None

    async def _gathered(self, row: Queued, line: deque[Queued]) -> Queued | None:
        """Make one message of all that was put off for this chat."""
        rows = [row, *(q for q in line if q.put_off)]
        for other in rows[1:]:
            line.remove(other)
        together = await put_off.gathered(rows, self._clock.now())
        kept = together.id if together is not None else 0
        self._let_go(q.id for q in rows if q.id != kept)
        return together

    async def _wait_for(self, bot: SpeakingBot, chat_id: int) -> None:
        """Wait for this chat's pace."""
        seconds = bot.capabilities.per_chat_seconds
        wait = self._paces.reserve(chat_id, seconds, self._now())
        if wait > 0:
            await self._sleep(wait)

    async def _send(self, bot: SpeakingBot, row: Queued, edits: str) -> Delivery:
        task = asyncio.current_task()
        self.sending.add(task)
        try:
            return await bot.channel.send(row.external_id, row.message, edits)
        except Exception as error:  # noqa: BLE001  (a channel never raises; if one does, it is tried again)
            log.error("a channel raised: %s", where(error))  # noqa: TRY400  (its words may be personal)
            return Delivery(transient=True)
        finally:
            self.sending.discard(task)

    async def _overtaken(self, row: Queued, line: deque[Queued], *, ask: bool) -> bool:
        """Say whether a newer prompt made this one stale; `ask` the database too."""
        if any(q.message.prompt for q in line):
            return True
        if not ask:
            return False
        db = sql.database()
        return await sql.statements().outbox_status(db, row.id) == sql.STALE

    @staticmethod
    async def _taken_back(row: Queued) -> bool:
        """Say whether somebody has meanwhile decided that a row is not to be sent."""
        status = await sql.statements().outbox_status(sql.database(), row.id)
        return status != sql.TO_SEND

    def _undeliverable(
        self,
        row: Queued,
        line: deque[Queued],
        attempts: int,
        reason: str,
        spent: Spending | None = None,
    ) -> None:
        self.mark(row, sql.UNDELIVERABLE, attempts, reason=reason, spent=spent)
        while reason == "blocked" and line:
            self.mark(line.popleft(), sql.UNDELIVERABLE, 0, reason=reason)

    def mark(  # noqa: PLR0913  (they are what a mark says)
        self,
        row: Queued,
        status: int | None,
        attempts: int,
        *,
        message_id: str | None = None,
        reason: str | None = None,
        spent: Spending | None = None,
    ) -> None:
        """Have it noted what became of a row, or what an attempt cost."""
        if status is None and spent is None:
            return
        back = status == sql.UNDELIVERABLE and bool(row.message.once)
        self._writer.add(
            Mark(row.id, row.chat_id, status, attempts, _kept(message_id), reason, spent, back)
        )

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _kept(message_id: str | None) -> str | None:
    """Return a channel's id if a row can hold it; without one a message is only never edited."""
    fits = message_id and len(message_id) <= limits.MESSAGE_ID and message_id.isprintable()
    return message_id if fits else None
