"""The signals of photos as the review shows them; `backend.evidence` measures and judges."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from tortoise.expressions import Q

from backend.evidence.judged import BLURRED, BRIGHT, DARK, TINY, Kind, Signal
from backend.evidence.signals import signals_of
from backend.models import Evidence
from conversations.text import N_
from locales import Catalog

MOST_ALIKE: Final = 8
"""Photos nearly the same that a reviewer is shown."""

_WORDS: Final = {
    Kind.SAME_FILE: (
        N_("Same photo used before"),
        N_("The same file is also used for {number} other answers."),
    ),
    Kind.ALIKE: (
        N_("Nearly the same as another photo"),
        N_("Nearly the same as another photo: {number} of 128 points differ (limit {limit})."),
    ),
    Kind.TAKEN_BEFORE: (
        N_("Taken long before the period"),
        N_("Taken {number} days before the period began (limit {limit})."),
    ),
    Kind.FAR: (
        N_("Taken far from the village"),
        N_("Taken {number} km from the village's point (limit {limit})."),
    ),
    Kind.DARK: (N_("Too dark"), N_("Dark: brightness {number} of 255 (limit {limit}).")),
    Kind.BRIGHT: (
        N_("Too bright"),
        N_("Very bright: {number} % of the picture is nearly white (limit {limit})."),
    ),
    Kind.BLURRED: (N_("Blurred"), N_("Blurred: sharpness {number} (limit {limit}).")),
    Kind.TINY: (
        N_("Very small"),
        N_("Small: the shorter side has {number} pixels (limit {limit})."),
    ),
    Kind.SCREENSHOT: (
        N_("Picture of a screen"),
        N_("It has the size of a telephone's screen, and no camera is named."),
    ),
}
"""For each kind: its name in a list, and the sentence with its number and its limit."""
_SHARES: Final = frozenset({Kind.BRIGHT})
"""Kinds whose number is a share of 1 and is read as percent."""
_SURE: Final = {
    Kind.DARK: Q(file__look__brightness__lt=DARK),
    Kind.BRIGHT: Q(file__look__bright__gt=BRIGHT),
    Kind.BLURRED: Q(file__look__sharpness__lt=BLURRED),
    Kind.TINY: Q(Q(file__width__lt=TINY), Q(file__height__lt=TINY), join_type="OR"),
    Kind.SCREENSHOT: Q(file__look__screenshot=True),
}
"""Kinds that the database can tell by itself, as `judged.flaws` does."""
_MAYBE: Final = {
    Kind.TAKEN_BEFORE: Q(file__look__taken_at__isnull=False),
    Kind.FAR: Q(file__look__latitude__isnull=False),
    Kind.ALIKE: Q(file__look__phash__isnull=False),
}
"""Without this there is no such signal; with it, each photo is asked."""


async def signals_for(photo: Evidence, words: Catalog) -> list[str]:
    """Return a photo's signals in sentences, the gravest first."""
    return [signal_text(signal, words) for signal in await signals_of(photo.id)]


def signal_text(signal: Signal, words: Catalog) -> str:
    """Return a signal in a sentence, with its number and its limit."""
    times = 100 if signal.kind in _SHARES else 1
    return words.get(
        _WORDS[signal.kind][1],
        number=_shown(signal.number * times, words),
        limit=_shown(signal.limit * times, words),
    )


async def flagged(evidence_id: int, words: Catalog) -> list[str]:
    """Return a photo's signals by their names alone, the gravest first, each once."""
    return list(dict.fromkeys(words.get(_WORDS[s.kind][0]) for s in await signals_of(evidence_id)))


def kinds(words: Catalog) -> list[tuple[str, str]]:
    """Return every kind of signal with its name."""
    return [(kind, words.get(name)) for kind, (name, _) in _WORDS.items()]


def narrowed(kind: str) -> tuple[Q, bool]:
    """Return what photos with a signal of this kind have in the database, and whether that is all.

    A kind that is none has no photos.
    """
    if kind in _SURE:
        return _SURE[Kind(kind)], True
    if kind in set(Kind):
        return _MAYBE.get(Kind(kind), Q()), False
    return Q(id__lt=0), True


async def with_signal(ids: Sequence[int], kind: str, most: int) -> tuple[list[int], int]:
    """Return those of the photos that have a signal of this kind, in order, at most so many.

    And how many were asked for it.
    """
    found: list[int] = []
    for asked, evidence_id in enumerate(ids, 1):
        if any(s.kind == kind for s in await signals_of(evidence_id)):
            found.append(evidence_id)
            if len(found) >= most:
                return found, asked
    return found, len(ids)


def _shown(number: float, words: Catalog) -> str:
    whole = round(number, 1)
    return words.number(int(whole) if whole == int(whole) else Decimal(str(whole)))
