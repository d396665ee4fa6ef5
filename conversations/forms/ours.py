"""What our own attributes of a bind (thonmoi:…) say of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from conversations.forms.errors import FormError
from conversations.forms.model import Question
from conversations.forms.names import OURS
from conversations.limits import MAX_PHOTOS_PER_QUESTION
from conversations.text import Text, fold

_TRUE: Final = frozenset({"yes", "true", "true()", "1"})


def with_ours(question: Question, attributes: Mapping[str, str]) -> Question:
    """Return the question with them; FormError for a value that cannot be."""

    def ours(name: str) -> str:
        return attributes.get(f"{OURS}{name}", "").strip()

    most = ours("max")
    if most and not (most.isdecimal() and 1 <= int(most) <= MAX_PHOTOS_PER_QUESTION):
        raise FormError(
            Text(
                "thonmoi:max is a whole number from 1 to {max}.", {"max": MAX_PHOTOS_PER_QUESTION}
            ),
            question.path,
        )
    units = _units(ours("unit"))
    return replace(
        question,
        unknown_ok=ours("unknown").lower() in _TRUE,
        purpose=ours("purpose"),
        max_photos=int(most) if most else 1,
        late_ok=ours("late").lower() in _TRUE if ours("late") else True,
        unit=fold(dict(units).get("", "")),
        units=units,
    )


def _units(text: str) -> tuple[tuple[str, str], ...]:
    """Read «hộ; en: households»: the form's own language first, others by their code."""
    found = []
    for part in text.split(";"):
        lang, colon, word = (piece.strip() for piece in part.partition(":"))
        found.append((lang, word) if colon else ("", lang))
    return tuple((lang, word) for lang, word in found if word)
