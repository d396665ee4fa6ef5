"""The sender: carries committed outbox rows to people, and records what became of each.

What is in hand, and the line of each chat, are here; `carrying` takes one message to its end.
The rules of both:

1. Per chat one message at a time, in order; several chats side by side.
2. A message is handed over by the turns after their commit, or found by `sweep`; a row is
   never in hand twice. A row handed over while an older one of its chat is not in hand yet is
   left to the sweep, so that order holds with several processes too.
3. A prompt that a newer prompt of its chat has made stale is not sent.
4. Pace: the channel's rate for the bot and for the chat; `retry_after` holds that chat, or the
   bot when the channel says so; other failures back off. What a person waits for goes before
   reminders and summaries.
5. What the channel refuses for good is recorded with its reason; «blocked» drops the rest.
   A reminder, notice or summary that came back is put down to go another way (bot.quota_watch).
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
from random import Random

from backend.clock import Clock
from bot import limits
from bot.faults import where
from bot.turn import put_off, sql
from bot.turn.carrying import Carrier, SpeakingBot
from bot.turn.outbox import Marks, Queued, queued_of
from bot.turn.pacing import Speech
from bot.turn.permit import Permit, WayOn, counts
from bot.turn.quota import Quota
from bot.turn.shapes import Channel
from bot.turn.wanted import StillWanted
from bot.turn.writing import MarkWriter

log = logging.getLogger(__name__)


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
        self._bots: dict[tuple[str, str], SpeakingBot] = {}
        for channel in channels:
            able = channel.capabilities
            speech = Speech(able.per_second, at_once, self._now, sleep)
            self._bots[channel.name, channel.bot] = SpeakingBot(channel, able, speech)
        self._writer = MarkWriter(marks if marks is not None else Marks(), clock)
        self._quota = quota or Quota()
        self._sweep_seconds = sweep_seconds
        self._lines: dict[int, deque[Queued]] = {}
        self._in_hand: set[int] = set()
        self._carrier = Carrier(
            clock,
            writer=self._writer,
            quota=self._quota,
            permit=Permit(self._quota, clock, way_on, still_wanted),
            random=random or Random(),  # noqa: S311  (jitter is no secret)
            sleep=sleep,
            let_go=self._in_hand.difference_update,
        )
        self._left_out: set[int] = set()
        self._being_swept: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
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
        for task in self._tasks - self._carrier.sending:
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
                self._carrier.mark(older, sql.STALE, 0, reason="stale")
        line.append(row)

    async def _carry(self, chat_id: int, line: deque[Queued]) -> None:
        """Deliver one chat's messages in order until none is left."""
        try:
            while line and self._active:
                row = line.popleft()
                bot = self._bots[row.channel, row.bot]
                try:
                    await self._carrier.deliver(bot, row, line)
                except Exception as error:  # noqa: BLE001  (most likely the database is away)
                    log.warning("a chat's messages are left for later: %s", where(error))
                    self._in_hand.difference_update([row.id, *(q.id for q in line)])
                    self._left_out.add(chat_id)
                    line.clear()
        finally:
            if self._lines.get(chat_id) is line:
                del self._lines[chat_id]

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
