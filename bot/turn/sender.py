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
6. Marks are written together (outbox.Marks). A crash re-sends at most what was sent since.

Exactly one sender runs per installation (bot.turn.leader).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from tortoise.transactions import in_transaction

from backend.clock import Clock
from backend.database import is_lost
from backend.models import Outbox
from bot import limits
from bot.messages import Capabilities, Delivery, Outgoing
from bot.turn import sql
from bot.turn.counted import Spending
from bot.turn.engine import where
from bot.turn.outbox import Mark, Marks, Queued, write_marks
from bot.turn.pacing import BURST_PER_CHAT, Bucket, Speech, backoff
from bot.turn.quota import Quota
from bot.turn.shapes import Channel
from bot.turn.shown import Shown

log = logging.getLogger(__name__)

MARK_SECONDS: Final = 0.05
RECHECK_SECONDS: Final = 0.5
_RANK: Final = {"answer": 0, "warning": 1, "notice": 1, "reminder": 2, "summary": 3}
_KNOWN_PACES: Final = 20_000


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
        random: Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        at_once: int = limits.SENDS_AT_ONCE,
        sweep_seconds: float = 0.3,
    ) -> None:
        """Share `marks` with the Turns of the same process, so that they write them.

        `sleep` is only used to pace and to back off; `random` is for jitter alone; `at_once` is
        how many messages of one bot may be on their way.
        """
        self._clock = clock
        self._bots: dict[tuple[str, str], _Bot] = {}
        for channel in channels:
            able = channel.capabilities
            speech = Speech(able.per_second, at_once, self._now, sleep)
            self._bots[channel.name, channel.bot] = _Bot(channel, able, speech)
        self._marks = marks if marks is not None else Marks()
        self._quota = quota or Quota()
        self._random = random or Random()  # noqa: S311  (jitter is no secret)
        self._sleep = sleep
        self._sweep_seconds = sweep_seconds
        self._lines: dict[int, deque[Queued]] = {}
        self._in_hand: set[int] = set()
        self._paces: dict[int, Bucket] = {}
        self._shown = Shown()
        self._left_out: set[int] = set()
        self._being_swept: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None] | None] = set()
        self._flushing: set[asyncio.Task[None]] = set()
        self._sweep_now = asyncio.Event()
        self._sweeper: asyncio.Task[None] | None = None
        self._flush: asyncio.TimerHandle | None = None
        self._behind = True
        self._active = False

    # -- from outside -------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin, with what an earlier run left unsent, and go on finding what others queue."""
        self._quota.forget()
        self._active = self._behind = True
        self._sweep_now.set()
        self._sweeper = asyncio.create_task(self._sweep_on(), name="sender")

    async def open(self) -> None:
        """Begin without looking for others' rows again (tests call `sweep` themselves)."""
        self._quota.forget()
        self._active = self._behind = True
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
        await self.flush()
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
            await self._quota.load(self._clock.now())
        if self._marks.any() and self._flush is None:  # a turn took them and gave them back
            self._flush_soon()
        self._in_hand -= self._marks.written
        self._marks.written.clear()
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
            for r in new:
                message = Outgoing.from_json(r["payload"])
                self._take(
                    Queued(r["id"], r["chat_id"], r["channel"], r["bot"], r["external_id"],
                           message, _moment(r["created_at"]),
                           last_in_at=_moment(r["last_in_at"]) if r["last_in_at"] else None)
                )  # fmt: skip
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
        await self.flush()

    async def flush(self) -> None:
        """Write the marks that wait."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        marks = self._marks.take()
        if not marks:
            return
        try:
            async with in_transaction() as db:
                await write_marks(sql.statements(), db, self._clock.now(), marks)
        except BaseException as error:
            if isinstance(error, Exception) and not is_lost(error):
                await self._each_alone(marks)
                return
            self._marks.give_back(marks)
            raise
        self._marks.done(marks)
        self._marks.troubled = False

    async def _each_alone(self, marks: list[Mark]) -> None:
        """Write marks one by one; one that the database refuses keeps no other from being kept."""
        for n, mark in enumerate(marks):
            try:
                async with in_transaction() as db:
                    await write_marks(sql.statements(), db, self._clock.now(), [mark])
            except BaseException as error:
                if not isinstance(error, Exception) or is_lost(error):
                    self._marks.give_back(marks[n:])
                    raise
                # It stays in hand, so this process does not send it again.
                log.error("what became of a message could not be written: %s", where(error))  # noqa: TRY400  (its words may be personal)
            else:
                self._marks.done([mark])
        self._marks.troubled = False

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
        message = row.message
        edits = ""
        if message.closes:
            if bot.capabilities.edits:
                edits = await self._shown.find(row.chat_id, message.closes)
            if not edits:
                self._mark(row, sql.STALE, 0, reason="nothing to edit")
                return
        began = self._now()
        attempt = 0
        while True:
            await self._wait_for(bot, row.chat_id)
            # Asked at the last moment: what was waited for may have made it superfluous.
            async with bot.speech.turn(_RANK.get(message.purpose, 1)):
                waited = self._now() - began > RECHECK_SECONDS
                if message.prompt and await self._overtaken(row, line, ask=waited):
                    self._mark(row, sql.STALE, attempt, reason="stale")
                    bot.speech.unused()
                    return
                if not await self._may_send(bot, row, line, attempt):
                    bot.speech.unused()
                    return
                attempt += 1
                delivery = await self._send(bot, row, edits)
            spent = self._quota.settle(row, bot.capabilities, delivery, self._clock.now())
            if delivery.message_id or not (delivery.transient or delivery.failure):
                self._shown.remember(row.chat_id, message.prompt, delivery.message_id)
                shown = delivery.message_id or None
                self._mark(row, sql.SENT, attempt, message_id=shown, spent=spent)
                return
            if delivery.failure:
                self._undeliverable(row, line, attempt, delivery.failure)
                return
            if self._clock.now() - row.created_at > timedelta(hours=limits.SEND_HOURS):
                self._undeliverable(row, line, attempt, "unreachable")
                return
            await self._back_off(bot, delivery, attempt)

    async def _back_off(self, bot: _Bot, delivery: Delivery, attempt: int) -> None:
        """Wait as long as the channel says, or longer each time; hold the bot if it is about that."""
        wait = delivery.retry_after
        if wait is None:
            wait = backoff(attempt, self._random)
        if delivery.whole_bot:
            bot.speech.hold(wait)
        else:
            await self._sleep(wait)

    async def _may_send(self, bot: _Bot, row: Queued, line: deque[Queued], attempts: int) -> bool:
        """Ask the quota. What is put off stays in the outbox, and what follows it is not held up."""
        verdict = self._quota.ask(row, bot.capabilities, self._clock.now())
        if verdict.refused:
            self._undeliverable(row, line, attempts, verdict.refused)
        elif verdict.until is not None:
            await Outbox.filter(id=row.id, status=sql.TO_SEND).update(not_before=verdict.until)
            self._in_hand.discard(row.id)
        return not verdict.refused and verdict.until is None

    async def _wait_for(self, bot: _Bot, chat_id: int) -> None:
        """Wait for this chat's pace."""
        pace = self._paces.get(chat_id)
        if pace is None:
            if len(self._paces) > _KNOWN_PACES:
                now = self._now()
                self._paces = {k: b for k, b in self._paces.items() if not b.full(now)}
            seconds = bot.capabilities.per_chat_seconds
            pace = Bucket(1 / seconds if seconds else 0.0, BURST_PER_CHAT)
            self._paces[chat_id] = pace
        wait = pace.reserve(self._now())
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
        """Say whether a newer prompt made this one stale; `ask` the database after a wait."""
        if any(q.message.prompt for q in line):
            return True
        if not ask:
            return False
        db = sql.database()
        return await sql.statements().outbox_status(db, row.id) == sql.STALE

    def _undeliverable(self, row: Queued, line: deque[Queued], attempts: int, reason: str) -> None:
        self._mark(row, sql.UNDELIVERABLE, attempts, reason=reason)
        while reason == "blocked" and line:
            self._mark(line.popleft(), sql.UNDELIVERABLE, 0, reason=reason)

    def _mark(  # noqa: PLR0913  (they are what a mark says)
        self,
        row: Queued,
        status: int,
        attempts: int,
        *,
        message_id: str | None = None,
        reason: str | None = None,
        spent: Spending | None = None,
    ) -> None:
        back = status == sql.UNDELIVERABLE and bool(row.message.once)
        self._marks.add(
            Mark(row.id, row.chat_id, status, attempts, _kept(message_id), reason, spent, back)
        )
        if self._flush is None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(MARK_SECONDS, self._flush_soon)

    def _flush_soon(self) -> None:
        self._flush = None
        if self._marks.any() and self._active:
            task = asyncio.create_task(self._flush_quietly())
            self._flushing.add(task)
            task.add_done_callback(self._flushing.discard)

    async def _flush_quietly(self) -> None:
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001  (the marks were given back)
            log.warning("marks not written yet: %s", type(error).__name__)
            if self._flush is None and self._active:
                self._flush = asyncio.get_running_loop().call_later(1.0, self._flush_soon)

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


def _moment(value: datetime | str) -> datetime:
    """Return a time that came from raw SQL: SQLite gives text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
