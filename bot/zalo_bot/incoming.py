"""A Zalo event as Incoming. Nothing that Zalo sends makes this raise.

An event is `{"event_name", "message"}`, by getUpdates and by webhook, there perhaps wrapped in
`{"ok", "result"}`. Ids are opaque strings, `date` is in milliseconds.

In groups only commands are journalled: what else people say there is none of our business.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.limits import MAX_EXTERNAL_ID_CHARS, MAX_INCOMING_CHARS
from bot.messages import WITHHELD, Incoming, Kind, Media
from bot.receiving import UNREADABLE

CHANNEL: Final = "zalo-bot"

MENTION: Final = re.compile(r"\s*@[^/]{0,100}(?=/)")
START: Final = re.compile(r"/start(?=\s|$)", re.IGNORECASE)
LARGEST_DATE: Final = 10**14

log = logging.getLogger(__name__)


def read_event(raw: object, *, bot: str = "") -> Incoming | None:
    """Return the message in one event, or None if it holds none for us.

    One that cannot be read becomes UNSUPPORTED «unreadable» if it says at least whose it is.
    """
    event = unwrapped(raw)
    message = event.get("message")
    if not isinstance(message, Mapping):
        log.warning("an event without a message was passed over")
        return None
    user, chat = _id(message.get("from")), _id(message.get("chat"))
    if not chat:
        chat = user
    if not user or len(chat) > MAX_EXTERNAL_ID_CHARS or _is_bot(message):
        return None
    private = _private(message, user, chat)
    content = _content(str(event.get("event_name", "")), message)
    fields = content if private else _command(content)
    if fields is None:
        return None
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(message, chat),
        chat=chat,
        user=user,
        bot=bot,
        private=private,
        sent_at=_sent_at(message.get("date")),
        **fields,
    )


def unwrapped(raw: object) -> Mapping[str, Any]:
    """Return the event itself, taken out of `{"ok", "result"}` if it is in one; {} for none."""
    if isinstance(raw, Mapping) and "message" not in raw and isinstance(raw.get("result"), Mapping):
        raw = raw["result"]
    return raw if isinstance(raw, Mapping) else {}


def external_id(message: Mapping[str, Any], chat: str) -> str:
    """Return the id under which a message is kept once.

    With the chat, so that it holds also if Zalo counts per chat; a message without an id is
    known by its content.
    """
    given = message.get("message_id")
    name = str(given) if isinstance(given, str | int) and given != "" else ""
    whole = f"{name}:{chat}"
    if name and len(whole) <= MAX_EXTERNAL_ID_CHARS:
        return whole
    content = json.dumps(message, sort_keys=True, default=str) if not name else whole
    return "sha256:" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _content(event: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the message says; the event's name is believed only where the fields are silent."""
    if source := _address(message.get("photo")) or _address(message.get("photo_url")):
        caption = message.get("caption") or message.get("text") or ""
        return {"kind": Kind.PHOTO, "media": Media(source=source), "text": _text(caption)}
    name = event.removeprefix("message.").partition(".")[0]
    if name == "unsupported":
        return {"kind": Kind.UNSUPPORTED, "text": WITHHELD}
    text = message.get("text")
    if isinstance(text, str) and text and name in {"", "text"}:
        found = START.match(text)
        if found:
            return {"kind": Kind.START, "text": _text(text[found.end() :].strip())}
        return {"kind": Kind.TEXT, "text": _text(text)}
    if name == "text" or not re.fullmatch(r"[a-z_]{1,32}", name):
        name = UNREADABLE
    return {"kind": Kind.UNSUPPORTED, "text": name}


def _command(fields: dict[str, Any]) -> dict[str, Any] | None:
    """Return a command without the mention that a group's message begins with, or None."""
    if fields["kind"] is Kind.START:
        return fields
    if fields["kind"] is not Kind.TEXT:
        return None
    text = MENTION.sub("", fields["text"], count=1).strip()
    return {**fields, "text": text} if text.startswith("/") else None


def _private(message: Mapping[str, Any], user: str, chat: str) -> bool:
    where = message.get("chat")
    kind = where.get("chat_type") if isinstance(where, Mapping) else None
    return kind.upper() == "PRIVATE" if isinstance(kind, str) and kind else user == chat


def _is_bot(message: Mapping[str, Any]) -> bool:
    sender = message.get("from")
    return isinstance(sender, Mapping) and sender.get("is_bot") is True


def _id(holder: object) -> str:
    value = holder.get("id") if isinstance(holder, Mapping) else None
    known = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value)[: MAX_EXTERNAL_ID_CHARS + 1] if known else ""


def _address(value: object) -> str:
    """Return a photo's URL; a list of sizes is taken at its last."""
    if isinstance(value, list) and value:
        value = value[-1]
    if isinstance(value, Mapping):
        value = value.get("url")
    return value if isinstance(value, str) else ""


def _text(value: object) -> str:
    return value[: 4 * MAX_INCOMING_CHARS] if isinstance(value, str) else ""


def _sent_at(date: object) -> float:
    """Return Unix seconds, 0 for what is no time."""
    if isinstance(date, str) and date.isascii() and date.isdecimal() and len(date) < 16:  # noqa: PLR2004  (milliseconds have 13)
        date = int(date)
    if isinstance(date, bool) or not isinstance(date, int | float) or not 0 < date < LARGEST_DATE:
        return 0.0
    return date / 1000
