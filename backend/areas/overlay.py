"""A pack with the tree as the database has it: units that a reform or the office's list changed.

Recorded answers hang on the rows of `area`; what a reform or a list has set there is laid over
the units that the pack's files name. Packs of other offices in the same database stay apart:
only units that lie in this plan's, or took their place, are added, and what lies above those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from backend.models import Area, AreaFormerParent, AreaPredecessor
from backend.plans.schema import AreaSpec, FormerParent, Number, Pack
from backend.plans.tree import upwards

COLUMNS: Final = ("level", "name", "parent_id", "valid_from", "valid_to", "households")
"""Columns of `area` that `Area.kept` may name, besides `folded`."""


@dataclass
class _Row:
    """One unit of the database with the codes of its neighbours."""

    area: Area
    parent: str | None
    former: list[FormerParent] = field(default_factory=list)
    predecessors: list[str] = field(default_factory=list)

    def neighbours(self) -> set[str]:
        """Return the units that this one lies in, lay in, or took the place of."""
        codes = {f.parent for f in self.former} | set(self.predecessors)
        return codes | {self.parent} if self.parent else codes


async def with_present_tree(pack: Pack) -> Pack:
    """Return the pack with the units that the database knows better. Reads only."""
    rows = await _touched()
    specs = {area.code: area for area in pack.areas}
    added = _belonging(pack, specs, rows)
    above = await _above(added, specs, rows)
    areas = [_over(spec, rows.get(spec.code)) for spec in pack.areas]
    areas += [_new(rows[code]) for code in sorted(added | above, key=lambda c: rows[c].area.id)]
    return pack.model_copy(update={"areas": areas})


async def _touched() -> dict[str, _Row]:
    areas = await Area.filter(kept__isnull=False)
    return await _rows(areas)


async def _rows(areas: Iterable[Area]) -> dict[str, _Row]:
    codes = dict(await Area.all().values_list("id", "code"))
    rows = {a.id: _Row(a, codes.get(a.parent_id)) for a in areas}  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    former: dict[int, list[tuple[int, date]]] = defaultdict(list)
    for area_id, parent_id, until in await AreaFormerParent.all().values_list(
        "area_id", "parent_id", "valid_to"
    ):
        former[area_id].append((parent_id, until))
    for area_id, row in rows.items():
        row.former = [FormerParent(parent=codes[p], valid_to=day) for p, day in former[area_id]]
    for area_id, predecessor_id in await AreaPredecessor.all().values_list(
        "area_id", "predecessor_id"
    ):
        if area_id in rows:
            rows[area_id].predecessors.append(codes[predecessor_id])
    return {row.area.code: row for row in rows.values()}


def _belonging(pack: Pack, specs: Mapping[str, AreaSpec], rows: Mapping[str, _Row]) -> set[str]:
    """Return the codes of units that the pack does not name and that are the plan's all the same."""
    inside = {
        spec.code
        for spec in pack.areas
        if any(unit.code == pack.root for unit in upwards(spec, specs, date.min))
    }
    beside: dict[str, list[str]] = defaultdict(list)
    for code, row in rows.items():
        if code not in specs:
            for neighbour in row.neighbours():
                beside[neighbour].append(code)
    added: set[str] = set()
    queue = list(inside)
    while queue:
        for code in beside.get(queue.pop(), ()):
            if code not in added:
                added.add(code)
                queue.append(code)
    return added


async def _above(added: set[str], specs: Mapping[str, AreaSpec], rows: dict[str, _Row]) -> set[str]:
    """Return the codes of what lies above, for lineage and names; completes `rows` with them."""
    found: set[str] = set()
    queue = [*added, *(code for code in specs if code in rows)]
    while queue:
        row = rows[queue.pop()]
        for code in {f.parent for f in row.former} | ({row.parent} if row.parent else set()):
            if code in specs or code in added or code in found:
                continue
            if code not in rows:
                rows.update(await _rows(await Area.filter(code=code)))
            found.add(code)
            queue.append(code)
    return found


def _over(spec: AreaSpec, row: _Row | None) -> AreaSpec:
    """Return the pack's unit with the columns that the office or a reform has set."""
    if row is None:
        return spec
    known = _values(row)
    changed = {_KEYS[c]: known[_KEYS[c]] for c in row.area.kept or () if c in _KEYS}
    if row.predecessors:
        changed["predecessors"] = row.predecessors
    if row.former:
        changed["former_parents"] = row.former
    return spec.model_copy(update=changed)


def _new(row: _Row) -> AreaSpec:
    known = _values(row)
    return AreaSpec(
        code=row.area.code, predecessors=row.predecessors, former_parents=row.former, **known
    )


_KEYS: Final = {column: column.removesuffix("_id") for column in COLUMNS}


def _values(row: _Row) -> dict[str, Any]:
    area = row.area
    return {
        "level": area.level,
        "name": area.name,
        "parent": row.parent,
        "valid_from": area.valid_from,
        "valid_to": area.valid_to,
        "households": Number(value=None if area.households is None else Decimal(area.households)),
    }
