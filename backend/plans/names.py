"""Which area of a plan a text names: its official spelling or any other one that is written. Pure."""

from __future__ import annotations

from typing import Final

from backend.plans.schema import AreaSpec, Pack
from conversations.text import fold

LEVEL_WORDS: Final = frozenset(
    ["tinh", "thanh pho", "huyen", "thi xa", "xa", "thon", "lang", "buon", "bon", "ban"]
)


def areas_called(pack: Pack, text: str, *, within: str | None = None) -> tuple[AreaSpec, ...]:
    """Return every area of this name, in the plan's order; `within` is the code of one above it.

    Marks, case, apostrophes, đ/d and the word for the level may differ. Two villages «Thôn 1» are
    two answers: whoever asks names the commune as well.
    """
    said = fold(text)
    areas = {area.code: area for area in pack.areas}
    for wanted, key in ((said, fold), (_bare(said), lambda name: _bare(fold(name)))):
        found = tuple(
            area
            for area in pack.areas
            if wanted
            and any(key(name) == wanted for name in (area.name, *area.names))
            and (within is None or within in _above(area, areas))
        )
        if found:
            return found
    return ()


def _bare(folded: str) -> str:
    for word in LEVEL_WORDS:
        if folded.startswith(f"{word} "):
            return folded[len(word) + 1 :]
    return folded


def _above(area: AreaSpec, areas: dict[str, AreaSpec]) -> list[str]:
    found: list[str] = []
    above = area.parent
    while above is not None and above in areas and above not in found:
        found.append(above)
        above = areas[above].parent
    return found
