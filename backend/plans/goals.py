"""Whether a target is reached, by its kind. Pure; nothing is rounded before it is compared.

What the source does not state is None, and what is not known of a unit decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from backend.plans.schema import AreaSpec, Pack, Target, TargetKind

PERCENT: Final = Decimal(100)


def share_of(target: Target) -> Decimal | None:
    """Return how many percent of all a target's count is, None where the source has no whole."""
    if target.at_least.value is None or not target.of.value:
        return None
    return PERCENT * target.at_least.value / target.of.value


def reached(target: Target, number: Decimal | None) -> bool | None:
    """Return whether a number meets the target's bounds; None where nothing can be compared.

    For a range it is the least that must be met: more than «02-03 xã» is no failure.
    """
    least, most = target.at_least.value, target.at_most.value
    if number is None or (least is None and most is None):
        return None
    if least is not None and (number < least or (target.more_than and number == least)):
        return False
    return most is None or target.kind is TargetKind.RANGE or number <= most


def below_floor(target: Target, numbers: Mapping[str, Decimal | None]) -> tuple[str, ...]:
    """Return the units (area codes) below a floor; a unit without a number is not one of them."""
    floor = target.at_least.value
    if floor is None:
        return ()
    named = target.areas or numbers
    known = ((code, numbers.get(code)) for code in named)
    return tuple(code for code, number in known if number is not None and number < floor)


def without_any(pack: Pack, target: Target, recognised: Collection[str]) -> tuple[str, ...]:
    """Return the recognised units that break an exists-rule: too few recognised ones below them.

    `recognised` holds area codes of both levels. A unit not recognised is not asked anything.
    """
    areas = {area.code: area for area in pack.areas}
    wanted = target.at_least.value or Decimal(1)
    found = {
        area.code: 0 for area in pack.areas if area.level == target.each and area.code in recognised
    }
    for area in pack.areas:
        if area.level == target.has and area.code in recognised:
            above = _above(area, areas, found)
            if above is not None:
                found[above] += 1
    return tuple(code for code, count in found.items() if count < wanted)


def _above(area: AreaSpec, areas: Mapping[str, AreaSpec], among: Collection[str]) -> str | None:
    above = areas.get(area.parent) if area.parent else None
    while above is not None and above.code not in among:
        above = areas.get(above.parent) if above.parent else None
    return above.code if above is not None else None
