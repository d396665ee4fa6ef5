"""What passes between the turns and the sender: queued messages one way, marks the other.

Marks say what became of a message. They are written with the next turns' commit, or by the
sender itself when no turn comes by within a moment; never with a commit each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.messages import Outgoing
from bot.turn.counted import Spending, count_sent, note_came_back
from bot.turn.sql import Statements


@dataclass(frozen=True, slots=True)
class Queued:
    """A committed outbox row. `oldest` is the chat's oldest unsent row as its commit saw it."""

    id: int
    chat_id: int
    channel: str
    bot: str
    external_id: str
    message: Outgoing
    created_at: datetime
    oldest: int = 0
    last_in_at: datetime | None = None
    """When the chat wrote last, as far as was known when this was taken in hand."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one message."""

    id: int
    chat_id: int
    status: int
    attempts: int
    message_id: str | None = None
    reason: str | None = None
    spent: Spending | None = None
    another_way: bool = False
    """It came back and must reach the person by another chat."""


class Marks:
    """Marks waiting for a commit. Whoever takes them says afterwards whether they were written."""

    def __init__(self) -> None:
        """Start empty."""
        self._waiting: list[Mark] = []
        self.written: set[int] = set()
        """Ids whose marks were committed since the sender last cleared this."""
        self.troubled = False
        """Whether some could not be written: then no turn takes them, the sender writes each alone."""

    def add(self, mark: Mark) -> None:
        """Leave a mark to be written."""
        self._waiting.append(mark)

    def any(self) -> bool:
        """Say whether some wait."""
        return bool(self._waiting)

    def take(self) -> list[Mark]:
        """Take all that wait; the caller writes them and calls `done` or `give_back`."""
        taken, self._waiting = self._waiting, []
        return taken

    def done(self, marks: list[Mark]) -> None:
        """Note that these were committed."""
        self.written.update(m.id for m in marks)

    def give_back(self, marks: list[Mark]) -> None:
        """Take marks back that could not be written."""
        self._waiting[:0] = marks


async def write_marks(
    sql: Statements, db: BaseDBAsyncClient, now: datetime, marks: list[Mark]
) -> None:
    """Write marks in the caller's transaction."""
    await sql.mark_outbox(
        db, now, [(m.id, m.status, m.attempts, m.message_id, m.reason) for m in marks]
    )
    blocked = sorted({m.chat_id for m in marks if m.reason == "blocked"})
    if blocked:
        await sql.block_chats(db, now, blocked)
    if spent := [m.spent for m in marks if m.spent is not None]:
        await count_sent(db, spent)
    if back := [m.id for m in marks if m.another_way]:
        await note_came_back(db, back)
