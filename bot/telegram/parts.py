"""One Outgoing as the Telegram messages that carry it, in order. No network here."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from telegram import KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.messages import Button, Outgoing, Wants
from bot.pieces import fits, split
from conversations.record import record
from conversations.text import N_
from locales import Catalog

MAX_TEXT = 4_096
MAX_CAPTION = 1_024
"""Telegram's limits, which it counts in UTF-16 code units."""

MAX_CALLBACK_BYTES = 64

SHARE_PHONE = N_("Share my phone number")
SHARE_LOCATION = N_("Send my position")
PRESS_FOR_PHONE = N_("You may also press the button below to share your phone number.")

Markup: TypeAlias = dict[str, Any]
"""A reply markup as the Bot API has it: exactly one of the keys below tells its kind."""

BUTTONS: Final = "inline_keyboard"
KEYBOARD: Final = "keyboard"
NO_KEYBOARD: Final = "remove_keyboard"


@record
class Part:
    """One call of the Bot API: a picture, a document, or a text."""

    text: str = ""
    picture: str = ""
    document: str = ""
    document_name: str = ""
    markup: Markup | None = None


def parts_of(message: Outgoing, catalog: Catalog, *, keyboard_shown: bool) -> list[Part]:
    """Return the calls that carry `message`; buttons are on the last.

    `keyboard_shown` says that the chat still shows a keyboard of ours, to be taken away. A
    message cannot both take it away and have buttons, so then the first paragraph goes alone;
    a message of one paragraph leaves the keyboard to a later one (Telegram hides it once used).
    """
    markup = _markup(message, catalog)
    words = message.text
    if message.wants is Wants.PHONE and words.strip():
        words = f"{words}\n\n{catalog.get(PRESS_FOR_PHONE)}"
    texts = split(words, MAX_TEXT)
    if keyboard_shown and markup is None:
        markup = ReplyKeyboardRemove().to_dict()
    elif keyboard_shown and markup is not None and BUTTONS in markup:
        first, gap, rest = message.text.partition("\n\n")
        if gap and first.strip() and rest.strip():
            texts = [*split(first, MAX_TEXT), *split(rest, MAX_TEXT)]
    parts: list[Part] = []
    caption = texts[0] if len(texts) == 1 and fits(texts[0], MAX_CAPTION) else ""
    if message.picture:
        parts.append(Part(picture=message.picture))
    if message.document:
        parts.append(Part(document=message.document, document_name=message.document_name))
    if parts and (caption or not texts):
        last = parts[-1]
        parts[-1] = Part(caption, last.picture, last.document, last.document_name, markup)
        return parts
    parts += [Part(text=t) for t in texts]
    if parts:
        last = parts[-1]
        parts[-1] = Part(last.text, last.picture, last.document, last.document_name, markup)
    if keyboard_shown and len(parts) > 1 and markup is not None and BUTTONS in markup:
        first_part = parts[0]
        parts[0] = Part(
            first_part.text,
            first_part.picture,
            first_part.document,
            first_part.document_name,
            ReplyKeyboardRemove().to_dict(),
        )
    return parts


def _markup(message: Outgoing, catalog: Catalog) -> Markup | None:
    """Return the buttons; a wish for the phone or the position makes them a keyboard.

    Telegram shows one kind at a time. On the keyboard our buttons are their labels, which the
    interview takes as typed words.
    """
    if message.wants in (Wants.PHONE, Wants.LOCATION):
        wish = (
            KeyboardButton(catalog.get(SHARE_PHONE), request_contact=True)
            if message.wants is Wants.PHONE
            else KeyboardButton(catalog.get(SHARE_LOCATION), request_location=True)
        )
        rows = [[KeyboardButton(b.label) for b in row] for row in message.buttons]
        return ReplyKeyboardMarkup(
            [[wish], *rows], resize_keyboard=True, one_time_keyboard=True
        ).to_dict()
    if message.buttons:
        return {BUTTONS: [[_button(b) for b in row] for row in message.buttons]}
    return None


def _button(button: Button) -> dict[str, str]:
    data = button.data.encode()[:MAX_CALLBACK_BYTES].decode(errors="ignore")
    return {"text": button.label, "callback_data": data}
