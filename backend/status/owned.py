"""The part of a progress that one department answers for. Pure."""

from __future__ import annotations

from dataclasses import replace

from backend.plans.schema import Pack
from backend.status.model import Progress
from conversations.text import fold


def owned_keys(pack: Pack, owner: str) -> frozenset[tuple[str, str]]:
    """Return (set id, code) of the indicators that a department answers for.

    By name in any spelling; the owner of an official indicator answers for what estimates it,
    the owner of a criterion for its indicators.
    """
    name = fold(owner)
    criteria = {
        (s.id, c.code)
        for s in pack.criteria_sets
        for c in s.criteria
        if any(fold(o.name) == name for o in c.owners)
    }
    direct = {
        (s.id, i.code)
        for s in pack.criteria_sets
        for i in s.indicators
        if any(fold(o.name) == name for o in i.owners) or (s.id, i.criterion) in criteria
    }
    return frozenset(
        (s.id, i.code)
        for s in pack.criteria_sets
        for i in s.indicators
        if (s.id, i.code) in direct
        or (i.official is not None and (i.official.criteria_set, i.official.code) in direct)
    )


def led_keys(pack: Pack, owner: str) -> frozenset[tuple[str, str]]:
    """Return (set id, code) of the indicators whose criterion a department puts together.

    Its owners report to it (two steps), so it has to see them; they are not its own to decide.
    """
    name = fold(owner)
    led = {
        (s.id, i.code)
        for s in pack.criteria_sets
        for c in s.criteria
        if c.consolidation is not None and fold(c.consolidation.lead) == name
        for i in s.indicators
        if i.criterion == c.code
    }
    return frozenset(
        led
        | {
            (s.id, i.code)
            for s in pack.criteria_sets
            for i in s.indicators
            if i.official is not None and (i.official.criteria_set, i.official.code) in led
        }
    )


def owned_part(progress: Progress, pack: Pack, owner: str) -> Progress:
    """Return the progress with this department's indicators and those that it puts together."""
    keys = owned_keys(pack, owner) | led_keys(pack, owner)
    return replace(
        progress,
        indicators=tuple(r for r in progress.indicators if (r.set_id, r.code) in keys),
        villages=tuple(
            replace(v, indicators=tuple(r for r in v.indicators if (r.set_id, r.code) in keys))
            for v in progress.villages
        ),
    )
