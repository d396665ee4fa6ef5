"""A webhook event of a Zalo Official Account as Incoming. Nothing that Zalo sends makes this raise.

Echoes of what we sent, receipts and events that no person caused are nothing. Coordinates and
timestamps come as text. A press of a button is a text that carries our mark.

Is a number from user_submit_info the sender's own? The person may type into that form, and no
source says that Zalo checks it. So by default it is no proof: the message is kept without the
number and answered like any stranger's, with the way in by an invitation code. Where an office
knows better, ZALO_OA_PHONE=proof takes the number as Telegram's contact button is taken.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from backend.people import as_phone
from bot.limits import MAX_EXTERNAL_ID_CHARS, MAX_PHONE_CHARS, MAX_SOURCE_CHARS
from bot.messages import Incoming, Kind, Media
from bot.receiving import UNREADABLE
from bot.zalo_oa.buttons import pressed

CHANNEL: Final = "zalo-oa"
FOREIGN_CONTACT: Final = "foreign_contact"
CLAIMED_PHONE: Final = "claimed_phone"

IMAGE_NAME: Final = re.compile(r"\.(jpe?g|jfif|png|webp|hei[cf]|avif|bmp|tiff?)$", re.IGNORECASE)
START: Final = re.compile(r"/start(?:\s+(\S{1,64}))?\s*", re.IGNORECASE)
ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)
MAX_ATTACHMENTS: Final = 20
MAX_LATITUDE: Final = 90.0
MAX_LONGITUDE: Final = 180.0

UNSUPPORTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user_send_sticker": "sticker",
        "user_send_audio": "voice",
        "user_send_video": "video",
        "user_send_gif": "animation",
        "user_send_business_card": FOREIGN_CONTACT,
    }
)
"""What a person can send and we cannot use, by event."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What one event tells: messages, or that a person left the account."""

    incoming: tuple[Incoming, ...] = ()
    left: str = ""
    """The chat of who left."""
    at: float = 0.0
    """When, by Zalo's clock (Unix seconds, 0 if it does not say)."""


def read_event(raw: Mapping[str, Any], *, bot: str = "", phone_is_proof: bool = False) -> Told:
    """Return what an event means for us; an unreadable one of a person is UNSUPPORTED «unreadable»."""
    try:
        return _read(raw, bot, phone_is_proof=phone_is_proof)
    except Exception as error:  # noqa: BLE001  (whatever it was, it must not stop the others)
        log.warning("an event could not be read: %s", type(error).__name__)
        return Told((_incoming(raw, bot, {"kind": Kind.UNSUPPORTED, "text": UNREADABLE}),))


def account_of(raw: Mapping[str, Any]) -> str:
    """Return the id of the account that an event is for, "" if it does not say."""
    found = raw.get("oa_id")
    return found if isinstance(found, str) else _id(raw, "recipient")


def timestamp_of(raw: Mapping[str, Any]) -> str:
    """Return the event's timestamp in digits as the body has it, a number or a text; or ""."""
    found = raw.get("timestamp")
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    text = str(found)
    return text if len(text) <= MAX_EXTERNAL_ID_CHARS else ""


def _read(raw: Mapping[str, Any], bot: str, *, phone_is_proof: bool) -> Told:
    event = raw.get("event_name")
    if not isinstance(event, str) or not _person(raw):
        return Told()
    if event == "unfollow":
        return Told(left=_person(raw), at=_sent_at(raw))
    if event == "follow":
        return Told((_incoming(raw, bot, {"kind": Kind.START}),))
    if event == "user_submit_info":
        return Told((_incoming(raw, bot, _phone(raw, proof=phone_is_proof)),))
    if event == "user_send_image":
        return Told(_images(raw, bot))
    content = CONTENTS.get(event)
    if content is not None:
        return Told((_incoming(raw, bot, content(raw)),))
    if event in UNSUPPORTED or event.startswith("user_send_"):
        # A kind of message newer than this list: still a person who waits for an answer.
        kind = UNSUPPORTED.get(event, "unknown")
        return Told((_incoming(raw, bot, {"kind": Kind.UNSUPPORTED, "text": kind}),))
    return Told()


def _incoming(
    raw: Mapping[str, Any], bot: str, content: Mapping[str, Any], number: int = 0
) -> Incoming:
    person = _person(raw)
    name = _external_id(raw)
    return Incoming(
        channel=CHANNEL,
        external_id=f"{name}:{number}" if number else name,
        chat=person,
        user=person,
        bot=bot,
        sent_at=_sent_at(raw),
        **content,
    )


def _external_id(raw: Mapping[str, Any]) -> str:
    """Return the id under which an event is kept once; those without a message have none."""
    found = _message(raw).get("msg_id")
    if isinstance(found, str) and 0 < len(found) <= MAX_EXTERNAL_ID_CHARS // 2:
        return found
    whole = json.dumps(raw, sort_keys=True, default=str).encode("utf-8", "replace")
    return f"{str(raw.get('event_name'))[:32]}:{hashlib.sha256(whole).hexdigest()[:32]}"


def _text(raw: Mapping[str, Any]) -> dict[str, Any]:
    text = _words(raw)
    if (press := pressed(text)) is not None:
        return {"kind": Kind.PRESS, "prompt": press[0], "text": press[1]}
    if (start := START.fullmatch(text)) is not None:
        return {"kind": Kind.START, "text": start[1] or ""}
    return {"kind": Kind.TEXT, "text": text}


def _images(raw: Mapping[str, Any], bot: str) -> tuple[Incoming, ...]:
    addresses = [a for one in _attachments(raw) if (a := _address(one))]
    if not addresses:
        return (_incoming(raw, bot, {"kind": Kind.UNSUPPORTED, "text": UNREADABLE}),)
    album = _external_id(raw) if len(addresses) > 1 else ""
    return tuple(
        _incoming(
            raw,
            bot,
            {
                "kind": Kind.PHOTO,
                "text": "" if number else _words(raw),
                "media": Media(source=address, media_type="image/jpeg", album=album),
            },
            number,
        )
        for number, address in enumerate(addresses)
    )


def _file(raw: Mapping[str, Any]) -> dict[str, Any]:
    for one in _attachments(raw):
        payload = _mapping(one.get("payload"))
        name, address = payload.get("name"), _address(one)
        if address and isinstance(name, str) and IMAGE_NAME.search(name):
            media = Media(source=address, name=name, size=_size(payload), as_file=True)
            return {"kind": Kind.PHOTO, "text": _words(raw), "media": media}
    return {"kind": Kind.UNSUPPORTED, "text": "document"}


def _location(raw: Mapping[str, Any]) -> dict[str, Any]:
    for one in _attachments(raw):
        where = _mapping(_mapping(one.get("payload")).get("coordinates"))
        latitude, longitude = _degrees(where.get("latitude")), _degrees(where.get("longitude"))
        if abs(latitude) <= MAX_LATITUDE and abs(longitude) <= MAX_LONGITUDE:
            return {"kind": Kind.LOCATION, "latitude": latitude, "longitude": longitude}
    return {"kind": Kind.UNSUPPORTED, "text": UNREADABLE}


def _link(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": Kind.TEXT, "text": text} if (text := _words(raw)) else _UNKNOWN


def _phone(raw: Mapping[str, Any], *, proof: bool) -> dict[str, Any]:
    if not proof:
        return {"kind": Kind.UNSUPPORTED, "text": CLAIMED_PHONE}
    info = _mapping(raw.get("info")) or _mapping(_message(raw).get("info"))
    given = info.get("phone")
    number = as_phone(str(given)[:MAX_PHONE_CHARS]) if isinstance(given, str | int) else None
    if number is None:
        return {"kind": Kind.UNSUPPORTED, "text": "contact"}
    return {"kind": Kind.CONTACT, "phone": number}


_UNKNOWN: Final[dict[str, Any]] = {"kind": Kind.UNSUPPORTED, "text": "unknown"}
CONTENTS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = MappingProxyType(
    {
        "user_send_text": _text,
        "user_click_button": _text,
        "user_send_file": _file,
        "user_send_location": _location,
        "user_send_link": _link,
    }
)


def _person(raw: Mapping[str, Any]) -> str:
    return _id(raw, "sender") or _id(raw, "follower")


def _id(raw: Mapping[str, Any], key: str) -> str:
    found = _mapping(raw.get(key)).get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    right = isinstance(found, str) and 0 < len(found) <= MAX_EXTERNAL_ID_CHARS
    return str(found) if right else ""


def _message(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(raw.get("message"))


def _words(raw: Mapping[str, Any]) -> str:
    found = _message(raw).get("text")
    return found if isinstance(found, str) else ""


def _attachments(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = _message(raw).get("attachments")
    return [_mapping(one) for one in found[:MAX_ATTACHMENTS]] if isinstance(found, list) else []


def _address(attachment: Mapping[str, Any]) -> str:
    found = _mapping(attachment.get("payload")).get("url")
    right = isinstance(found, str) and len(found) <= MAX_SOURCE_CHARS and ADDRESS.fullmatch(found)
    return str(found) if right else ""


def _size(payload: Mapping[str, Any]) -> int:
    text = str(payload.get("size"))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0  # noqa: PLR2004  (more is no file)


def _degrees(value: object) -> float:
    """Return a coordinate, infinite if it is none; Zalo sends it as text."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return math.inf
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return math.inf
    return found if math.isfinite(found) else math.inf


def _sent_at(raw: Mapping[str, Any]) -> float:
    text = timestamp_of(raw)
    right = text.isascii() and text.isdecimal() and len(text) <= 13  # noqa: PLR2004  (milliseconds until 2286)
    return int(text) / 1000 if right else 0.0


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
