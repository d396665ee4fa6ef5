"""Units that an office reminds in their own way: which villages and offices are whose. Pure.

Most plans have one way for all. Where something is set for a unit, what lies in it goes by its
own settings, and by the nearest of them up the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.plans.schema import Pack
from backend.plans.tree import upwards

MOST_PACKS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """The codes that one way of reminding holds for; `pack` has it as its own."""

    code: str
    """Of the unit, "" for all that no unit's own settings hold for."""
    pack: Pack
    villages: frozenset[str]
    others: frozenset[str]


_places: dict[int, tuple[Pack, date, tuple[Place, ...]]] = {}
"""By id() of a pack, which is kept so that no other one has it."""


def places_of(pack: Pack, today: date) -> tuple[Place, ...]:
    """Return the places of a plan as its tree stands on a day, the whole plan's first."""
    known = _places.get(id(pack))
    if known is None or known[0] is not pack or (pack.reminding_in and known[1] != today):
        if len(_places) >= MOST_PACKS:
            _places.clear()
        known = _places[id(pack)] = (pack, today, tuple(_made(pack, today)))
    return known[2]


def _made(pack: Pack, today: date) -> list[Place]:
    areas = {area.code: area for area in pack.areas}
    own: dict[str, str] = {}
    for area in pack.areas if pack.reminding_in else ():
        path = (above.code for above in upwards(area, areas, today))
        own[area.code] = next((code for code in path if code in pack.reminding_in), "")
    made = []
    for code in ("", *pack.reminding_in):
        mine = [area for area in pack.areas if own.get(area.code, "") == code]
        made.append(
            Place(
                code,
                pack.model_copy(update={"reminding": pack.reminding_in[code], "reminding_in": {}})
                if code
                else pack,
                frozenset(a.code for a in mine if a.level == "village"),
                frozenset(a.code for a in mine if a.level != "village"),
            )
        )
    return made
