"""The conversation as the page shows it, read from the journal and the outbox.

A message of ours is shown once it may be sent (its row is its delivery); one that waits for
its moment holds the cursor back, so that it is not missed when its turn comes. What was told to
somebody's role in an office is not shown when the role has ended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from tortoise.expressions import Q

from backend.access_words import Words, words_of
from backend.models import Chat, Inbox, Outbox
from bot.attachments import open_to
from bot.limits import WEB_FIRST_CHARS, WEB_HISTORY
from bot.messages import Incoming, Kind, Outgoing
from bot.web_chat.answers import person_of
from bot.web_chat.incoming import pressed

OVERLAP = timedelta(seconds=10)
"""Rows this young are given again: a lower number may be committed after a higher one. The
page knows each message by its key and shows it once."""

CLOSED = "…"
"""Stands in place of words, as where they were kept long enough."""
TO_SEND, SENT = 0, 1
CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")
SHOWN = {Kind.TEXT, Kind.PRESS, Kind.PHOTO, Kind.LOCATION}


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a page has read: the last inbox and outbox rows that it knows."""

    inbox: int = 0
    outbox: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor in a query; anything else begins at the beginning."""
        match = CURSOR.fullmatch(text)
        return cls(int(match[1]), int(match[2])) if match else cls()

    def __str__(self) -> str:
        return f"{self.inbox}-{self.outbox}"


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a conversation, oldest first. Messages are JSON objects with a unique `key`."""

    messages: list[dict[str, Any]]
    cursor: Cursor
    more: bool


async def read(chat: Chat, after: Cursor, now: datetime) -> Part:
    """Return what came after a cursor; from the beginning, the last WEB_HISTORY messages.

    Times are ISO 8601 in UTC; the page shows them in the phone's own zone.
    """
    since = now - OVERLAP
    theirs = await _rows(Inbox.filter(chat_id=chat.id), after.inbox, Q(received_at__gt=since))
    ours = await _rows(
        Outbox.filter(chat_id=chat.id, status__in=(TO_SEND, SENT)),
        after.outbox,
        Q(created_at__gt=since),
    )
    held = [row.id for row in ours if _waits(row, now)]
    seen = [row.id for row in ours if row.id not in held]
    outbox = max([after.outbox, *seen])
    if held:
        outbox = min(outbox, min(held) - 1)
    words = await words_of(person_of(chat))
    asked = await _asked(chat.id, theirs, words)
    our = await _without_closed(chat, [row for row in ours if not _waits(row, now)], words)
    both = [(row.created_at, 1, row.id, told) for row, told in our]
    both += [(row.received_at, 0, row.id, _theirs(chat, row, asked)) for row in theirs]
    both.sort(key=lambda item: item[:3])
    messages = [message for *_, message in both if message]
    first = not after.outbox and not after.inbox
    return Part(
        messages=messages[-WEB_HISTORY:] if first else messages,
        cursor=Cursor(max([after.inbox, *(row.id for row in theirs)]), outbox),
        more=not first and WEB_HISTORY in (len(theirs), len(ours)),
    )


def newest(part: Part) -> Part:
    """Return as many of the newest messages as come quickly; `more` says that older ones exist."""
    room, first = WEB_FIRST_CHARS, len(part.messages)
    while (
        first and (room := room - len(json.dumps(part.messages[first - 1], ensure_ascii=False))) > 0
    ):
        first -= 1
    first = min(first, max(len(part.messages) - 1, 0))  # however long it is, the last one
    return Part(part.messages[first:], part.cursor, more=first > 0)


def shown(part: Part) -> dict[str, Any]:
    """Return what the page reads."""
    return {"messages": part.messages, "cursor": str(part.cursor), "more": part.more}


async def outgoing(chat: Chat, outbox_id: int) -> Outgoing | None:
    """Return one message of this very chat, or None."""
    row = await Outbox.get_or_none(id=outbox_id, chat_id=chat.id, status__in=(TO_SEND, SENT))
    return Outgoing.from_json(row.payload) if row else None


async def _rows(query: Any, after: int, young: Q) -> list[Any]:
    if not after:
        return list(reversed(await query.order_by("-id").limit(WEB_HISTORY)))
    return list(await query.filter(Q(id__gt=after) | young).order_by("id").limit(WEB_HISTORY))


def _waits(row: Outbox, now: datetime) -> bool:
    return row.status == TO_SEND and row.not_before is not None and row.not_before > now


async def _without_closed(
    chat: Chat, rows: Sequence[Outbox], words: Words
) -> list[tuple[Outbox, dict[str, Any] | None]]:
    """Return what the page is told of each; what is no longer theirs is left out."""
    messages = [Outgoing.from_json(row.payload) for row in rows]
    attached = {key for m in messages for key in (m.picture, m.document) if key}
    found = await open_to(attached, person_of(chat))
    return [(r, _ours(r, m, words, found)) for r, m in zip(rows, messages, strict=True)]


def _ours(
    row: Outbox, message: Outgoing, words: Words, attached: Collection[str]
) -> dict[str, Any] | None:
    told: dict[str, Any] = {"key": f"o{row.id}", "from": "office", "at": _iso(row.created_at)}
    if message.picture in attached:
        told["picture"] = f"files/{row.id}"
    if message.document in attached:
        told["document"] = f"files/{row.id}?document=1"
        told["name"] = message.document_name
    if not words.open(row.created_at, message.purpose, message.village):
        # A photo or workbook has a function of its own, which may still let it through.
        return told | {"text": CLOSED} if "picture" in told or "document" in told else None
    told["text"] = message.text
    if message.prompt:
        told["prompt"] = message.prompt
    if message.closes:
        told["closes"] = message.closes
    if message.buttons:
        told["buttons"] = [[{"label": b.label, "data": b.data} for b in r] for r in message.buttons]
    if message.wants:
        told["wants"] = str(message.wants)
    return told


def _theirs(chat: Chat, row: Inbox, asked: Sequence[Asked]) -> dict[str, Any] | None:
    message = Incoming.from_json(row.payload)
    if message.kind not in SHOWN:
        return None
    told: dict[str, Any] = {
        "key": row.external_id.removeprefix(f"{chat.external_id}:"),
        "from": "me",
        "kind": str(message.kind),
        "at": _iso(row.received_at),
        "text": message.text,
    }
    if message.kind is Kind.PRESS:
        question = next((a for a in asked if a.offered(message, row.received_at)), None)
        if question is None:
            return None
        told["pressed"] = question.key
        told["text"] = question.labels[message.prompt, message.text]
    return told


@dataclass(frozen=True, slots=True)
class Asked:
    """One message of ours with its buttons: labels by (prompt, value)."""

    key: str
    at: datetime
    labels: Mapping[tuple[int, str], str]

    def offered(self, press: Incoming, at: datetime) -> bool:
        """Say whether this press can have been made on this message."""
        return self.at <= at and (press.prompt, press.text) in self.labels


async def _asked(chat_id: int, rows: Iterable[Inbox], words: Words) -> list[Asked]:
    """Return our messages with buttons, newest first, if any of these rows is a press."""
    if not any(Incoming.from_json(row.payload).kind is Kind.PRESS for row in rows):
        return []
    query = Outbox.filter(chat_id=chat_id, payload__contains='"buttons"')
    query = query.order_by("-id").limit(2 * WEB_HISTORY)
    found = [(row, Outgoing.from_json(row.payload)) for row in await query]
    return [
        Asked(
            key=f"o{row.id}",
            at=row.created_at,
            labels={
                pressed(button.data): button.label for line in message.buttons for button in line
            },
        )
        for row, message in found
        if words.open(row.created_at, message.purpose, message.village)
    ]


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
