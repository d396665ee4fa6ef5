"""What the page posts, as Incoming. Whatever does not fit is refused before it is journalled."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.limits import MAX_INCOMING_CHARS
from bot.messages import Incoming, Kind, Media
from bot.turn.media import GONE
from bot.web_chat.links import CHANNEL

MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
TAKEN = {"text": Kind.TEXT, "press": Kind.PRESS, "location": Kind.LOCATION, "start": Kind.START}
MAX_BUTTON_CHARS = 64
MILLISECONDS = re.compile(r"[0-9]{1,16}")
PRESSED = re.compile(r"(\d{1,9}):(.*)", re.DOTALL)
OLDEST = timedelta(days=60)
AHEAD = timedelta(minutes=5)
"""A phone's clock is believed within these bounds: a message may wait long for a line."""

FIRST_PHOTO = datetime(2000, 1, 1, tzinfo=UTC)
"""No phone took a photo before: a camera's clock that was never set says less than nothing."""

ORIGINS = {"exif", "file"}
MAX_TYPE_CHARS = 32
MOST_MILLISECONDS = 10**16


class PostRefusedError(ValueError):
    """The body is not one that the page sends."""


def incoming(chat: str, body: object, now: datetime) -> Incoming:
    """Return the message in a decoded JSON body; raise PostRefusedError."""
    if not isinstance(body, dict):
        raise PostRefusedError("an object is expected")
    kind = TAKEN.get(str(body.get("kind")))
    if kind is None:
        raise PostRefusedError("unknown kind")
    text = clean(_string(body, "text"))
    prompt = 0
    latitude = longitude = accuracy = 0.0
    if kind is Kind.TEXT and not text.strip():
        raise PostRefusedError("nothing was written")
    if kind is Kind.PRESS:
        if len(text) > MAX_BUTTON_CHARS:
            raise PostRefusedError("not one of our buttons")
        prompt, text = pressed(text)
    if kind is Kind.LOCATION:
        text = ""
        latitude = _number(body, "latitude", -90, 90)
        longitude = _number(body, "longitude", -180, 180)
        accuracy = _number(body, "accuracy", 0, 1e6) if "accuracy" in body else 0.0
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(chat, _string(body, "id")),
        chat=chat,
        user=chat,
        kind=kind,
        sent_at=sent_at(body.get("at"), now),
        text=text,
        prompt=prompt,
        latitude=latitude,
        longitude=longitude,
        accuracy=accuracy,
    )


def photo(
    chat: str, message_id: str, query: Mapping[str, str], media: Media, now: datetime
) -> Incoming:
    """Return the message of an uploaded photo; raise PostRefusedError."""
    return Incoming(
        channel=CHANNEL,
        external_id=external_id(chat, message_id),
        chat=chat,
        user=chat,
        kind=Kind.PHOTO,
        sent_at=sent_at(_milliseconds(query, "at"), now),
        media=media,
    )


def media_of(
    query: Mapping[str, str], media_type: str, now: datetime, *, source: str = "", size: int = 0
) -> Media:
    """Return what the page says of a photo; without a source it was not kept.

    When it was taken is believed within bounds, and only together with where that was read.
    """
    taken, origin = taken_at(_milliseconds(query, "taken"), now), query.get("from", "")
    believed = bool(taken) and origin in ORIGINS
    return Media(
        source=source,
        media_type=media_type[:MAX_TYPE_CHARS],
        size=size,
        album=album_of(query),
        refusal="" if source else GONE,
        taken_at=taken if believed else 0.0,
        taken_from=origin if believed else "",
    )


def pressed(data: str) -> tuple[int, str]:
    """Return the prompt and the value in a button's data ("prompt:value"); prompt 0 for none."""
    match = PRESSED.fullmatch(data)
    return (int(match[1]), match[2]) if match else (0, data)


def external_id(chat: str, message_id: str) -> str:
    """Return the id under which one message of one chat is kept once."""
    if not MESSAGE_ID.fullmatch(message_id):
        raise PostRefusedError("an id is expected")
    return f"{chat}:{message_id}"


def album_of(query: Mapping[str, str]) -> str:
    """Return the album a photo says it belongs to, "" for none."""
    album = query.get("album", "")
    return album if MESSAGE_ID.fullmatch(album) else ""


def clean(text: str) -> str:
    """Return text as everything behind the door expects it: NFC, no NUL, of bounded length."""
    return unicodedata.normalize("NFC", text[:MAX_INCOMING_CHARS].replace("\0", ""))[
        :MAX_INCOMING_CHARS
    ]


def sent_at(milliseconds: object, now: datetime) -> float:
    """Return when the phone says the message was written (Unix seconds), 0 if not believable."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return 0.0
    if not abs(milliseconds) < MOST_MILLISECONDS:  # too large to divide, or NaN
        return 0.0
    seconds = milliseconds / 1000
    earliest, latest = (now - OLDEST).timestamp(), (now + AHEAD).timestamp()
    return min(seconds, now.timestamp()) if earliest <= seconds <= latest else 0.0


def taken_at(milliseconds: int | None, now: datetime) -> float:
    """Return when a photo was taken (Unix seconds), 0 if that cannot be."""
    if milliseconds is None or milliseconds >= MOST_MILLISECONDS:
        return 0.0
    seconds = milliseconds / 1000
    return seconds if FIRST_PHOTO.timestamp() <= seconds <= (now + AHEAD).timestamp() else 0.0


def _milliseconds(query: Mapping[str, str], key: str) -> int | None:
    text = query.get(key, "")
    return int(text) if MILLISECONDS.fullmatch(text) else None


def _string(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key, "")
    if not isinstance(value, str):
        raise PostRefusedError(f"{key}: text is expected")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise PostRefusedError(f"{key}: half a character") from error
    return value


def _number(body: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PostRefusedError(f"{key}: a number is expected")
    if not least <= value <= most:  # false for NaN, too
        raise PostRefusedError(f"{key}: out of range")
    return float(value)
