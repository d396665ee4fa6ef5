"""One reply to several questions: «20, 15, 3», «20 15 3», or a line for each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from conversations.answers.reading import Problem
from conversations.limits import MAX_QUESTIONS_PER_FORM
from conversations.text import Text, fold

_ORDINAL = re.compile(r"^\s*(?:c\w{1,2}u\s*)?(\d{1,3})\s*[.):]\s+(.+)$", re.IGNORECASE)
_NUMBERS_WITH_WORDS = re.compile(r"\d[\d.,]*(?:\s+[^\W\d_]+)*")
_DIGITS = re.compile(r"^\d+$")


def split_reply(text: str, numbers: Sequence[int]) -> dict[int, str] | Problem:
    """Return which words answer which question; `numbers` are the questions' shown numbers.

    Fewer pieces than questions answer the first ones. Lines that begin with a question's number
    («4) 15») go to that question. A comma that may be a decimal one is asked about.
    """
    lines = [line for line in (part.strip() for part in text.splitlines()) if line]
    if len(lines) > 1:
        ordinals = [_ORDINAL.match(line) for line in lines]
        if all(o and int(o[1]) in numbers for o in ordinals):
            named = {int(o[1]): o[2] for o in ordinals if o}
            if len(named) == len(lines):
                return named
    pieces = lines if len(lines) > 1 else _pieces(text.strip(), len(numbers))
    if isinstance(pieces, Problem):
        return pieces
    if len(pieces) > min(len(numbers), MAX_QUESTIONS_PER_FORM):
        return Problem(
            Text(
                "I asked {asked} questions and got {got} answers. Please send one answer a line.",
                {"asked": len(numbers), "got": len(pieces)},
            )
        )
    return dict(zip(numbers, pieces, strict=False))


def _pieces(line: str, asked: int) -> list[str] | Problem:
    if ";" in line:
        return [p.strip() for p in line.split(";") if p.strip()]
    by_comma = [p.strip() for p in re.split(r",\s+", line) if p.strip()]
    if len(by_comma) > 1:
        if any("," in p for p in by_comma):
            return _unclear()
        return by_comma
    if "," in line:
        bare = line.replace(" ", "").split(",")
        if all(_DIGITS.match(p) for p in bare):
            # «20,15» may be one number with a decimal comma; three or more cannot.
            return bare if len(bare) > 2 and len(bare) == asked else _unclear()  # noqa: PLR2004
        return [line]
    if (
        len(
            by_and := re.split(
                r"\s+(?:v\w|and)\s+", unicodedata.normalize("NFC", line), flags=re.IGNORECASE
            )
        )
        > 1
    ):
        return by_and
    tokens = line.split()
    if len(tokens) > 1 and all(t[:1].isdigit() for t in tokens):
        return tokens
    with_units = [m.strip() for m in _NUMBERS_WITH_WORDS.findall(line)]
    if len(with_units) > 1 and fold(" ".join(with_units)) == fold(line):
        return with_units
    return [line]


def _unclear() -> Problem:
    return Problem(
        Text(
            "A comma may also be part of a number. Please send one answer a line, for example:\n20\n15"
        )
    )
