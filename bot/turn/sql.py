# ruff: noqa: S608  (statements are built from constants of this file; values are parameters)
"""The statements of the turn, the sender and the media worker, for both databases.

Written by hand because the ORM costs several times the rest of a turn. Rows go in as one
parameter (SQLite: a JSON array, PostgreSQL: an array per column), so each statement is built
once and every batch size has the same text, which keeps prepared statements prepared.

What a batch of turns leads to is written by one statement on PostgreSQL, where each is a trip that
the batch waits for; on SQLite by several that make one trip (`backend.engines.put_off`).

On PostgreSQL a chat is locked in one statement and its oldest message read in the next one: a
head that was read in the statement that waits or skips for locks could be a message that
another process has just finished.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

from backend.engines import put_off

Row = dict[str, Any]

READY: Final = 0
WAITING: Final = 1
DONE: Final = 2
SET_ASIDE: Final = 3

TO_SEND: Final = 0
SENT: Final = 1
STALE: Final = 2
UNDELIVERABLE: Final = 3

_TURN_COLUMNS = (
    "i.id AS inbox_id, i.payload, i.attempts, c.id AS chat_id, c.channel, c.bot, c.external_id,"
    " c.private, c.person_id, c.lang, c.stage, v.id AS interview_id, v.form_version_id, v.questionnaire,"
    " v.area_id, v.period, v.state"
)
_TURN_TABLES = (
    "FROM inbox i JOIN chat c ON c.id = i.chat_id"
    " LEFT JOIN interview v ON v.running_for = c.person_id"
)
# A chat whose oldest open message waits for its photo is not ready: order before speed.
_HEADS = (
    "SELECT chat_id, min(id) AS head, count(*) AS depth FROM inbox WHERE status IN (0, 1)"
    " GROUP BY chat_id HAVING min(id) = min(CASE WHEN status = 0 THEN id END)"
)


@dataclass(slots=True)
class LedTo:
    """What turns lead to beside what they say. `interviews` are (id, state or None, status)."""

    done: list[int] = field(default_factory=list)
    """Messages of the inbox that had their turn."""
    heard: list[int] = field(default_factory=list)
    """Chats that wrote: they can be reached again."""
    interviews: list[tuple[int, str | None, str]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    """Chats that are asked something new: what was to be asked there before is stale."""


class Statements:
    """All statements in one dialect; `db` is the connection or transaction to run them in."""

    def __init__(self, dialect: str) -> None:
        """`dialect` is "sqlite" or "postgres"."""
        self.sqlite = dialect == "sqlite"

        def now(number: int) -> str:
            return self._cast(self._p(number), "timestamptz")

        empty = self._cast("'{}'", "jsonb")
        self._add_chats = (
            "INSERT INTO chat (channel, bot, external_id, private, lang, created_at, stage, stage_data)"
            f" SELECT j.channel, j.bot, j.chat, j.private, {self._cast(self._p(1), 'text')},"
            f" {now(2)}, '', {empty} FROM "
            + self._rows(3, channel="text", bot="text", chat="text", private="bool")
            + " WHERE true ON CONFLICT (channel, bot, external_id) DO NOTHING"
        )
        self._add_inbox = (
            "INSERT INTO inbox (channel, bot, external_id, chat_id, payload, status, attempts, received_at)"
            f" SELECT j.channel, j.bot, j.external_id, c.id, j.payload, j.status, 0, {now(1)} FROM "
            + self._rows(
                2,
                n="int",
                channel="text",
                bot="text",
                external_id="text",
                chat="text",
                payload="text",
                status="int",
            )
            # LEFT: a message whose chat is not there must raise, not vanish.
            + " LEFT JOIN chat c ON c.channel = j.channel AND c.bot = j.bot AND c.external_id = j.chat"
            " WHERE true ORDER BY j.n ON CONFLICT (channel, bot, external_id) DO NOTHING"
        )
        self._heads = (
            f"SELECT {_TURN_COLUMNS}, h.depth FROM ({_HEADS} ORDER BY head LIMIT {self._p(1)}) h"
            f" JOIN {_TURN_TABLES.removeprefix('FROM ')} WHERE i.id = h.head ORDER BY i.id"
        )
        self._lock = (
            f"WITH waiting AS ({_HEADS}),"
            " chats AS (SELECT c.id, c.person_id, w.depth FROM waiting w"
            "  JOIN chat c ON c.id = w.chat_id ORDER BY w.head LIMIT $1"
            "  FOR NO KEY UPDATE OF c SKIP LOCKED),"
            " people AS (SELECT id FROM person WHERE id IN (SELECT person_id FROM chats)"
            "  FOR NO KEY UPDATE SKIP LOCKED)"
            " SELECT t.total, c.id, c.depth, c.person_id IS NULL OR p.id IS NOT NULL AS free"
            " FROM (SELECT count(*) AS total FROM waiting) t LEFT JOIN chats c ON true"
            " LEFT JOIN people p ON p.id = c.person_id"
        )
        self._locked_heads = (
            f"SELECT {_TURN_COLUMNS} {_TURN_TABLES} WHERE i.status = 0 AND i.id IN"
            " (SELECT min(id) FROM inbox WHERE chat_id = ANY($1::bigint[]) AND status IN (0, 1)"
            " GROUP BY chat_id) ORDER BY i.id"
        )
        # Numbers of parameters: on PostgreSQL the next five are parts of one statement.
        done, heard, saved, asked, queued = (2,) * 5 if self.sqlite else (2, 3, 4, 7, 8)
        self._finish_inbox = (
            f"UPDATE inbox SET status = 2, done_at = {self._p(1)} WHERE id IN {self._ids(done)}"
        )
        self._touch_chats = (
            f"UPDATE chat SET last_in_at = {self._p(1)}, blocked_at = NULL"
            f" WHERE id IN {self._ids(heard)}"
        )
        self._save_interviews = (
            "UPDATE interview SET state = COALESCE(j.state, interview.state), status = j.status,"
            f" changed_at = {self._p(1)}, running_for = CASE WHEN j.status = 'running'"
            " THEN interview.person_id END FROM "
            + self._rows(saved, id="bigint", state="text", status="text")
            + " WHERE interview.id = j.id"
        )
        self._stale_prompts = (
            f"UPDATE outbox SET status = 2, done_at = {self._p(1)}, reason = 'stale'"
            f" WHERE status = 0 AND prompt > 0 AND chat_id IN {self._ids(asked)}"
        )
        # Within one statement, what that part made stale still looks unsent.
        unsent = (
            "" if self.sqlite else f" AND NOT (o.prompt > 0 AND o.chat_id IN {self._ids(asked)})"
        )
        self._add_outbox = (
            "INSERT INTO outbox (chat_id, payload, prompt, once, purpose, status, attempts,"
            " not_before, created_at, done_at, reason)"
            " SELECT j.chat_id, j.payload, j.prompt, j.once, j.purpose, j.status, 0, j.not_before,"
            f" {now(1)}, CASE WHEN j.status = 2 THEN {now(1)} END,"
            " CASE WHEN j.status = 2 THEN 'stale' END FROM "
            + self._rows(
                queued,
                n="int",
                chat_id="bigint",
                payload="text",
                prompt="int",
                once="text",
                purpose="text",
                status="int",
                not_before="timestamptz",
            )
            + " WHERE true ORDER BY j.n ON CONFLICT (once) DO NOTHING RETURNING id, chat_id, once,"
            " (SELECT min(o.id) FROM outbox o WHERE o.status = 0 AND o.chat_id = outbox.chat_id"
            f"{unsent} AND (o.not_before IS NULL OR o.not_before <= {now(1)})) AS oldest"
        )
        self._write = (
            f"WITH done AS ({self._finish_inbox}), heard AS ({self._touch_chats}),"
            f" saved AS ({self._save_interviews}), asked AS ({self._stale_prompts})"
            f" {self._add_outbox}"
        )
        self._mark_outbox = (
            "UPDATE outbox SET status = j.status, attempts = j.attempts, message_id = j.message_id,"
            f" reason = j.reason, done_at = {self._p(1)} FROM "
            + self._rows(
                2, id="bigint", status="int", attempts="int", message_id="text", reason="text"
            )
            + " WHERE outbox.id = j.id"
        )
        self._block_chats = f"UPDATE chat SET blocked_at = {self._p(1)} WHERE id IN {self._ids(2)}"
        self._unsent = (
            "SELECT o.id, o.chat_id, o.payload, o.prompt, o.created_at, o.not_before, o.reason,"
            " c.channel, c.bot, c.external_id, c.last_in_at FROM outbox o JOIN chat c ON c.id = o.chat_id WHERE o.status = 0"
            f" AND (o.not_before IS NULL OR o.not_before <= {self._p(1)})"
            f" AND c.channel || ' ' || c.bot IN {self._texts(2)} ORDER BY o.id LIMIT {self._p(3)}"
        )
        self._attempted = (
            f"UPDATE inbox SET attempts = attempts + 1, status = {self._p(1)}, error = {self._p(2)}"
            f" WHERE id = {self._p(3)} AND status = 0"
        )
        self._photos = (
            "SELECT i.id, i.payload, i.channel, i.bot, EXISTS (SELECT 1 FROM role_grant g"
            " WHERE g.person_id = c.person_id AND g.revoked_at IS NULL) AS known, EXISTS (SELECT 1"
            " FROM inbox e WHERE e.status = 0 AND e.chat_id = i.chat_id AND e.id < i.id) AS behind"
            " FROM inbox i JOIN chat c ON c.id = i.chat_id WHERE i.status = 1"
            f" AND i.id NOT IN {self._ids(1)} ORDER BY i.id LIMIT {self._p(2)}"
        )
        self._photos_kept = (
            "UPDATE inbox SET payload = j.payload, status = 0 FROM "
            + self._rows(1, id="bigint", payload="text")
            + " WHERE inbox.id = j.id AND inbox.status = 1"
        )
        self._shown = (
            f"SELECT message_id FROM outbox WHERE chat_id = {self._p(1)} AND prompt = {self._p(2)}"
            " AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        self._status = f"SELECT status FROM outbox WHERE id = {self._p(1)}"

    # -- journal and turn -----------------------------------------------------------------

    async def add_chats(
        self, db: BaseDBAsyncClient, lang: str, now: datetime, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Make the chats (channel, bot, external id, private) that are not there yet."""
        await put_off(db, self._add_chats, [lang, now, *self._values(rows)])

    async def add_inbox(
        self, db: BaseDBAsyncClient, now: datetime, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Keep messages (n, channel, bot, external id, chat, payload, status) not yet kept."""
        await put_off(db, self._add_inbox, [now, *self._values(rows)])

    async def claim(self, db: BaseDBAsyncClient, limit: int) -> tuple[list[Row], bool, bool]:
        """Return the oldest ready message of up to `limit` chats, with chat and interview.

        Also whether there is more to do after these, and whether another process holds some.
        """
        if self.sqlite:
            rows = await db.execute_query_dict(self._heads, [limit])
            return rows, len(rows) == limit or any(r["depth"] > 1 for r in rows), False
        locked = await db.execute_query_dict(self._lock, [limit])
        mine = [r["id"] for r in locked if r["id"] is not None and r["free"]]
        total = locked[0]["total"]
        more = total > limit or any((r["depth"] or 0) > 1 for r in locked)
        held = len(mine) < min(total, limit)
        if not mine:
            return [], more, held
        return await db.execute_query_dict(self._locked_heads, [mine]), more, held

    async def write(
        self, db: BaseDBAsyncClient, now: datetime, led: LedTo, outbox: Sequence[Sequence[Any]]
    ) -> list[Row]:
        """Write what turns lead to, and queue `outbox` in its order.

        Its rows are (n, chat, payload, prompt, once, purpose, status, not_before). Returns id,
        chat_id, once and the chat's oldest unsent id of those that are new.
        """
        if not self.sqlite:
            interviews, queued = self._values(led.interviews, 3), self._values(outbox, 8)
            given = [now, led.done, led.heard, *interviews, led.asked, *queued]
            return await db.execute_query_dict(self._write, given)
        for statement, rows in (
            (self._finish_inbox, led.done),
            (self._touch_chats, led.heard),
            (self._save_interviews, led.interviews),
            (self._stale_prompts, led.asked),
        ):
            if rows:
                await put_off(db, statement, [now, *self._values(rows)])
        return await db.execute_query_dict(self._add_outbox, [now, *self._values(outbox)])

    async def attempted(
        self, db: BaseDBAsyncClient, inbox_id: int, status: int, error: str | None
    ) -> None:
        """Count a failed attempt, or set the message aside (status SET_ASIDE) with its error."""
        await db.execute_query(self._attempted, [status, error, inbox_id])

    # -- sender ---------------------------------------------------------------------------

    async def mark_outbox(
        self, db: BaseDBAsyncClient, now: datetime, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Write (id, status, attempts, message_id, reason)."""
        await db.execute_query(self._mark_outbox, [now, *self._values(rows)])

    async def block_chats(self, db: BaseDBAsyncClient, now: datetime, ids: list[int]) -> None:
        """Note that the channel cannot reach these chats."""
        await db.execute_query(self._block_chats, [now, self._list(ids)])

    async def unsent(
        self, db: BaseDBAsyncClient, now: datetime, channels: Iterable[str], limit: int
    ) -> list[Row]:
        """Return the oldest messages that are due for channels named "channel bot"."""
        return await db.execute_query_dict(self._unsent, [now, self._list(list(channels)), limit])

    async def shown(self, db: BaseDBAsyncClient, chat_id: int, prompt: int) -> str:
        """Return the channel's id of the message that showed a prompt, or ""."""
        rows = await db.execute_query_dict(self._shown, [chat_id, prompt])
        return str(rows[0]["message_id"]) if rows else ""

    async def outbox_status(self, db: BaseDBAsyncClient, outbox_id: int) -> int:
        """Return a queued message's present status."""
        rows = await db.execute_query_dict(self._status, [outbox_id])
        return int(rows[0]["status"]) if rows else STALE

    # -- photos ---------------------------------------------------------------------------

    async def photos(self, db: BaseDBAsyncClient, in_hand: list[int], limit: int) -> list[Row]:
        """Return messages that wait for their photo and are not in hand, oldest first.

        `known`: from somebody with a role. `behind`: an earlier message has not had its turn.
        """
        return await db.execute_query_dict(self._photos, [self._list(in_hand), limit])

    async def photos_kept(self, db: BaseDBAsyncClient, rows: Sequence[Sequence[Any]]) -> None:
        """Make messages (id, payload) ready, their photos kept or refused."""
        await put_off(db, self._photos_kept, self._values(rows))

    # -- dialect --------------------------------------------------------------------------

    def _p(self, number: int) -> str:
        return f"?{number}" if self.sqlite else f"${number}"

    def _cast(self, expression: str, kind: str) -> str:
        return expression if self.sqlite else f"({expression})::{kind}"

    def _ids(self, number: int) -> str:
        return self._in(number, "bigint")

    def _texts(self, number: int) -> str:
        return self._in(number, "text")

    def _in(self, number: int, kind: str) -> str:
        if self.sqlite:
            return f"(SELECT value FROM json_each(?{number}))"
        return f"(SELECT unnest(${number}::{kind}[]))"

    def _list(self, values: list[Any]) -> Any:
        return json.dumps(values) if self.sqlite else values

    def _rows(self, first: int, **columns: str) -> str:
        """Return a FROM item `j` with these columns, fed by `_values` from parameter `first`."""
        if self.sqlite:
            picked = ", ".join(
                f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(columns)
            )
            return f"(SELECT {picked} FROM json_each(?{first})) AS j"
        arrays = ", ".join(f"${first + i}::{kind}[]" for i, kind in enumerate(columns.values()))
        return f"unnest({arrays}) AS j({', '.join(columns)})"

    def _values(self, rows: Sequence[Any], width: int = 0) -> list[Any]:
        """Return the parameters for `_rows`; `width` is how many columns no rows have."""
        if self.sqlite:
            return [json.dumps(rows, ensure_ascii=False, default=_text_of)]
        return [list(column) for column in zip(*rows, strict=True)] or [[]] * width


def database() -> BaseDBAsyncClient:
    """Return the one connection that is open, or the transaction this task is in."""
    connections = get_connections()
    return connections.get(next(iter(connections.db_config)))


def statements() -> Statements:
    """Return the statements for the database that is open."""
    return _statements(database().capabilities.dialect)


@cache
def _statements(dialect: str) -> Statements:
    return Statements(dialect)


def _text_of(value: Any) -> str:
    """Return a time the way Tortoise writes it on SQLite, so that both compare as text."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    raise TypeError(type(value).__name__)
