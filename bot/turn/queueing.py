"""From what turns say to rows of the outbox, and to what the sender takes in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.messages import Outgoing
from bot.turn import sql
from bot.turn.outbox import Queued
from bot.turn.shapes import ChatRow


async def queue(
    db: BaseDBAsyncClient,
    replies: Sequence[tuple[ChatRow, Sequence[Outgoing]]],
    now: datetime,
    led: sql.LedTo | None = None,
) -> list[Queued]:
    """Insert what is to be sent, in the caller's transaction; a chat is in `replies` once.

    A newer prompt makes older unsent ones of its chat stale. `led` is what else is written with
    it. Returns what may go out at once.
    """
    led = led or sql.LedTo()
    led.asked = [chat.id for chat, outgoing in replies if any(o.prompt for o in outgoing)]
    rows: list[tuple[Any, ...]] = []
    made: dict[int, list[tuple[ChatRow, Outgoing, bool]]] = {}
    for chat, outgoing in replies:
        last = max((n for n, o in enumerate(outgoing) if o.prompt), default=-1)
        for n, message in enumerate(outgoing):
            stale = bool(message.prompt) and n < last
            held = now + timedelta(seconds=message.hold) if message.hold > 0 else None
            rows.append(
                (len(rows), chat.id, message.to_json(), message.prompt, message.once or None,
                 message.purpose, sql.STALE if stale else sql.TO_SEND, held)
            )  # fmt: skip
            made.setdefault(chat.id, []).append((chat, message, stale or held is not None))
    return _paired(await sql.statements().write(db, now, led, rows), made, now)


def _paired(
    inserted: list[sql.Row], made: dict[int, list[tuple[ChatRow, Outgoing, bool]]], now: datetime
) -> list[Queued]:
    """Join the new rows' ids with their messages.

    A row may be missing because its `once` was queued before. Within a chat ids rise in the
    order of the messages, so those that are there pair off in order.
    """
    by_chat: dict[int, list[sql.Row]] = {}
    for row in sorted(inserted, key=lambda r: r["id"]):
        by_chat.setdefault(row["chat_id"], []).append(row)
    queued: list[Queued] = []
    for chat_id, messages in made.items():
        rows = iter(by_chat.get(chat_id, ()))
        new = {r["once"] for r in by_chat.get(chat_id, ()) if r["once"]}
        for chat, message, later in messages:
            if message.once and message.once not in new:
                continue
            row = next(rows)
            if not later:
                queued.append(
                    Queued(row["id"], chat_id, chat.channel, chat.bot, chat.external_id, message,
                           now, row["oldest"] or row["id"], now)
                )  # fmt: skip
    return queued
