"""Where channels put what they received: cleaned, bounded, and kept before they go on."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from bot import limits
from bot.messages import Incoming, Kind, Media


class Keeper(Protocol):
    """What the journal needs of the engine: keep these, return after the commit."""

    async def keep(self, incoming: Sequence[Incoming]) -> None: ...


class TurnJournal:
    """The `bot.turn.shapes.Journal` of this process; the engine commits what is recorded."""

    def __init__(self, keeper: Keeper) -> None:
        """`keeper` is the `Turns` of this process."""
        self._keeper = keeper

    async def record(self, incoming: Sequence[Incoming]) -> None:
        """Keep these messages; ones already kept (channel, bot, external id) change nothing.

        Returns after the commit. Raises when the database could not take them: then nothing
        may be acknowledged.
        """
        if incoming:
            await self._keeper.keep([cleaned(message) for message in incoming])


def cleaned(message: Incoming) -> Incoming:
    """Return the message with NFC text, without NUL, everything cut at `bot.limits`."""
    changed: dict[str, Any] = {}
    for name, clean in _CLEAN:
        given = getattr(message, name)
        if given and (kept := clean(given)) != given:
            changed[name] = kept
    # Nearly always nothing is: a copy costs more than looking.
    return dataclasses.replace(message, **changed) if changed else message


def waits_for_photo(message: Incoming) -> bool:
    """Say whether the message's photo must still be fetched before its turn."""
    media = message.media
    return (
        message.kind is Kind.PHOTO and media is not None and not media.sha256 and not media.refusal
    )


def _media(media: Media) -> Media:
    return dataclasses.replace(
        media,
        source=_bare(media.source)[: limits.MAX_SOURCE_CHARS],
        name=_text(media.name)[: limits.MAX_NAME_CHARS],
        media_type=_bare(media.media_type)[: limits.MAX_NAME_CHARS],
        album=_name(media.album),
    )


def _text(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text[: limits.MAX_INCOMING_CHARS]
    short = _bare(text[: 4 * limits.MAX_INCOMING_CHARS])
    return unicodedata.normalize("NFC", short)[: limits.MAX_INCOMING_CHARS]


def _name(text: str) -> str:
    return _bare(text)[: limits.MAX_EXTERNAL_ID_CHARS]


def _bare(text: str) -> str:
    """Without NUL, which PostgreSQL refuses, and without lone surrogates, which UTF-8 refuses."""
    if text.isascii():
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _bot(text: str) -> str:
    return _bare(text)[:32]


def _phone(text: str) -> str:
    return _bare(text)[: limits.MAX_PHONE_CHARS]


_CLEAN: Final[tuple[tuple[str, Callable[[Any], Any]], ...]] = (
    ("external_id", _name),
    ("chat", _name),
    ("user", _name),
    ("bot", _bot),
    ("text", _text),
    ("phone", _phone),
    ("media", _media),
)
