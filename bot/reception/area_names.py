"""Areas as people name them: a code, a name, a name with its commune, without marks and in any case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from backend.models import Area
from conversations.text import fold

_LEVEL_WORDS = frozenset(["tinh", "huyen", "xa", "thon", "lang", "buon", "bon", "ban"])


@dataclass(frozen=True, slots=True)
class Named:
    """An area with its folded name and the folded names of what it lies in."""

    area: Area
    own: str
    path: str
    shown: str
    """The name with its commune's, for telling two «Thôn 1» apart."""


async def areas_named(text: str, allowed: Collection[int]) -> list[Named]:
    """Return the areas among the allowed that a text may mean, the best kind of match only.

    In order: the code, the whole name, the name without its level word, all words found in the
    name and the names above it.
    """
    said = fold(text).strip(" .!,")
    if not said:
        return []
    named = await _named(allowed)
    bare = _bare(said)
    for match in (
        [n for n in named if fold(n.area.code) == said],
        [n for n in named if n.own == said],
        [n for n in named if _bare(n.own) == bare],
        _by_words(said.replace(",", " ").split(), named),
    ):
        if match:
            # A unit that a reform has ended gives way to the present one of the same name.
            return [n for n in match if n.area.valid_to is None] or match
    return []


async def _named(allowed: Collection[int]) -> list[Named]:
    areas = {a.id: a for a in await Area.filter(id__in=allowed).order_by("id")}
    found = []
    for area in areas.values():
        above = areas.get(area.parent_id)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        shown = f"{area.name} ({above.name})" if above and area.level == "village" else area.name
        path = area.folded
        while above is not None:
            path += " " + above.folded
            above = areas.get(above.parent_id)  # type: ignore[attr-defined]  # the same
        found.append(Named(area, area.folded, path, shown))
    return found


def _bare(folded: str) -> str:
    return " ".join(w for w in folded.split() if w not in _LEVEL_WORDS)


def _by_words(words: list[str], named: list[Named]) -> list[Named]:
    wanted = [w for w in words if w not in _LEVEL_WORDS]
    if not wanted:
        return []
    level = next((w for w in words if w in _LEVEL_WORDS), "")
    return [
        n
        for n in named
        if set(wanted) <= set(n.path.split())
        and set(wanted) & set(n.own.split())
        and level in ("", *n.own.split())
    ]
