"""Areas as people name them: a code, a name, a name with its commune, without marks and in any case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from backend.models import Area
from backend.plans.names import areas_called
from backend.plans.schema import Pack
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
    above: tuple[str, ...] = ()
    """Codes of what it lies in."""


async def areas_named(text: str, allowed: Collection[int], pack: Pack | None = None) -> list[Named]:
    """Return the areas among the allowed that a text may mean, the best kind of match only.

    In order: the code, the whole name, the name without its level word, another spelling that
    the plan knows (`AreaSpec.names`), all words found in the name and the names above it.
    """
    said = fold(text).strip(" .!,")
    if not said:
        return []
    named = await _named(allowed)
    bare = _bare(said)
    printed = {a.code for a in areas_called(pack, text)} if pack is not None else set()
    for match in (
        [n for n in named if fold(n.area.code) == said],
        [n for n in named if n.own == said],
        [n for n in named if _bare(n.own) == bare],
        [n for n in named if n.area.code in printed],
        _by_words(said.replace(",", " ").split(), named, pack),
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
        codes: list[str] = []
        while above is not None:
            path += " " + above.folded
            codes.append(above.code)
            above = areas.get(above.parent_id)  # type: ignore[attr-defined]  # the same
        found.append(Named(area, area.folded, path, shown, tuple(codes)))
    return found


def _bare(folded: str) -> str:
    return " ".join(w for w in folded.split() if w not in _LEVEL_WORDS)


def _by_words(words: list[str], named: list[Named], pack: Pack | None) -> list[Named]:
    wanted = [w for w in words if w not in _LEVEL_WORDS]
    if not wanted:
        return []
    level = next((w for w in words if w in _LEVEL_WORDS), "")
    others = {a.code: fold(" ".join(a.names)) for a in pack.areas if a.names} if pack else {}
    found = []
    for one in named:
        own = {*one.own.split(), *others.get(one.area.code, "").split()}
        path = {*one.path.split(), *(w for c in one.above for w in others.get(c, "").split())}
        if set(wanted) <= own | path and set(wanted) & own and level in {"", *own}:
            found.append(one)
    return found
