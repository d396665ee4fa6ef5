"""One Outgoing as the calls that carry it on an Official Account, in order. No network here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bot.messages import Button, Outgoing, Wants
from bot.pieces import split
from bot.zalo_oa.buttons import with_buttons
from bot.zalo_oa.options import Options
from conversations.text import N_
from locales import Catalog

MAX_TEXT: Final = 2_000
"""Zalo's limit in characters; counted in UTF-16 units, which are never fewer."""

SHARE_PHONE: Final = N_("Share my phone number")
SHARE_PHONE_WHY: Final = N_("The office then sees that you are on its list.")
FILE_HERE: Final = N_("The file is here, for one day: {link}")


@dataclass(frozen=True, slots=True)
class Part:
    """One call. Exactly one of text, picture, document or a wish for the phone number.

    `without` is what is sent instead when Zalo refuses the buttons.
    """

    text: str = ""
    picture: str = ""
    document: str = ""
    document_name: str = ""
    buttons: tuple[Button, ...] = ()
    without: str = ""
    asks_phone: bool = False


def parts_of(message: Outgoing, options: Options, *, buttons_work: bool) -> list[Part]:
    """Return the calls that carry `message`.

    `buttons_work` is False once Zalo has refused this account's form of buttons.
    """
    parts: list[Part] = []
    if message.picture:
        parts.append(Part(picture=message.picture))
    if message.document:
        parts.append(Part(document=message.document, document_name=message.document_name))
    buttons = tuple(b for row in message.buttons for b in row) if buttons_work else ()
    typed = message.in_words
    texts = split(message.text, MAX_TEXT)
    shown = with_buttons(options.buttons, "", buttons, options.most_buttons) is not None
    if shown and texts:
        parts += [Part(text=t) for t in texts[:-1]]
        last = texts[-1]
        new = "" if message.unpressed in message.text else message.unpressed
        without = f"{last}\n\n{new}" if new else last
        parts.append(Part(text=last, buttons=buttons, without=without))
    else:
        parts += [Part(text=t) for t in split(typed, MAX_TEXT)]
    if message.wants is Wants.PHONE and options.phone_is_proof:
        parts.append(Part(asks_phone=True))
    return parts


def body_of(part: Part, options: Options) -> dict[str, Any]:
    """Return the message of a text part as Zalo has it."""
    if part.buttons:
        made = with_buttons(options.buttons, part.text, part.buttons, options.most_buttons)
        if made is not None:
            return made
    return {"text": part.text}


def picture_body(attachment_id: str) -> dict[str, Any]:
    """Return the message that shows an uploaded picture."""
    element = {"media_type": "image", "attachment_id": attachment_id}
    payload = {"template_type": "media", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


def file_body(token: str) -> dict[str, Any]:
    """Return the message that hands over an uploaded file."""
    return {"attachment": {"type": "file", "payload": {"token": token}}}


def phone_body(catalog: Catalog, image_url: str) -> dict[str, Any]:
    """Return the message that asks to share name and number."""
    element = {"title": catalog.get(SHARE_PHONE), "subtitle": catalog.get(SHARE_PHONE_WHY)}
    if image_url:
        element["image_url"] = image_url
    payload = {"template_type": "request_user_info", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}
