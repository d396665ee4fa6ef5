"""What a step asks the outside to do. Effects are data; the turn carries them out in its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from conversations.record import record
from conversations.text import Paragraph


@record
class Option:
    """A choice as the person sees it. `value` comes back in Pressed; numbers are shown everywhere."""

    value: str
    label: Paragraph


@record
class Ask:
    """One message that waits for an answer; it makes every earlier Ask stale.

    `paragraphs` already hold, in order: what was understood of the last answer, a problem if
    there is one, the question with its progress («Câu 3/8»), the hint, numbered choices.
    """

    prompt: int
    path: str
    paragraphs: tuple[Paragraph, ...]
    options: tuple[Option, ...] = ()
    wants_photo: bool = False
    wants_location: bool = False
    after_photo: bool = False
    """True when this acknowledges a photo: the sender holds it a moment so that an album gets one."""


@record
class Say:
    """One message that waits for nothing."""

    paragraphs: tuple[Paragraph, ...]


@record
class Chosen:
    """The prompt with this number was answered by a press: show the choice in place of its buttons."""

    prompt: int
    label: Paragraph


@record
class PhotoKept:
    """The photo `ref` now answers the image question at `path`."""

    path: str
    ref: str


@record
class PhotosDropped:
    """These photos no longer answer the question at `path` (edited or no longer relevant)."""

    path: str
    refs: tuple[str, ...]


@record
class Answer:
    """One submitted answer. `value` is the XForm string, "" with `unknown` for «không rõ»."""

    value: str
    estimate: bool = False
    unknown: bool = False
    typed: str = ""


@record
class Submitted:
    """GỬI: every relevant answer by path, calculates included, and the submission XML."""

    answers: Mapping[str, Answer]
    missing_photos: tuple[str, ...]
    """Paths of required image questions left for later: a flag, never an obstacle."""
    xml: str


@record
class Paused:
    """NGHỈ: the state waits for weeks."""


@record
class Cancelled:
    """HỦY, confirmed."""


Effect: TypeAlias = Ask | Say | Chosen | PhotoKept | PhotosDropped | Submitted | Paused | Cancelled
