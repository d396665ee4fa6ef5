"""The tree of a plan as it stood on a day. Pure.

Units come, end and move from one parent to another (the reform of July 2025), so every question
about the tree names its day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from backend.plans.schema import AreaSpec, Pack
from conversations.text import fold


def exists(area: AreaSpec, on: date) -> bool:
    """Say whether a unit exists on a day; its first and last day count."""
    return (area.valid_from is None or area.valid_from <= on) and (
        area.valid_to is None or on <= area.valid_to
    )


def parent_on(area: AreaSpec, on: date) -> str | None:
    """Return the code of what a unit lies in on a day."""
    former = [f for f in area.former_parents if on <= f.valid_to]
    return min(former, key=lambda f: f.valid_to).parent if former else area.parent


def upwards(area: AreaSpec, areas: Mapping[str, AreaSpec], on: date) -> Iterator[AreaSpec]:
    """Yield a unit and everything above it on a day; levels forbid a cycle."""
    above: AreaSpec | None = area
    while above is not None:
        yield above
        code = parent_on(above, on)
        above = areas.get(code) if code else None


def above(area: AreaSpec, level: str, areas: Mapping[str, AreaSpec], on: date) -> AreaSpec | None:
    """Return what a unit lies in (or is) at a level on a day, None when that level is left out."""
    return next((a for a in upwards(area, areas, on) if a.level == level), None)


def root_on(pack: Pack, on: date) -> str:
    """Return the code of the smallest unit that holds the whole plan on a day.

    That is the plan's root while it exists. When a reform has ended it, it is the lowest unit
    above all of the plan's villages (without villages: communes), at last what took its place.
    """
    areas = {area.code: area for area in pack.areas}
    root = areas[pack.root]
    if exists(root, on):
        return root.code
    present = [area for area in pack.areas if exists(area, on)]
    villages = [area for area in present if area.level == "village"]
    common: list[str] = []
    for area in villages or [a for a in present if a.level == "commune"]:
        path = [a.code for a in upwards(area, areas, on)][1:]
        common = [code for code in common if code in path] if common else path
        if len(common) <= 1:
            break
    heirs = (a.code for a in present if root.code in a.predecessors)
    return common[0] if common else next(heirs, root.code)


def shown_names(
    villages: Sequence[AreaSpec], areas: Mapping[str, AreaSpec], on: date
) -> dict[str, str]:
    """Return each village's name by its code, as it is told apart from others on a day.

    Where one commune holds two of the same name, each is shown with the commune that it came
    from in brackets.
    """
    homes = {v.code: parent_on(v, on) for v in villages}
    alike = Counter((homes[v.code], fold(v.name)) for v in villages)
    shown = {}
    for village in villages:
        shown[village.code] = village.name
        if alike[homes[village.code], fold(village.name)] > 1:
            former = _former(village, areas, on)
            if former is not None:
                shown[village.code] = f"{village.name} ({former.name})"
    return shown


def _former(village: AreaSpec, areas: Mapping[str, AreaSpec], on: date) -> AreaSpec | None:
    past = [f for f in village.former_parents if f.valid_to < on]
    return areas.get(max(past, key=lambda f: f.valid_to).parent) if past else None
