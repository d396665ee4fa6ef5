"""An area by all its names: today's, other spellings, and what it was before a reform."""

from __future__ import annotations

from datetime import date
from typing import Any

from backend.dossier.facts import PlaceFacts
from backend.models import Area, AreaFormerParent, AreaPredecessor
from backend.plans.schema import Pack
from conversations.text import N_
from locales import Catalog

MOST_LEVELS = 8


async def place_of(area: Area, pack: Pack, words: Catalog) -> PlaceFacts:
    """Return what an area is and was called, and in what it lies and lay."""
    above = await _above(area)
    before = []
    for unit in (area, *above):
        before += await _former(unit, words)
    spec = next((a for a in pack.areas if a.code == area.code), None)
    return PlaceFacts(
        code=area.code,
        name=area.name,
        level=area.level,
        lies_in=tuple(unit.name for unit in above),
        before=tuple(before),
        other_names=tuple(n for n in (spec.names if spec else ()) if n != area.name),
    )


async def _above(area: Area) -> list[Area]:
    found: list[Area] = []
    parent: Any = area.parent_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    while parent is not None and len(found) < MOST_LEVELS:
        unit = await Area.get(id=parent)
        found.append(unit)
        parent = unit.parent_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return found


async def _former(area: Area, words: Catalog) -> list[str]:
    former = AreaFormerParent.filter(area_id=area.id).order_by("valid_to", "id")
    lines = [
        words.get(
            N_("{name} lay in {parent} until {day}"),
            name=area.name,
            parent=row.parent.name,
            day=row.valid_to,
        )
        for row in await former.prefetch_related("parent")
    ]
    for earlier in (
        await AreaPredecessor.filter(area_id=area.id)
        .order_by("id")
        .prefetch_related("predecessor__parent")
    ):
        unit = earlier.predecessor
        inside = f", {unit.parent.name}" if unit.parent else ""
        lines.append(_taken(area.name, unit.name + inside, unit.valid_to, words))
    return lines


def _taken(name: str, before: str, until: date | None, words: Catalog) -> str:
    if until is None:
        return words.get(N_("{name} took the place of {before}"), name=name, before=before)
    return words.get(
        N_("{name} took the place of {before} (until {day})"), name=name, before=before, day=until
    )
