"""The sender: carries committed outbox rows to people, and records what became of each.

The rules, all of them here:

1. Per chat one message at a time, in order; several chats side by side.
2. A message is handed over by the turns after their commit, or found by `sweep`; a row is
   never in hand twice. A row handed over while an older one of its chat is not in hand yet is
   left to the sweep, so that order holds with several processes too.
3. A prompt that a newer prompt of its chat has made stale is not sent.
4. Pace: the channel's rate for the bot and for the chat; `retry_after` holds that chat, or the
   bot when the channel says so; other failures back off. What a person waits for goes before
   reminders and summaries.
5. What the channel refuses for good is recorded with its reason; «blocked» drops the rest.
   A reminder, notice or summary that came back is put down to go another way (bot.fall_back).
   Before sending, the bot's month, the chat's reply window and the night are asked (quota).
   What has no message left for it waits, and is said in one message when there is (put_off).
   While it is the office's own fault that nothing goes out (a refused token), all waits as long
   as it is worth saying.
   What is no answer is looked at once more before it goes out (bot.still_wanted).
6. Marks are written together (outbox.Marks). A crash re-sends at most what was sent since.

Exactly one sender runs per installation (bot.turn.leader).
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
from bot.turn.outbox import Mark, Marks, Queued, queued_of
from bot.turn.pacing import Paces, Speech, backoff
from bot.turn.permit import Permit, WayOn, counts
from bot.turn.quota import Quota
from bot.turn.shapes import Channel
from bot.turn.shown import Shown
from bot.turn.wanted import StillWanted
from bot.turn.writing import MarkWriter

log = logging.getLogger(__name__)

RECHECK_SECONDS: Final = 0.5
_RANK: Final = {"answer": 0, "warning": 1, "notice": 1, "reminder": 2, "summary": 3}


@dataclass(slots=True)
class _Bot:
    channel: Channel
    capabilities: Capabilities
    speech: Speech


class Sender:
    """Delivers the outbox of the channels it is given. Start it in the leader only."""

    def __init__(  # noqa: PLR0913  (everything from outside is handed in)
        self,
        channels: Iterable[Channel],
        clock: Clock,
        *,
        marks: Marks | None = None,
        quota: Quota | None = None,
        way_on: WayOn | None = None,
        still_wanted: StillWanted | None = None,
        random: Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        at_once: int = limits.SENDS_AT_ONCE,
        sweep_seconds: float = 0.3,
    ) -> None:
        """Share `marks` with the Turns of the same process, so that they write them.

        `sleep` is only used to pace and to back off; `random` is for jitter alone; `at_once` is
        how many messages of one bot may be on their way; `way_on` has the words that are put
        under an answer when few messages are left; `still_wanted` is asked of all that is no
        answer just before it goes out.
        """
        self._clock = clock
        self._bots: dict[tuple[str, str], _Bot] = {}
        for channel in channels:
            able = channel.capabilities
            speech = Speech(able.per_second, at_once, self._now, sleep)
            self._bots[channel.name, channel.bot] = _Bot(channel, able, speech)
        self._writer = MarkWriter(marks if marks is not None else Marks(), clock)
        self._quota = quota or Quota()
        self._permit = Permit(self._quota, clock, way_on, still_wanted)
        self._random = random or Random()  # noqa: S311  (jitter is no secret)
        self._sleep = sleep
        self._sweep_seconds = sweep_seconds
        self._lines: dict[int, deque[Queued]] = {}
        self._in_hand: set[int] = set()
        self._paces = Paces()
        self._shown = Shown()
        self._left_out: set[int] = set()
        self._being_swept: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None] | None] = set()
        self._sweep_now = asyncio.Event()
        self._sweeper: asyncio.Task[None] | None = None
        self._behind = True
        self._active = False

    # -- from outside -------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin, with what an earlier run left unsent, and go on finding what others queue."""
        self._quota.forget()
        self._active = self._behind = self._writer.active = True
        self._sweep_now.set()
        self._sweeper = asyncio.create_task(self._sweep_on(), name="sender")

    async def open(self) -> None:
        """Begin without looking for others' rows again (tests call `sweep` themselves)."""
        self._quota.forget()
        self._active = self._behind = self._writer.active = True
        await self.sweep()

    async def stop(self) -> None:
        """Let what is on its way arrive, write the marks, end. The rest stays in the outbox."""
        self._active = False
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
            self._sweeper = None
        for task in self._tasks - self._sending:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._writer.written()
        await self.flush()
        self._writer.active = False
        self._lines.clear()
        self._in_hand.clear()

    def offer(self, rows: list[Queued]) -> None:
        """Take committed rows in hand; for `Turns(on_queued=…)`. Does nothing while stopped."""
        if not self._active:
            return
        for row in rows:
            known = row.oldest >= row.id or row.oldest in self._in_hand
            full = len(self._in_hand) > 4 * limits.SEND_BACKLOG
            chat = row.chat_id
            aside = chat in self._left_out or chat in self._being_swept
            # While rows are unread, one may stand between the oldest in hand and this one.
            if not known or full or aside or self._behind:
                self._left_out.add(chat)
                self._sweep_now.set()
            else:
                self._take(row)

    def wake(self) -> None:
        """Say that rows were queued by other means than the turns (reminders, summaries)."""
        self._sweep_now.set()

    async def sweep(self) -> int:
        """Take in hand what is due and not yet in hand; return how many rows that were."""
        if not self._quota.known:
            await put_off.ask_again()
            await self._quota.load(self._clock.now())
        self._in_hand -= self._writer.look()
        room = 4 * limits.SEND_BACKLOG - len(self._in_hand)
        if not self._bots or room <= 0:
            self._behind = self._behind or room <= 0
            return 0
        self._being_swept, self._left_out = self._left_out, set()
        limit = len(self._in_hand) + min(room, limits.SEND_BACKLOG)
        names = [f"{channel} {bot}" for channel, bot in self._bots]
        done = False
        try:
            db = sql.database()
            rows = await sql.statements().unsent(db, self._clock.now(), names, limit)
            new = [r for r in rows if r["id"] not in self._in_hand]
            counted = {k for k, b in self._bots.items() if counts(b.capabilities)}
            await self._quota.meet(r["chat_id"] for r in new if (r["channel"], r["bot"]) in counted)
            for r in new:
                self._take(queued_of(r, put_off.REASON))
            done = len(rows) < limit
            self._behind = not done
        finally:
            if not done:  # what was not reached yet must not be overtaken
                self._left_out |= self._being_swept
            self._being_swept = set()
        return len(new)

    async def delivered(self) -> None:
        """Return when nothing is in hand any more and the marks are written."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._writer.written()
        await self.flush()

    async def flush(self) -> None:
        """Write the marks that wait."""
        await self._writer.flush()

    # -- lines --------------------------------------------------------------------------------

    def _take(self, row: Queued) -> None:
        if row.id in self._in_hand or (row.channel, row.bot) not in self._bots:
            return
        self._in_hand.add(row.id)
        line = self._lines.get(row.chat_id)
        if line is None:
            line = self._lines[row.chat_id] = deque()
            task = asyncio.create_task(self._carry(row.chat_id, line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif row.message.prompt:
            for older in [q for q in line if q.message.prompt]:
                line.remove(older)
                self._mark(older, sql.STALE, 0, reason="stale")
        line.append(row)

    async def _carry(self, chat_id: int, line: deque[Queued]) -> None:
        """Deliver one chat's messages in order until none is left."""
        try:
            while line and self._active:
                row = line.popleft()
                try:
                    await self._deliver(row, line)
                except Exception as error:  # noqa: BLE001  (most likely the database is away)
                    log.warning("a chat's messages are left for later: %s", where(error))
                    self._in_hand.difference_update([row.id, *(q.id for q in line)])
                    self._left_out.add(chat_id)
                    line.clear()
        finally:
            if self._lines.get(chat_id) is line:
                del self._lines[chat_id]

    async def _deliver(self, row: Queued, line: deque[Queued]) -> None:
        bot = self._bots[row.channel, row.bot]
        edits = ""
        if row.message.closes:
            if bot.capabilities.edits:
                edits = await self._shown.find(row.chat_id, row.message.closes)
            if not edits:
                self._mark(row, sql.STALE, 0, reason="nothing to edit")
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
                    self._mark(row, sql.STALE, attempt, reason="stale")
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
        self, bot: _Bot, row: Queued, line: deque[Queued], attempt: int, delivery: Delivery
    ) -> bool:
        """Note what became of an attempt; say whether there is to be no other one now."""
        now = self._clock.now()
        spent = self._quota.settle(row, bot.capabilities, delivery, now)
        if delivery.message_id or not (delivery.transient or delivery.failure):
            self._shown.remember(row.chat_id, row.message.prompt, delivery.message_id)
            shown = delivery.message_id or None
            self._mark(row, sql.SENT, attempt, message_id=shown, spent=spent)
            return True
        if delivery.failure == QUOTA and row.message.purpose == ANSWER:
            self._mark(row, None, attempt, spent=spent)
            await self._permit.put_off(row, self._quota.told_spent(now))
            self._in_hand.discard(row.id)
            return True
        if delivery.failure:
            self._undeliverable(row, line, attempt, delivery.failure, spent)
            return True
        if delivery.ours:
            if put_off.too_late(row.message.purpose, row.since, now, self._quota.zone):
                self._mark(row, sql.STALE, attempt, reason="late", spent=spent)
                return True
        elif now - row.since > timedelta(hours=limits.SEND_HOURS):
            self._undeliverable(row, line, attempt, "unreachable", spent)
            return True
        self._mark(row, None, attempt, spent=spent)
        return False

    async def _back_off(self, bot: _Bot, delivery: Delivery, attempt: int) -> None:
        """Wait as long as the channel says, or longer each time; hold the bot if it is about that."""
        wait = delivery.retry_after
        if wait is None:
            wait = backoff(attempt, self._random)
        if delivery.whole_bot:
            bot.speech.hold(wait)
        else:
            await self._sleep(wait)

    async def _allowed(
        self, bot: _Bot, row: Queued, line: deque[Queued], attempts: int
    ) -> Queued | None:
        """Return what is to be sent now. What is put off does not hold up what follows it."""
        allowed = await self._permit.ask(row, bot.capabilities)
        if isinstance(allowed, Queued):
            return allowed
        if allowed is None:
            self._in_hand.discard(row.id)
        elif allowed.stale:
            self._mark(row, sql.STALE, attempts, reason=allowed.reason)
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
        self._in_hand.difference_update(q.id for q in rows if q.id != kept)
        return together

    async def _wait_for(self, bot: _Bot, chat_id: int) -> None:
        """Wait for this chat's pace."""
        seconds = bot.capabilities.per_chat_seconds
        wait = self._paces.reserve(chat_id, seconds, self._now())
        if wait > 0:
            await self._sleep(wait)

    async def _send(self, bot: _Bot, row: Queued, edits: str) -> Delivery:
        task = asyncio.current_task()
        self._sending.add(task)
        try:
            return await bot.channel.send(row.external_id, row.message, edits)
        except Exception as error:  # noqa: BLE001  (a channel never raises; if one does, it is tried again)
            log.error("a channel raised: %s", where(error))  # noqa: TRY400  (its words may be personal)
            return Delivery(transient=True)
        finally:
            self._sending.discard(task)

    async def _overtaken(self, row: Queued, line: deque[Queued], *, ask: bool) -> bool:
        """Say whether a newer prompt made this one stale; `ask` the database too."""
        if any(q.message.prompt for q in line):
            return True
        if not ask:
            return False
        db = sql.database()
        return await sql.statements().outbox_status(db, row.id) == sql.STALE

    def _undeliverable(
        self,
        row: Queued,
        line: deque[Queued],
        attempts: int,
        reason: str,
        spent: Spending | None = None,
    ) -> None:
        self._mark(row, sql.UNDELIVERABLE, attempts, reason=reason, spent=spent)
        while reason == "blocked" and line:
            self._mark(line.popleft(), sql.UNDELIVERABLE, 0, reason=reason)

    def _mark(  # noqa: PLR0913  (they are what a mark says)
        self,
        row: Queued,
        status: int | None,
        attempts: int,
        *,
        message_id: str | None = None,
        reason: str | None = None,
        spent: Spending | None = None,
    ) -> None:
        if status is None and spent is None:
            return
        back = status == sql.UNDELIVERABLE and bool(row.message.once)
        self._writer.add(
            Mark(row.id, row.chat_id, status, attempts, _kept(message_id), reason, spent, back)
        )

    async def _sweep_on(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._sweep_seconds):
                    await self._sweep_now.wait()
            except TimeoutError:
                pass
            self._sweep_now.clear()
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001  (the database may be away for a while)
                log.warning("the outbox could not be read: %s", type(error).__name__)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _kept(message_id: str | None) -> str | None:
    """Return a channel's id if a row can hold it; without one a message is only never edited."""
    fits = message_id and len(message_id) <= limits.MESSAGE_ID and message_id.isprintable()
    return message_id if fits else None
