"""Spoken Vietnamese numbers up to 999 999: «hai mươi», «một trăm lẻ năm», «1 nghìn 2 trăm».

A word that carries marks must be the number word itself: «nhầm» is no «nhăm», «từ» no «tư». A
word without marks may be a number word that lost them, but not where it stands alone and is an
everyday word too («sau», «nam»). Idioms whose last word is a multiple of something unsaid
(«trăm hai» is 120) come back with both readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from conversations.answers.words import EIGHT_OR_ABOUT
from conversations.text import fold

_ONES: Final = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_ONES_AFTER_TEN: Final = {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}
"""Only behind tens («hai mươi mốt», «hai lăm»), but «tư» also behind «linh»."""
_FOUR: Final = "tư"
_TENS: Final = frozenset({"mười", "mươi", "chục"})
_TEN: Final = frozenset({"mười"})
_HUNDRED: Final = frozenset({"trăm"})
_THOUSAND: Final = frozenset({"nghìn", "ngàn"})
_AND: Final = frozenset({"lẻ", "linh"})
_NONE: Final = frozenset({"không"})
_EVERYDAY: Final = frozenset("sau nam tu lam nham bay tam".split())  # noqa: SIM905  (one line of words)
"""Without marks and alone these may be after, male, from, do, mistaken, fly, for now."""

_ALL: Final = {*_ONES, *_ONES_AFTER_TEN, *_TENS, *_HUNDRED, *_THOUSAND, *_AND, *_NONE}
_UNMARKED: Final = {
    bare: [word for word in sorted(_ALL) if fold(word) == bare] for bare in map(fold, _ALL)
}

Said: TypeAlias = "int | tuple[int, int] | None"
"""A number, the two that an idiom may mean, or none."""


def spoken_number(marked: Sequence[str], *, counted: bool = False) -> Said:
    """Return the number these words say (lower case, NFC).

    `counted` says that a unit followed them: then an everyday word without its marks can only be
    a number. «tam mươi» without marks may be eighty or «about ten», so it says nothing.
    """
    tokens = list(marked)
    if not any(t.isalpha() for t in tokens):
        return None
    if tokens[0] == EIGHT_OR_ABOUT and len(tokens) > 1:
        return None
    if len(tokens) == 1 and tokens[0] in _EVERYDAY and not counted:
        return None
    at = next((i for i, t in enumerate(tokens) if _is(t, _THOUSAND)), None)
    if at is None:
        return _below_thousand(tokens)
    thousands = _below_thousand(tokens[:at])
    if not thousands or isinstance(thousands, tuple):
        return None
    rest = tokens[at + 1 :]
    if not rest:
        return thousands * 1000
    if len(rest) == 1 and (digit := _digit(rest[0], after_ten=True)):
        return thousands * 1000 + digit * 100, thousands * 1000 + digit
    if len(rest) > 1 and _is(rest[0], _NONE) and _is(rest[1], _HUNDRED):
        rest = rest[2:]
    elif not any(_is(t, _HUNDRED) for t in rest):
        return None
    below = _below_thousand(rest)
    return None if below is None or isinstance(below, tuple) else thousands * 1000 + below


def _below_thousand(tokens: list[str]) -> Said:
    at = next((i for i, t in enumerate(tokens) if _is(t, _HUNDRED)), None)
    if at is None:
        return _below_hundred(tokens)
    hundreds = _digit(tokens[0]) if at == 1 else None
    if not hundreds:
        return None
    rest = tokens[at + 1 :]
    if not rest:
        return hundreds * 100
    if len(rest) == 1 and (digit := _digit(rest[0], after_ten=True)):
        return hundreds * 100 + digit * 10, hundreds * 100 + digit
    below = _below_hundred(rest)
    return None if below is None else hundreds * 100 + below


def _below_hundred(tokens: list[str]) -> int | None:
    if len(tokens) == 1:
        return 10 if _is(tokens[0], _TEN) else _digit(tokens[0], after_ten=tokens[0] == _FOUR)
    if len(tokens) == 2 and _is(tokens[0], _AND):  # noqa: PLR2004  (two words)
        return _digit(tokens[1], after_ten=True)
    if tokens and _is(tokens[0], _TEN):
        tens, rest = 1, tokens[1:]
    elif len(tokens) > 1 and _is(tokens[1], _TENS):
        first = _digit(tokens[0])
        if not first:
            return None
        tens, rest = first, tokens[2:]
    elif len(tokens) == 2 and (first := _digit(tokens[0])):  # noqa: PLR2004  («hai lăm»)
        unit = _digit(tokens[1], after_ten=True)
        only_after_ten = unit is not None and _digit(tokens[1]) is None
        return first * 10 + unit if unit is not None and only_after_ten else None
    else:
        return None
    if not rest:
        return tens * 10
    unit = _digit(rest[0], after_ten=True) if len(rest) == 1 else None
    return None if unit is None else tens * 10 + unit


def _digit(token: str, *, after_ten: bool = False) -> int | None:
    if token.isascii() and token.isdigit() and len(token) == 1:
        return int(token)
    for spelt in _spellings(token):
        if spelt in _ONES:
            return _ONES[spelt]
        if after_ten and spelt in _ONES_AFTER_TEN:
            return _ONES_AFTER_TEN[spelt]
    return None


def _is(token: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(_spellings(token))


def _spellings(token: str) -> list[str]:
    """Return the number words that a token may be: itself, or what it lost its marks of."""
    if token in _ALL:
        return [token]
    return _UNMARKED.get(token, []) if token.isascii() else []
