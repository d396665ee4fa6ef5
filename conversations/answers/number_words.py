"""Spoken Vietnamese numbers up to 999 999: «hai mươi», «một trăm lẻ năm», «1 nghìn 2 trăm».

Idioms whose last word is a multiple of something unsaid («trăm hai» is 120) are not taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from conversations.answers.words import EIGHT_OR_ABOUT

DIGITS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
TEN = frozenset({"muoi", "chuc"})
THOUSAND = frozenset({"nghin", "ngan"})
AND = frozenset({"le", "linh"})


def spoken_number(folded: Sequence[str], marked: Sequence[str]) -> int | None:
    """Return the number these words say, or None.

    `folded` and `marked` are the same words without and with marks: «tam mươi» without marks may
    be eighty or «about ten», so it says nothing.
    """
    tokens = list(folded)
    if not tokens or not any(t.isalpha() for t in tokens):
        return None
    if len(tokens) > 1 and tokens[0] == EIGHT_OR_ABOUT == marked[0]:
        return None
    at = next((i for i, t in enumerate(tokens) if t in THOUSAND), None)
    if at is None:
        return _below_thousand(tokens)
    thousands = _below_thousand(tokens[:at]) if at else None
    if not thousands:
        return None
    rest = tokens[at + 1 :]
    if not rest:
        return thousands * 1000
    if rest[:2] == ["khong", "tram"]:
        rest = rest[2:]
    elif "tram" not in rest:
        return None
    below = _below_thousand(rest)
    return None if below is None else thousands * 1000 + below


def _below_thousand(tokens: list[str]) -> int | None:
    if "tram" not in tokens:
        return _below_hundred(tokens)
    at = tokens.index("tram")
    hundreds = _digit(tokens[at - 1]) if at == 1 else None
    if hundreds is None:
        return None
    rest = tokens[at + 1 :]
    if not rest:
        return hundreds * 100
    if len(rest) == 1 and rest[0] not in TEN:
        return None  # «một trăm hai» is 120 to some and 102 to others
    below = _below_hundred(rest)
    return None if below is None else hundreds * 100 + below


def _below_hundred(tokens: list[str]) -> int | None:
    if len(tokens) == 1:
        return 10 if tokens[0] in TEN else _digit(tokens[0])
    if len(tokens) == 2 and tokens[0] in AND:  # noqa: PLR2004  (two words)
        return _digit(tokens[1])
    if tokens and tokens[0] in TEN:
        tens, rest = 1, tokens[1:]
    elif len(tokens) > 1 and tokens[1] in TEN:
        first = _digit(tokens[0])
        if first is None:
            return None
        tens, rest = first, tokens[2:]
    else:
        return None
    if not rest:
        return tens * 10
    unit = _digit(rest[0]) if len(rest) == 1 else None
    return None if unit is None else tens * 10 + unit


def _digit(token: str) -> int | None:
    if token.isascii() and token.isdigit() and len(token) == 1:
        return int(token)
    return DIGITS.get(token)
