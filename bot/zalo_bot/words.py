"""One Outgoing as the texts that carry it on a channel without buttons, edits or documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.messages import Outgoing, Wants
from bot.pieces import fits, split
from conversations.text import N_
from locales import Catalog

MAX_TEXT: Final = 2_000
"""Zalo says 1–2,000 characters of a text or a caption; counted in UTF-16 units to be safe."""

NO_POSITIONS: Final = N_(
    "Zalo does not pass positions on. Please type it instead, for example: 14.35, 107.60."
)
FILE_HERE: Final = N_("The file is here, for one day: {link}")


@dataclass(frozen=True, slots=True)
class Part:
    """One call: a picture by its URL with a caption, or a text."""

    text: str = ""
    picture: str = ""


def parts_of(message: Outgoing, catalog: Catalog, picture: str, document: str) -> list[Part]:
    """Return the calls that carry `message`, in order.

    `picture` and `document` are addresses, "" when there is none or it cannot be shown.
    """
    paragraphs = [message.in_words]
    if message.wants is Wants.LOCATION:
        paragraphs.append(catalog.get(NO_POSITIONS))
    if document:
        paragraphs.append(catalog.get(FILE_HERE, link=document))
    text = "\n\n".join(p for p in paragraphs if p.strip())
    texts = split(text, MAX_TEXT)
    if picture and len(texts) == 1 and fits(texts[0], MAX_TEXT):
        return [Part(texts[0], picture)]
    pictures = [Part(picture=picture)] if picture else []
    return [*pictures, *(Part(t) for t in texts)]
