"""One reply to several questions: «20, 15, 3», «20 15 3», or a line for each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from conversations.answers.reading import Problem
from conversations.answers.words import TYING
from conversations.limits import MAX_QUESTIONS_PER_FORM
from conversations.text import Text, fold

_ORDINAL = re.compile(r"^(\d{1,2})\s*[.):]\s+(.+)$")
_LETTERED = re.compile(
    r"^(?:c\w{1,2}u\s*)?\d{0,3}\s*([a-z])(?:\s*[.):=]\s*|\s+)(.+)$", re.IGNORECASE
)
_WIDE = str.maketrans({"，": ", ", "、": ", ", "；": "; "})
_MARKER = re.compile(
    r"(?:^|(?<=\s))(?:c\w{1,2}u\s*)?(?:(\d{0,3})([a-z])(?:\s*[.):=]\s*|\s+)|(\d{1,2})\s*[.):]\s+)(?=\S)",
    re.IGNORECASE,
)
"""«5a 500 5b 420» or «1) 500 2) 420» within one line."""
_STOPS = re.compile(r"[.!]+(?=\s|$)")
_BETWEEN = re.compile(r"[;\n]|,\s+")
_NUMBERS_WITH_WORDS = re.compile(r"\d[\d.,/]*(?:\s+[^\W\d_]+)*")
_DIGITS = re.compile(r"^\d+$")


def split_reply(
    text: str, letters: Sequence[str], *, numbers: bool = False
) -> dict[str, str] | Problem:
    """Return which words answer which question; `letters` tell the questions apart.

    Fewer pieces than questions answer the first ones. Pieces that begin with a question's letter
    («8b) 15», «b 15») or, a line each, with its place («2) 15») go to that question. A comma
    that may be a decimal one is asked about. `numbers` says that each answer is one number: then
    words with several of them that cannot be told apart are asked about too.
    """
    text = text.translate(_WIDE)
    lines = [line for line in (part.strip() for part in text.splitlines()) if line]
    if named := _in_a_row(text, letters) or _named(text, lines, letters):
        return named
    pieces = lines if len(lines) > 1 else _pieces(text.strip(), len(letters), numbers=numbers)
    if isinstance(pieces, Problem):
        return pieces
    if len(pieces) > min(len(letters), MAX_QUESTIONS_PER_FORM):
        return Problem(
            Text(
                "I asked {asked} questions and got {got} answers. Please send one answer a line.",
                {"asked": len(letters), "got": len(pieces)},
            )
        )
    return dict(zip(letters, pieces, strict=False))


def _named(text: str, lines: list[str], letters: Sequence[str]) -> dict[str, str]:
    """Return the answers by letter if every piece says its own, else nothing."""
    parts = [part for part in (p.strip() for p in _BETWEEN.split(text)) if part]
    found = [(m[1].lower(), m[2]) for p in parts if (m := _LETTERED.match(p))]
    if len(found) != len(parts):
        parts = lines
        found = [(chr(96 + int(m[1])), m[2]) for p in parts if (m := _ORDINAL.match(p))]
        if len(parts) < 2:  # noqa: PLR2004  («1) 20» alone may be meant otherwise)
            return {}
    named = dict(found)
    whole = len(named) == len(parts) and set(named) <= set(letters)
    return named if whole else {}


def _in_a_row(text: str, letters: Sequence[str]) -> dict[str, str]:
    """Return the answers by letter of a line with a marker before each of them, else nothing."""
    marks = list(_MARKER.finditer(text))
    if len(marks) < 2 or marks[0].start() > 0:  # noqa: PLR2004  (one marker alone may be meant otherwise)
        return {}
    ends = [m.start() for m in marks[1:]] + [len(text)]
    keys = [m[2].lower() if m[2] else chr(96 + int(m[3])) for m in marks]
    found = [text[m.end() : end].strip(" ,;.\n") for m, end in zip(marks, ends, strict=True)]
    own = all(
        set(m[0]) & set(".):=0123456789") or any(c.isdigit() for c in words)
        for m, words in zip(marks, found, strict=True)
    )
    whole = len(set(keys)) == len(keys) and set(keys) <= set(letters) and all(found)
    return dict(zip(keys, found, strict=True)) if whole and own else {}


def _pieces(line: str, asked: int, *, numbers: bool) -> list[str] | Problem:
    line = _STOPS.sub("", line)
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
            return bare if len(bare) > 2 and len(bare) == asked else _unclear()  # noqa: PLR2004  (three or more)
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
    if len(tokens) > 1 and all(t[:1].isdigit() and t[-1:] not in ").:" for t in tokens):
        return tokens
    dated = "thang" in fold(line).split()  # «15 tháng 11» is one day
    with_units = [] if dated else [m.strip() for m in _NUMBERS_WITH_WORDS.findall(line)]
    apart = TYING.isdisjoint(fold(line).split())
    if apart and len(with_units) > 1 and fold(" ".join(with_units)) == fold(line):
        return with_units
    count = sum(any(c.isdigit() for c in token) for token in tokens)
    if numbers and count > 1:
        return Problem(Text("Please send one answer a line, for example:\n20\n15"))
    return [line]


def _unclear() -> Problem:
    return Problem(
        Text(
            "A comma may also be part of a number. Please send one answer a line, for example:\n20\n15"
        )
    )
