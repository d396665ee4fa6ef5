"""A Telegram update as Incoming. Nothing that Telegram sends makes this raise.

In private chats everything a person sends is journalled, so that it can be answered. In groups
only commands and presses are: what else people say there is none of our business.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from telegram import Bot, CallbackQuery, Chat, Document, Message, Update, User

from backend.people import as_phone
from bot.limits import MAX_EXTERNAL_ID_CHARS, MAX_INCOMING_CHARS
from bot.messages import EDITED, Incoming, Kind, Media
from bot.receiving import UNREADABLE
from bot.telegram.plain import Plain, plain

CHANNEL = "telegram"
FOREIGN_CONTACT = "foreign_contact"

IMAGE_NAME = re.compile(r"\.(jpe?g|jfif|png|webp|hei[cf]|avif|bmp|tiff?)$", re.IGNORECASE)
COMMAND = re.compile(r"^/(\w{1,32})(?:@(\w{1,64}))?(?=\s|$)")
PRESSED = re.compile(r"(\d{1,9}):(.*)", re.DOTALL)
MAX_NAME_CHARS = 200

UNSUPPORTED = (
    "sticker",
    "voice",
    "video",
    "video_note",
    "audio",
    "animation",
    "document",
    "poll",
    "dice",
    "game",
    "story",
    "paid_media",
    "checklist",
    "invoice",
    "giveaway",
)
"""What a person can send and we cannot use. `animation` before `document`: a GIF is both."""

log = logging.getLogger(__name__)


def read_update(raw: object, client: Bot, *, bot: str = "", username: str = "") -> Incoming | None:
    """Return the message in one update as Telegram's JSON has it, or None if it holds none.

    An update that cannot be read becomes UNSUPPORTED «unreadable» if it says at least whose it
    is. `username` is the bot's own, "" if not known; commands for other bots are passed over.
    Plain texts and presses are read without the library (decision 0005); it reads all else.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("update_id"), int):
        log.warning("an update without an id was passed over")
        return None
    try:
        if (simple := plain(raw)) is not None:
            return _plain_incoming(simple, bot, username)
        update = Update.de_json(dict(raw), client)
        return to_incoming(update, bot=bot, username=username)
    except Exception as error:  # noqa: BLE001  (whatever it was, one bad update must not stop the rest)
        log.warning("an update could not be read: %s", type(error).__name__)
        return stand_in(raw, bot=bot)


def to_incoming(update: Update, *, bot: str = "", username: str = "") -> Incoming | None:
    """Return what an update means for us, or None: a service message, another bot."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query, bot)
    if update.edited_message is not None:
        return _edit(update.update_id, update.edited_message, bot)
    message = update.message
    if message is None or message.from_user is None or message.from_user.is_bot:
        return None
    fields = _content(message, username)
    if fields is None:
        return None
    private = message.chat.type == Chat.PRIVATE
    if not private and not (fields["kind"] is Kind.START or fields.get("text", "")[:1] == "/"):
        return None
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(update.update_id, message.chat.id),
        chat=str(message.chat.id),
        user=str(message.from_user.id),
        bot=bot,
        private=private,
        sent_at=message.date.timestamp(),
        **fields,
    )


def stand_in(raw: Mapping[str, Any], *, bot: str = "") -> Incoming | None:
    """Return UNSUPPORTED «unreadable» for a raw update of a private chat, or None."""
    query = raw.get("callback_query")
    message = query.get("message") if isinstance(query, Mapping) else raw.get("message")
    holder = query if isinstance(query, Mapping) else message
    chat = _id(message, "chat")
    user = _id(holder, "from")
    if chat is None or chat <= 0 or user is None:
        return None
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(raw["update_id"], chat),
        chat=str(chat),
        user=str(user),
        bot=bot,
        kind=Kind.UNSUPPORTED,
        text=UNREADABLE,
    )


def external_id(update_id: int, chat: int) -> str:
    """Return the id under which a message is kept once.

    With the chat: Telegram counts updates anew for each bot and after a quiet week, so the same
    number from somebody else is another message, and must not be taken for a repeated one.
    """
    return f"{update_id}:{chat}"


def callback_id(raw: object) -> str:
    """Return the id under which a press waits to be answered, or ""."""
    query = raw.get("callback_query") if isinstance(raw, Mapping) else None
    found = query.get("id") if isinstance(query, Mapping) else None
    return found if isinstance(found, str) else ""


def clean(text: str, limit: int = MAX_INCOMING_CHARS) -> str:
    """Return text in NFC, without NUL and half characters, cut at `limit`."""
    whole = text[: limit * 2].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", whole)[:limit]


def _press(update_id: int, query: CallbackQuery, bot: str) -> Incoming | None:
    user: User = query.from_user
    if query.message is None or user.is_bot:
        return None
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(update_id, query.message.chat.id),
        chat=str(query.message.chat.id),
        user=str(user.id),
        bot=bot,
        private=query.message.chat.type == Chat.PRIVATE,
        **_pressed(query.data or ""),
    )


def _edit(update_id: int, message: Message, bot: str) -> Incoming | None:
    """Return that a person changed the words of an older message; the new ones are not kept.

    An edit of anything else is nobody's answer: a position that is shared live moves on its own.
    """
    user = message.from_user
    if user is None or user.is_bot or not message.text or message.chat.type != Chat.PRIVATE:
        return None
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(update_id, message.chat.id),
        chat=str(message.chat.id),
        user=str(user.id),
        bot=bot,
        kind=Kind.UNSUPPORTED,
        text=EDITED,
        sent_at=(message.edit_date or message.date).timestamp(),
    )


def _plain_incoming(simple: Plain, bot: str, username: str) -> Incoming | None:
    if simple.pressed:
        fields: dict[str, Any] | None = _pressed(simple.text)
    else:
        fields = _text(clean(simple.text), username)
    if fields is None:
        return None
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(simple.update_id, simple.chat),
        chat=str(simple.chat),
        user=str(simple.user),
        bot=bot,
        sent_at=simple.sent_at,
        **fields,
    )


def _pressed(whole: str) -> dict[str, Any]:
    data = clean(whole, 64)
    found = PRESSED.fullmatch(data)
    return {
        "kind": Kind.PRESS,
        "prompt": int(found[1]) if found else 0,
        "text": found[2] if found else data,
    }


def _content(message: Message, username: str) -> dict[str, Any] | None:
    if message.text is not None:
        return _text(clean(message.text), username)
    caption = clean(message.caption or "")
    if message.photo:
        largest = max(message.photo, key=lambda p: p.width * p.height)
        media = Media(
            source=largest.file_id,
            media_type="image/jpeg",
            size=largest.file_size or 0,
            album=clean(message.media_group_id or "", MAX_EXTERNAL_ID_CHARS),
        )
        return {"kind": Kind.PHOTO, "media": media, "text": caption}
    if message.document and not message.animation and _is_image(message.document):
        media = Media(
            source=message.document.file_id,
            name=clean(message.document.file_name or "", MAX_NAME_CHARS),
            media_type=clean(message.document.mime_type or "", 64),
            size=message.document.file_size or 0,
            as_file=True,
            album=clean(message.media_group_id or "", MAX_EXTERNAL_ID_CHARS),
        )
        return {"kind": Kind.PHOTO, "media": media, "text": caption}
    if message.location:
        return {
            "kind": Kind.LOCATION,
            "latitude": message.location.latitude,
            "longitude": message.location.longitude,
            "accuracy": message.location.horizontal_accuracy or 0.0,
        }
    if message.contact:
        return _contact(message)
    for name in UNSUPPORTED:
        if getattr(message, name, None):
            return {"kind": Kind.UNSUPPORTED, "text": name}
    if message.api_kwargs:
        # A kind of message newer than the library: still a person who waits for an answer.
        return {"kind": Kind.UNSUPPORTED, "text": "unknown"}
    return None


def _text(text: str, username: str) -> dict[str, Any] | None:
    command = COMMAND.match(text)
    if command is None:
        return {"kind": Kind.TEXT, "text": text}
    name, addressed = command[1], command[2]
    if addressed and username and addressed.casefold() != username.casefold():
        return None
    rest = text[command.end() :]
    if name.casefold() == "start":
        return {"kind": Kind.START, "text": rest.strip()}
    return {"kind": Kind.TEXT, "text": f"/{name}{rest}"}


def _contact(message: Message) -> dict[str, Any]:
    contact, sender = message.contact, message.from_user
    own = contact and sender and contact.user_id == sender.id
    if not contact or not own:
        return {"kind": Kind.UNSUPPORTED, "text": FOREIGN_CONTACT}
    phone = as_phone(contact.phone_number)
    if phone is None:
        return {"kind": Kind.UNSUPPORTED, "text": "contact"}
    return {"kind": Kind.CONTACT, "phone": phone}


def _is_image(document: Document) -> bool:
    declared = (document.mime_type or "").casefold().startswith("image/")
    return declared or bool(IMAGE_NAME.search(document.file_name or ""))


def _id(holder: object, key: str) -> int | None:
    inner = holder.get(key) if isinstance(holder, Mapping) else None
    value = inner.get("id") if isinstance(inner, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
