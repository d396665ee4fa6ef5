"""Choices by their number, their words (with or without marks), or a clear beginning of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conversations.answers import words
from conversations.answers.reading import UNKNOWN, Problem, Reading, Understood
from conversations.forms.model import Choice
from conversations.text import Text, fold

_SHORTEST_BEGINNING = 2
_MORE_THAN_ONE = re.compile(r"\s*(?:[,;+&\n]|\bva\b|\band\b)\s*")


def read_choice(text: str, choices: Sequence[Choice], *, unknown_ok: bool = False) -> Reading:
    """Understand one of `choices` (numbered from 1 as they are shown)."""
    folded = fold(text).strip(" .,;!")
    labels = [fold(c.label) for c in choices]
    exact = [i for i, c in enumerate(choices) if folded in (labels[i], fold(c.value))]
    by_number = _number(folded, len(choices))
    if by_number is not None:
        if exact and by_number not in exact:
            return _which([choices[i] for i in sorted({by_number, *exact})])
        return Understood(choices[by_number].value)
    if len(exact) == 1:
        return Understood(choices[exact[0]].value)
    if words.UNKNOWN.match(folded):
        if unknown_ok:
            return UNKNOWN
        return Problem(Text("Please choose one of the answers by its number."))
    if len(found := _by_meaning(folded, labels)) == 1:
        return Understood(choices[found[0]].value)
    if len(folded) >= _SHORTEST_BEGINNING and not folded.isdigit():
        found = [i for i, label in enumerate(labels) if label.startswith(folded)]
        if len(found) == 1:
            return Understood(choices[found[0]].value)
        if len(found) > 1:
            return _which([choices[i] for i in found])
    return Problem(Text("Please send a number from 1 to {last}.", {"last": len(choices)}))


def read_choices(text: str, choices: Sequence[Choice], *, unknown_ok: bool = False) -> Reading:
    """Understand several of `choices`: «1, 3», «1 3», «1 và 3», or words between commas or lines.

    The value is space-separated in the order of the choices.
    """
    whole = read_choice(text, choices, unknown_ok=unknown_ok)
    if isinstance(whole, Understood):
        return whole
    lines = "\n".join(fold(line) for line in text.splitlines())
    pieces = [p for p in _MORE_THAN_ONE.split(lines.strip(" .!")) if p]
    if len(pieces) == 1:
        tokens = pieces[0].split()
        if all(t.isdigit() for t in tokens):
            pieces = tokens
    if len(pieces) < 2:  # noqa: PLR2004  (two pieces are what «several» means)
        return whole
    chosen: set[str] = set()
    for piece in pieces:
        reading = read_choice(piece, choices)
        if isinstance(reading, Problem):
            return Problem(
                Text(
                    "I could not find “{piece}”. Please send the numbers, for example: 1, 3.",
                    {"piece": piece[:60]},
                )
            )
        chosen.add(reading.value)
    return Understood(" ".join(c.value for c in choices if c.value in chosen))


def _number(folded: str, count: int) -> int | None:
    bare = re.sub(r"^(?:so |cau |chon |y )", "", folded).rstrip(").")
    if bare.isascii() and bare.isdigit() and 1 <= int(bare[:9]) <= count:
        return int(bare) - 1
    return None


def _by_meaning(folded: str, labels: Sequence[str]) -> list[int]:
    """A bare yes or no stands for the only label that says so («Có», «Không»)."""
    if folded in words.YES:
        meaning = words.YES
    elif folded in words.NO:
        meaning = words.NO
    else:
        return []
    return [i for i, label in enumerate(labels) if label in meaning]


def _which(candidates: Sequence[Choice]) -> Problem:
    return Problem(
        Text(
            "Which one do you mean: {names}? Please send its number.",
            {"names": " / ".join(c.label for c in candidates[:6])},
        )
    )
