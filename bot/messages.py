"""The two shapes every channel speaks: what came in, and what goes out.

A channel turns its own updates into Incoming and carries Outgoing to people; nothing else in
the house knows what a channel's messages look like. Both survive a JSON round trip, because
both are kept in the database (inbox and outbox) between being made and being handled.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final, Self

from backend.quota.rules import Allowance as Allowance  # noqa: PLC0414  (channels take it from here)
from conversations.record import record

WITHHELD: Final = "withheld"
"""`text` of an UNSUPPORTED message whose content the channel itself keeps from us."""
EDITED: Final = "edited"
"""`text` of an UNSUPPORTED message: an older one was changed, which changes nothing here."""

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Kind(StrEnum):
    """What an incoming message is."""

    TEXT = "text"
    PRESS = "press"
    PHOTO = "photo"
    LOCATION = "location"
    CONTACT = "contact"
    START = "start"
    """First contact; `text` is the deep link's payload or ""."""
    UNSUPPORTED = "unsupported"
    """Sticker, voice, video …; `text` names the kind."""


@record
class Media:
    """A photo at its channel before it is fetched, and what became of it afterwards.

    Before: `source` is the channel's own handle (a Telegram file_id, a URL, a key of the
    spool). After: either `sha256` is set, or `refusal` names why it was not kept.
    """

    source: str
    name: str = ""
    media_type: str = ""
    size: int = 0
    as_file: bool = False
    album: str = ""
    sha256: str = ""
    refusal: str = ""
    taken_at: float = 0.0
    """When the photo was taken, as the sender's device says (Unix seconds, UTC); 0 if unknown."""
    taken_from: str = ""
    """Where `taken_at` was read: "exif" (the camera wrote it) or "file" (the file's own date)."""
    advice: str = ""
    """A code of `conversations.interview.advice`: it is kept, and another would be better."""


@record
class Incoming:
    """One message from a person, whatever the channel.

    `external_id` is unique per channel and bot: the same id twice is one message. `sent_at` is
    the channel's own time (Unix seconds, UTC; 0 if it gives none). Text is NFC, without NUL,
    cut at `bot.limits`.
    """

    channel: str
    external_id: str
    chat: str
    user: str
    kind: Kind
    bot: str = ""
    private: bool = True
    sent_at: float = 0.0
    text: str = ""
    prompt: int = 0
    """PRESS: number of the prompt whose button was pressed; `text` is the button's value."""
    media: Media | None = None
    latitude: float = 0.0
    longitude: float = 0.0
    accuracy: float = 0.0
    phone: str = ""
    """CONTACT: set only when the channel vouches that it is the sender's own number."""

    def to_json(self) -> str:
        """Return a compact JSON object without the fields that have their default."""
        return _COMPACT.encode(_sparse(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        if raw.get("media"):
            raw["media"] = Media(**raw["media"])
        raw["kind"] = Kind(raw["kind"])
        return cls(**raw)


@record
class Button:
    """A choice that may be pressed. `data` is at most 64 bytes (Telegram's limit)."""

    label: str
    data: str


class Wants(StrEnum):
    """What the channel should offer to send by one press, where it can."""

    NOTHING = ""
    PHONE = "phone"
    LOCATION = "location"
    PHOTO = "photo"


@record
class Outgoing:
    """One message to one chat, already in the reader's language.

    `prompt` > 0 marks a question: an unsent one is dropped when a newer one of the same chat
    is queued. `closes` > 0 asks the channel to show `text` in place of the buttons of that
    earlier prompt (edit); channels that cannot edit drop it. `picture` and `document` are
    keys of the attachment store.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    prompt: int = 0
    closes: int = 0
    wants: Wants = Wants.NOTHING
    picture: str = ""
    document: str = ""
    document_name: str = ""
    hold: float = 0.0
    """Seconds to wait before sending, so that an album gets one acknowledgement."""
    purpose: str = "answer"
    """answer | warning | reminder | notice | summary: what a spent quota drops last to first;
    and stranger, which has a share of its own (`backend.quota.decide`)."""
    unpressed: str = ""
    """A sentence that a channel without buttons puts after `text`: words for an unsaid button."""
    once: str = ""
    """Unique key of a thing that is sent once ever (design.md 6); "" for replies."""
    village: int = 0
    """Id of the village whose questions this is of, 0 for anything else: it stays readable for
    whoever answers for the village when a role in an office ends (`backend.access_words`)."""

    def to_json(self) -> str:
        """Return a compact JSON object without the fields that have their default."""
        return _COMPACT.encode(_sparse(self))

    @property
    def in_words(self) -> str:
        """What a channel without buttons says: `text`, and `unpressed` if it says something new."""
        if not self.unpressed or self.unpressed in self.text:
            return self.text
        return f"{self.text}\n\n{self.unpressed}"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        if "buttons" in raw:
            raw["buttons"] = tuple(tuple(Button(**b) for b in row) for row in raw["buttons"])
        if "wants" in raw:
            raw["wants"] = Wants(raw["wants"])
        return cls(**raw)


@record
class Delivery:
    """What became of one attempt to send.

    Exactly one of: delivered (`message_id`), `retry_after` seconds (None = backoff decides)
    with `transient`, or a permanent `failure` reason (blocked, window, quota, gone, enough, refused).
    `whole_bot` says that `retry_after` holds for the whole bot and not this chat alone.
    """

    message_id: str = ""
    failure: str = ""
    transient: bool = False
    retry_after: float | None = None
    whole_bot: bool = False
    messages: int = 1
    """As how many messages it went out in this attempt (parts, a picture apart from its words)."""
    partly: int = 0
    """How many messages went out in this attempt although it failed."""
    ours: bool = False
    """`transient`: the office must mend it (a token that is refused). What is to be sent waits as
    long as it is worth saying, however long that takes."""
    counts_as: str = ""
    """What the month counts it as, beside its messages, if it was none of them (zns)."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; the turn and the sender ask this and never the channel's name."""

    buttons: bool
    edits: bool
    max_text: int
    photos_out: bool = True
    documents_out: bool = True
    per_second: float = 30.0
    """Messages a second for the whole bot."""
    per_chat_seconds: float = 1.0
    """Least seconds between two messages to one chat; bursts of 3 are let through."""
    pictures_apart: bool = False
    """A picture or a document and the words with it are two messages there."""
    rings: bool = True
    """Whether the person's phone tells of a message; False: they must come and look."""
    allowance: Allowance = field(default_factory=Allowance)
    extra: dict[str, Any] = field(default_factory=dict)


def _sparse(value: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, default in _defaults(value.__class__):
        v = getattr(value, name)
        if v == default:
            continue
        if isinstance(v, Media):
            v = _sparse(v)
        elif isinstance(v, tuple):
            v = [[{"label": b.label, "data": b.data} for b in row] for row in v]
        out[name] = v
    return out


@cache
def _defaults(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return each field and its default; MISSING, which equals nothing, where there is none."""
    return tuple((f.name, f.default) for f in dataclasses.fields(kind))
