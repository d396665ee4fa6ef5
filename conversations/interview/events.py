"""What can happen to an interview. Each event is one thing that a person did in the chat."""

from __future__ import annotations

from typing import TypeAlias

from conversations.record import record
from conversations.text import Text


@record
class Typed:
    """Words, a number, a choice's number, or a command word such as SỬA, NGHỈ, GỬI."""

    text: str


@record
class Pressed:
    """A button under the prompt with this number; an older number is a stale press."""

    prompt: int
    value: str


@record
class Photographed:
    """A photo that was received, decoded and stored; `ref` is the sha256 of its bytes."""

    ref: str
    caption: str = ""
    advice: str = ""
    """A code of `advice.Advice`: kept, and another would be better; "" for nothing to say."""
    album: str = ""
    """What the channel calls the group of photos that was sent together, if it says."""


@record
class PhotoRefused:
    """A file that could not be kept; `reason` is the sentence to tell, without values."""

    reason: Text
    album: str = ""


@record
class Located:
    """A position in degrees (WGS 84) and metres."""

    latitude: float
    longitude: float
    accuracy: float = 0.0


@record
class Unsupported:
    """A sticker, a voice message, anything the interview cannot take; `kind` names it."""

    kind: str


@record
class Resumed:
    """The person came back (menu, reminder, other channel): show the present question again."""


Event: TypeAlias = Typed | Pressed | Photographed | PhotoRefused | Located | Unsupported | Resumed
