"""What passes between the turns and the sender: queued messages one way, marks the other.

Marks say what became of a message. They are written with the next turns' commit, or by the
sender itself when no turn comes by within a moment; never with a commit each.
"""

from __future__ import annotations

from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.messages import Outgoing
from bot.turn.counted import Spending, count_sent, keep_chats, note_came_back
from bot.turn.sql import Row, Statements
from conversations.record import record


@record
class Queued:
    """A committed outbox row.

    `oldest` is the chat's oldest unsent row as its commit saw it, 0 for a row that a sweep found.
    """

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
    due_at: datetime | None = None
    """Before which it was not to be sent, if it was held."""
    put_off: bool = False
    """It waited because there was no message left for it (bot.turn.put_off)."""
    shows_way: bool = False
    """The way to the web chat was put under it."""

    @property
    def since(self) -> datetime:
        """Since when it could have been sent."""
        return max(self.created_at, self.due_at) if self.due_at else self.created_at


@record
class Mark:
    """What became of one message."""

    id: int
    chat_id: int
    status: int | None
    """None: it is still on its way, and has cost something already."""
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
        self.carried = False
        """Whether turns are being taken in this process: their next commit takes marks along."""
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
        self.written.update(m.id for m in marks if m.status is not None)

    def give_back(self, marks: list[Mark]) -> None:
        """Take marks back that could not be written."""
        self._waiting[:0] = marks


def queued_of(row: Row, put_off: str) -> Queued:
    """Return a row as `Statements.unsent` reads it; `put_off` is the reason of those that wait."""
    heard, held = row["last_in_at"], row["not_before"]
    return Queued(
        row["id"],
        row["chat_id"],
        row["channel"],
        row["bot"],
        row["external_id"],
        Outgoing.from_json(row["payload"]),
        _moment(row["created_at"]),
        last_in_at=_moment(heard) if heard else None,
        due_at=_moment(held) if held else None,
        put_off=row["reason"] == put_off,
    )


def _moment(value: datetime | str) -> datetime:
    """Return a time that came from raw SQL: SQLite gives text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def write_marks(
    sql: Statements, db: BaseDBAsyncClient, now: datetime, marks: list[Mark]
) -> None:
    """Write marks in the caller's transaction."""
    over = [m for m in marks if m.status is not None]
    if over:
        await sql.mark_outbox(
            db, now, [(m.id, m.status, m.attempts, m.message_id, m.reason) for m in over]
        )
    blocked = sorted({m.chat_id for m in marks if m.reason == "blocked"})
    if blocked:
        await sql.block_chats(db, now, blocked)
    if spent := [m.spent for m in marks if m.spent is not None]:
        await count_sent(db, spent)
        await keep_chats(db, spent)
    if back := [m.id for m in marks if m.another_way]:
        await note_came_back(db, back)
