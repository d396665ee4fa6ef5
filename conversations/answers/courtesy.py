"""Courtesy at the ends of what is said: «dạ gửi ạ» is «gửi», «cho hỏi tiến độ với» is «tiến độ».

Folded as `conversations.text.fold` does; to be recognised, never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conversations.text import fold

_BEFORE: Final = tuple(
    tuple(phrase.split())
    for phrase in (
        "cho toi hoi", "cho em hoi", "cho bac hoi", "cho hoi", "xin hoi", "toi hoi", "hoi",
        "cho toi xem", "cho em xem", "cho xem", "xem", "thua", "xin", "da", "vang",
    )
)  # fmt: skip
_BY_FIRST: Final = {
    first: tuple(phrase for phrase in _BEFORE if phrase[0] == first)
    for first in {phrase[0] for phrase in _BEFORE}
}
"""So that most messages, which begin with none, cost one look."""
_AFTER: Final = frozenset({"a", "ah", "nhe", "nhi", "vay", "voi", "please"})
_AFTER_MARKED: Final = frozenset({"ạ", "nhé", "nhỉ", "vậy", "với"})
"""Those of one syllable in full: without its mark the same word may end a name («thôn A»)."""
_AROUND: Final = " .,!?\"'"


def without_courtesy(folded: str) -> str:
    """Return folded words without courtesy at their ends; what is nothing else stays."""
    said = [word.strip(_AROUND) for word in folded.split()]
    return " ".join(within(said)) or folded


def within(words: Sequence[str], *, marked: bool = False) -> list[str]:
    """Return words without courtesy at their ends; none when there is nothing else.

    `marked`: at the end only words that are typed with their marks.
    """
    left = [word for word in words if word.strip(_AROUND)]
    while left and _is_after(left[-1], marked=marked):
        left.pop()
    while left:
        phrases = _BY_FIRST.get(fold(left[0]).strip(_AROUND), ())
        begin = next((phrase for phrase in phrases if _begins(left, phrase)), None)
        if begin is None:
            break
        left = left[len(begin) :]
    return left


def _is_after(word: str, *, marked: bool) -> bool:
    bare = word.strip(_AROUND)
    return bare.casefold() in _AFTER_MARKED if marked else fold(bare) in _AFTER


def _begins(words: Sequence[str], phrase: Sequence[str]) -> bool:
    return [fold(w).strip(_AROUND) for w in words[: len(phrase)]] == list(phrase)
