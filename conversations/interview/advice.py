"""What is said about a photo that may not serve: one sentence, what is wrong and what mends it.

Advice never blocks: the photo is kept, and KEEP goes on with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from conversations.text import Text


class Advice(StrEnum):
    """Why another photo would be better; the gravest first, only one is told."""

    SCREENSHOT = "screenshot"
    AGAIN = "again"
    """The same or nearly the same photo answers a question already."""
    DARK = "dark"
    BRIGHT = "bright"
    BLURRED = "blurred"
    TINY = "tiny"


KEEP_IT: Final = Text("If you cannot take another one, send KEEP.")
_SENTENCES: Final = {
    Advice.SCREENSHOT: Text(
        "This is a picture of a screen. Please take a photo of the place itself."
    ),
    Advice.AGAIN: Text("This photo was sent before. Please take a new one."),
    Advice.DARK: Text("The photo is a little dark. Please take it again."),
    Advice.BRIGHT: Text("The photo is a little too bright. Please take it again."),
    Advice.BLURRED: Text("The photo is a little blurred. Please take it again."),
    Advice.TINY: Text("The photo is very small. Please take a larger one."),
}


def advice_on(code: str) -> Text | None:
    """Return the sentence of a code; None for "" and for one that a later program wrote."""
    try:
        return _SENTENCES[Advice(code)]
    except ValueError:
        return None


def in_place_of(before: str, code: str) -> str:
    """Return the advice on a photo in the place of one of which `before` was said.

    That it resembles the one that it replaces is as it should be.
    """
    return "" if code == Advice.AGAIN != before else code


def advised(codes: Sequence[str]) -> Text | None:
    """Return what to say while these photos are in doubt, the first to be taken again first.

    With the word that keeps them; None when there is nothing to say.
    """
    known = [sentence for code in codes if (sentence := advice_on(code))]
    if not known:
        return None
    advice = Text("{first} {second}", {"first": known[0], "second": KEEP_IT})
    if len(known) == 1:
        return advice
    several = Text("{count} photos should be taken again.", {"count": len(known)})
    return Text("{first} {second}", {"first": several, "second": advice})
