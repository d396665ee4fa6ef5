"""The signals of photos as the review shows them; `backend.evidence` makes them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from backend.models import Evidence
from conversations.text import N_
from locales import Catalog

MOST_ALIKE: Final = 8

_WORDS: Final = {
    "same_file": (
        N_("Same photo used before"),
        N_("The same file is also used for {number} other answers."),
    ),
    "alike": (
        N_("Nearly the same as another photo"),
        N_("Nearly the same as another photo: {number} of 64 points differ (limit {limit})."),
    ),
    "taken_before": (
        N_("Taken long before the period"),
        N_("Taken {number} days before the period began (limit {limit})."),
    ),
    "far": (
        N_("Taken far from the village"),
        N_("Taken {number} km from the village's point (limit {limit})."),
    ),
    "dark": (N_("Too dark"), N_("Dark: brightness {number} of 255 (limit {limit}).")),
    "bright": (
        N_("Too bright"),
        N_("Very bright: {number} % of the picture is nearly white (limit {limit})."),
    ),
    "blurred": (N_("Blurred"), N_("Blurred: sharpness {number} (limit {limit}).")),
    "tiny": (
        N_("Very small"),
        N_("Small: the shorter side has {number} pixels (limit {limit})."),
    ),
    "screenshot": (
        N_("Picture of a screen"),
        N_("It has the size of a telephone's screen, and no camera is named."),
    ),
}
"""For each kind: its name in a list, and the sentence with its number and its limit."""
_SHARES: Final = frozenset({"bright"})
"""Kinds whose number is a share of 1 and is read as percent."""


async def signals_for(evidence_id: int) -> list[Any]:
    """Return a photo's signals, none while nothing measures them."""
    try:
        made = importlib.import_module("backend.evidence.asking")
    except ModuleNotFoundError:
        return []
    return list(await made.signals_of(evidence_id))


def signal_text(signal: Any, words: Catalog) -> str:
    """Return a signal in a sentence, with its number and its limit."""
    times = 100 if signal.kind in _SHARES else 1
    values = {name: _shown(getattr(signal, name) * times, words) for name in ("number", "limit")}
    _, sentence = _WORDS.get(str(signal.kind), ("", "{number}"))
    return words.get(sentence, **values)


def kinds(words: Catalog) -> list[tuple[str, str]]:
    """Return every kind of signal with its name."""
    return [(kind, words.get(name)) for kind, (name, _) in _WORDS.items()]


async def alike_to(photo: Evidence) -> list[Any]:
    """Return the other uses of the same or nearly the same photo, nearest first."""
    try:
        made = importlib.import_module("backend.evidence.alike")
    except ModuleNotFoundError:
        return []
    own = {photo.id, photo.copied_from}
    return [a for a in await made.alike(photo.file.sha256) if a.evidence_id not in own][:MOST_ALIKE]


async def with_signal(ids: Sequence[int], kind: str, most: int) -> list[int]:
    """Return those of the photos that have a signal of this kind, in order, at most so many."""
    found: list[int] = []
    for evidence_id in ids:
        if any(s.kind == kind for s in await signals_for(evidence_id)):
            found.append(evidence_id)
            if len(found) >= most:
                break
    return found


def _shown(number: float, words: Catalog) -> str:
    whole = round(number, 1)
    return words.number(int(whole) if whole == int(whole) else Decimal(str(whole)))
