"""Writes the sender's marks: many together, a moment after the first, and never a commit each.

The turns of the same process write them too, with their own commit (bot.turn.engine).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from tortoise.transactions import in_transaction

from backend.clock import Clock
from backend.database import is_lost
from bot.faults import where
from bot.turn import sql
from bot.turn.outbox import Mark, Marks, write_marks

MARK_SECONDS: Final = 0.05
MOST_WAITS: Final = 4
"""For how many times MARK_SECONDS marks wait for a turn's commit while turns are being taken."""
TROUBLE_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class MarkWriter:
    """The marks of one sender on their way to the database. Nothing is begun while not `active`."""

    def __init__(self, marks: Marks, clock: Clock) -> None:
        """`marks` are shared with the turns of the same process."""
        self._marks = marks
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._waits = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.active = False

    def add(self, mark: Mark) -> None:
        """Have a mark written in a moment."""
        self._marks.add(mark)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MARK_SECONDS, self._soon)

    def look(self) -> set[int]:
        """Return whose marks were committed since the last look; write what a turn gave back."""
        if self._marks.any() and self._timer is None:
            self._soon()
        written, self._marks.written = self._marks.written, set()
        return written

    async def flush(self) -> None:
        """Write the marks that wait; raise when the database is away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
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

    async def written(self) -> None:
        """Return when no writing that was begun is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

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

    def _soon(self) -> None:
        self._timer = None
        marks = self._marks
        if not (marks.any() and self.active):
            self._waits = 0
        elif marks.carried and not marks.troubled and self._waits < MOST_WAITS:
            self._waits += 1
            self._timer = asyncio.get_running_loop().call_later(MARK_SECONDS, self._soon)
        else:
            self._waits = 0
            task = asyncio.create_task(self._quietly())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _quietly(self) -> None:
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001  (the marks were given back)
            log.warning("marks not written yet: %s", type(error).__name__)
            if self._timer is None and self.active:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(TROUBLE_SECONDS, self._soon)
