"""The turn: the one loop per process that writes what came in and what it leads to.

The rules, all of them here:

1. A message is kept (and its channel may acknowledge it) only by a commit.
2. Everything that waits when a commit ends shares the next one; there is no timer.
3. A batch takes the oldest ready message of each waiting chat, never two of one person.
4. `reception.receive` is called for each, and all they lead to is written in the same commit.
5. If anything in a batch fails it is rolled back, what came in is kept on its own, and the
   turns are taken one by one. A turn that fails `TURN_ATTEMPTS` times alone is set aside with
   its error, and the chat is told so once. What fails before a turn was taken in hand (a
   message that cannot be kept, a mark of the sender) is no turn's fault.
6. A lost database is nobody's fault: no attempt is counted, and it is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tortoise.transactions import in_transaction

from backend.clock import Clock
from backend.database import is_lost
from bot import limits
from bot.faults import where
from bot.messages import Incoming, Outgoing
from bot.turn import sql
from bot.turn.journal import waits_for_photo
from bot.turn.loading import Loader
from bot.turn.outbox import Mark, Marks, Queued, write_marks
from bot.turn.queueing import queue
from bot.turn.shapes import Reception, Reply, Turn
from conversations.text import N_
from locales import catalog

log = logging.getLogger(__name__)

_SORRY = N_(
    "Something went wrong on our side, so your last message was not recorded."
    " Your earlier answers are kept. Please send it again."
)
_KNOWN_CHATS: Final = 50_000
_CONTENTION_SECONDS: Final = 0.02


@dataclass(slots=True)
class _Entry:
    incoming: Sequence[Incoming]
    kept: asyncio.Future[None]


@dataclass(slots=True)
class _Answered:
    turn: Turn
    reply: Reply


class _TurnFailedError(Exception):
    """One turn failed; its cause says how."""

    def __init__(self, inbox_id: int) -> None:
        super().__init__(inbox_id)
        self.inbox_id = inbox_id


class _MarksFailedError(Exception):
    """The sender's marks could not be written; its cause says why."""


class Turns:
    """The writer of one process. Start it, `keep` messages through a journal, stop it."""

    def __init__(  # noqa: PLR0913  (everything from outside is handed in)
        self,
        reception: Reception,
        clock: Clock,
        *,
        marks: Marks | None = None,
        on_queued: Callable[[list[Queued]], None] | None = None,
        on_photos: Callable[[], None] | None = None,
        lang: str = "vi",
        sweep_seconds: float = 1.0,
    ) -> None:
        """Neither opens nor closes the database.

        `on_queued` is handed what each commit queued (the sender's `offer`); `on_photos` is
        called after a message came in whose photo must be fetched; `lang` is a new chat's
        language; `sweep_seconds` is how often messages are looked for that another process
        kept and never took (only PostgreSQL has others).
        """
        self._reception = reception
        self._clock = clock
        self._marks = Marks() if marks is None else marks
        self._on_queued = on_queued
        self._on_photos = on_photos
        self._lang = lang
        self._sweep_seconds = sweep_seconds
        self._entries: list[_Entry] = []
        self._known: set[tuple[str, str, str]] = set()
        self._loader = Loader()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._careful = 0
        self._batch: list[int] = []
        self._held = False
        self.taken = 0
        """Turns taken since the start."""
        self.commits = 0
        """Commits made since the start."""

    # -- from outside -----------------------------------------------------------------------

    async def start(self) -> None:
        """Begin, with what an earlier run left unfinished."""
        self._task = asyncio.create_task(self._run(), name="turns")
        self.wake()

    async def stop(self) -> None:
        """Refuse new messages, finish what was begun, end. What stays in the journal is kept."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            await self._task
            self._task = None
        self._fail_entries(ConnectionAbortedError("stopping"))

    async def keep(self, incoming: Sequence[Incoming]) -> None:
        """Commit these messages; raise when they could not be kept."""
        if self._stopping or self._task is None or self._task.done():
            raise ConnectionAbortedError("the turns are not running")
        kept = asyncio.get_running_loop().create_future()
        self._entries.append(_Entry(incoming, kept))
        self.wake()
        await kept

    def wake(self) -> None:
        """Say that there may be something to do (a photo was kept, a mark waits)."""
        self._idle.clear()
        self._wake.set()

    async def settled(self) -> None:
        """Return when every message that was ready has had its turn."""
        while not self._idle.is_set():
            await self._idle.wait()

    # -- the loop ---------------------------------------------------------------------------

    async def _run(self) -> None:
        trouble = 0
        while True:
            if not self._wake.is_set():
                self._idle.set()
                self._marks.carried = False
                if self._stopping:
                    return
                await self._rest()
            self._marks.carried = True
            self._wake.clear()
            try:
                more = await self._round()
            except Exception as error:  # noqa: BLE001  (the loop must outlive whatever happens)
                trouble += 1
                log.warning("no commit for now: %s", where(error))
                self._fail_entries(error)
                if self._stopping:
                    return
                await _pause(min(5.0, 0.1 * 2**trouble))
                self._wake.set()
                continue
            trouble = 0
            if self._entries or (more and not self._stopping):
                self._wake.set()

    async def _rest(self) -> None:
        seconds = _CONTENTION_SECONDS if self._held else self._sweep_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _round(self) -> bool:
        """Take one batch; return whether there is more to do at once."""
        entries = self._take_entries()
        limit = 1 if self._careful else limits.TURN_BATCH
        self._careful = max(0, self._careful - 1)
        try:
            return await self._commit(entries, limit)
        except Exception as error:
            if is_lost(error.__cause__ or error):
                self._entries[:0] = entries
                raise
            self._known.clear()  # a chat that we remember may have got another name
            if entries:
                await self._keep_alone(entries)
            if self._batch:
                await self._blame(error, limit)
            elif isinstance(error, _MarksFailedError):
                self._marks.troubled = True
            elif not entries:
                raise
            return True

    def _take_entries(self) -> list[_Entry]:
        count = messages = 0
        for entry in self._entries:
            messages += len(entry.incoming)
            if count and messages > limits.JOURNAL_BATCH:
                break
            count += 1
        taken, self._entries = self._entries[:count], self._entries[count:]
        return taken

    def _fail_entries(self, error: BaseException) -> None:
        entries, self._entries = self._entries, []
        for entry in entries:
            if not entry.kept.done():
                entry.kept.set_exception(error)

    # -- one commit -------------------------------------------------------------------------

    async def _commit(self, entries: list[_Entry], limit: int) -> bool:
        now = self._clock.now()
        marks = [] if self._marks.troubled else self._marks.take()
        self._batch = []
        try:
            async with in_transaction() as db:
                if marks:  # first: what was put off and fails must not be taken for their fault
                    await self._write_marks(db, marks, now)
                photos = await self._add(db, entries, now)
                rows, more, self._held = await sql.statements().claim(db, limit)
                self._batch = [row["inbox_id"] for row in rows]
                answered, left_out = await self._answer(rows, now)
                queued = await self._write(db, answered, now) if answered else []
        except BaseException:
            self._marks.give_back(marks)
            raise
        self._marks.done(marks)
        self.commits += 1
        self.taken += len(answered)
        self._release(entries, photos=photos)
        if queued and self._on_queued is not None:
            self._on_queued(queued)
        return bool(self._entries) or (more and bool(answered)) or left_out

    async def _write_marks(self, db: Any, marks: list[Mark], now: datetime) -> None:
        try:
            await write_marks(sql.statements(), db, now, marks)
        except Exception as error:
            raise _MarksFailedError from error

    async def _add(self, db: Any, entries: list[_Entry], now: datetime) -> bool:
        """Insert what came in, with chats that are new; return whether photos wait."""
        incoming = [message for entry in entries for message in entry.incoming]
        if not incoming:
            return False
        new = {
            key: message.private
            for message in incoming
            if (key := (message.channel, message.bot, message.chat)) not in self._known
        }
        if new:
            rows = [(*key, private) for key, private in sorted(new.items())]
            await sql.statements().add_chats(db, self._lang, now, rows)
        photos = [waits_for_photo(message) for message in incoming]
        payloads = [message.to_json() for message in incoming]
        await sql.statements().add_inbox(
            db,
            now,
            [
                (n, m.channel, m.bot, m.external_id, m.chat, payloads[n], int(photos[n]))
                for n, m in enumerate(incoming)
            ],
        )
        self._loader.remember(payloads, incoming)
        return any(photos)

    def _release(self, entries: list[_Entry], *, photos: bool) -> None:
        """After the commit: remember the chats, let the channels acknowledge."""
        if len(self._known) > _KNOWN_CHATS:
            self._known.clear()
        for entry in entries:
            self._known.update((m.channel, m.bot, m.chat) for m in entry.incoming)
            if not entry.kept.done():
                entry.kept.set_result(None)
        if photos and self._on_photos is not None:
            self._on_photos()

    async def _answer(self, rows: list[sql.Row], now: datetime) -> tuple[list[_Answered], bool]:
        """Call the reception for each; two chats of one person wait for the next batch."""
        answered: list[_Answered] = []
        people: set[int] = set()
        left_out = False
        for row in rows:
            person = row["person_id"]
            if person is not None and person in people:
                left_out = True
                continue
            if person is not None:
                people.add(person)
            turn = self._loader.turn(row, now)
            try:
                answered.append(_Answered(turn, await self._reception.receive(turn)))
            except Exception as error:
                if is_lost(error) and not isinstance(error, OSError):  # a file may be missing too
                    raise
                raise _TurnFailedError(turn.inbox_id) from error
        return answered, left_out

    async def _write(self, db: Any, answered: list[_Answered], now: datetime) -> list[Queued]:
        led = sql.LedTo(
            done=[a.turn.inbox_id for a in answered],
            heard=[a.turn.chat.id for a in answered],
            interviews=[
                (a.turn.interview.id, a.reply.state, a.reply.status)
                for a in answered
                if a.turn.interview is not None
                and (a.reply.state is not None or a.reply.status != "running")
            ],
        )
        return await queue(db, [(a.turn.chat, a.reply.outgoing) for a in answered], now, led)

    # -- when it fails ----------------------------------------------------------------------

    async def _keep_alone(self, entries: list[_Entry]) -> None:
        """Keep what came in without any turn, each caller's messages on their own."""
        for entry in entries:
            try:
                async with in_transaction() as db:
                    photos = await self._add(db, [entry], self._clock.now())
            except Exception as error:
                if is_lost(error):
                    self._entries[:0] = entries[entries.index(entry) :]
                    raise
                log.error("not kept: %s", where(error))  # noqa: TRY400  (no traceback: it may hold personal data)
                if not entry.kept.done():
                    entry.kept.set_exception(error)
            else:
                self._release([entry], photos=photos)

    async def _blame(self, error: Exception, limit: int) -> None:
        """After a batch: go one by one. After a turn alone: count, or set it aside."""
        cause = error.__cause__ if isinstance(error, _TurnFailedError) else error
        log.error("turn failed: %s", where(cause or error))
        if limit > 1:
            self._careful = len(self._batch)
            return
        async with in_transaction() as db:
            rows, _, _ = await sql.statements().claim(db, 1)
            row = next((r for r in rows if r["inbox_id"] in self._batch), None)
            if row is None:
                return
            last = row["attempts"] + 1 >= limits.TURN_ATTEMPTS
            await sql.statements().attempted(
                db, row["inbox_id"], sql.SET_ASIDE if last else sql.READY, where(cause or error)
            )
            queued = []
            if last:
                turn = self._loader.turn(row, self._clock.now())
                sorry = Outgoing(catalog(turn.chat.lang).get(_SORRY))
                queued = await queue(db, [(turn.chat, [sorry])], turn.now)
        if queued and self._on_queued is not None:
            self._on_queued(queued)


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)
