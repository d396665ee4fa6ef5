"""The updates that nearly every turn has, read straight from their JSON.

A plain text or press in a private chat, of exactly these fields and types. For anything else
`plain` says None and python-telegram-bot reads it: it is the reference, and costs ten times as
much because it makes a Message of a hundred attributes (decision 0005).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conversations.record import record

LATEST: Final = 1 << 36
"""Unix seconds beyond which a date is left to the library to judge."""

_TEXT: Final = frozenset({"message_id", "date", "chat", "from", "text"})
_PRESS: Final = frozenset({"id", "from", "message", "chat_instance", "data"})
_SHOWN: Final = _TEXT | {"reply_markup"}
_PEOPLE: Final = {
    "id": int, "is_bot": bool, "first_name": str, "last_name": str, "username": str,
    "language_code": str,
}  # fmt: skip
_CHATS: Final = {"id": int, "type": str, "first_name": str, "last_name": str, "username": str}


@record
class Plain:
    """Who said or pressed what. `sent_at` is Unix seconds; a press has none, and is `pressed`."""

    update_id: int
    chat: int
    user: int
    text: str
    sent_at: float = 0.0
    pressed: bool = False


def plain(raw: Mapping[str, Any]) -> Plain | None:
    """Return a plain text or press, None for every other update. Never raises."""
    if len(raw) != 2:  # noqa: PLR2004  (update_id and what the update is)
        return None
    update_id = raw.get("update_id")
    if type(update_id) is not int:
        return None
    message = raw.get("message")
    if type(message) is dict:
        if not _plain_message(message, _TEXT) or len(message) != len(_TEXT):
            return None
        sender = message["from"]
        if not _plain_person(sender, bot=False):
            return None
        return Plain(
            update_id, message["chat"]["id"], sender["id"], message["text"], float(message["date"])
        )
    query = raw.get("callback_query")
    return _press(update_id, query) if type(query) is dict else None


def _press(update_id: int, query: dict[str, Any]) -> Plain | None:
    if query.keys() != _PRESS or not _plain_person(query["from"], bot=False):
        return None
    if type(query["id"]) is not str or type(query["chat_instance"]) is not str:
        return None
    message, data = query["message"], query["data"]
    if type(data) is not str or type(message) is not dict or not _plain_message(message, _SHOWN):
        return None
    if not _plain_person(message["from"], bot=True):
        return None
    if "reply_markup" in message and not _plain_buttons(message["reply_markup"]):
        return None
    return Plain(update_id, message["chat"]["id"], query["from"]["id"], data, pressed=True)


def _plain_message(message: dict[str, Any], known: frozenset[str]) -> bool:
    """Say whether it is a text in a private chat, of known fields; the sender is not looked at."""
    if not _TEXT <= message.keys() <= known:
        return False
    date, chat = message["date"], message["chat"]
    return (
        type(message["message_id"]) is int
        and type(message["text"]) is str
        and type(date) is int
        and 0 < date < LATEST
        and type(chat) is dict
        and chat.get("type") == "private"
        and "id" in chat
        and all(type(value) is _CHATS.get(name) for name, value in chat.items())
    )


def _plain_person(person: Any, *, bot: bool) -> bool:
    return (
        type(person) is dict
        and person.get("is_bot") is bot
        and "id" in person
        and "first_name" in person
        and all(type(value) is _PEOPLE.get(name) for name, value in person.items())
    )


def _plain_buttons(markup: Any) -> bool:
    if type(markup) is not dict or markup.keys() != {"inline_keyboard"}:
        return False
    rows = markup["inline_keyboard"]
    return type(rows) is list and all(
        type(row) is list
        and all(
            type(key) is dict
            and key.keys() == {"text", "callback_data"}
            and type(key["text"]) is str
            and type(key["callback_data"]) is str
            for key in row
        )
        for row in rows
    )
