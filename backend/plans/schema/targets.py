"""What a plan strives for."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from backend.plans.schema.basics import Code, Level, Number, Source, Strict
from backend.plans.schema.units import Tier


class TargetKind(StrEnum):
    """What a target's numbers mean."""

    COUNT = "count"
    """So many units; `of` is how many there are."""
    SHARE = "share"
    """Percent."""
    AVERAGE = "average"
    RANGE = "range"
    """From `at_least` to `at_most`, both the plan's own («02-03 xã»)."""
    FLOOR = "floor"
    """No unit of the level `each` below `at_least` («không còn xã đạt dưới 7 tiêu chí»)."""
    EXISTS = "exists"
    """Every recognised unit of the level `each` has `at_least` recognised ones of the level `has`."""
    KEEP = "keep"
    """What was met stays met («không để tụt tiêu chí»)."""
    RECOGNISED = "recognised"
    """The units in `areas` are to be recognised."""
    DONE = "done"
    """Something to have done by then; no number says when it is enough."""


class Target(Strict):
    """What the plan strives for, by a year's end.

    Two numbers for one thing, from two papers or as a count and as a share, are two targets that
    name one another in `beside`; neither is worked out from the other.
    """

    id: Code
    name: str
    year: int
    kind: TargetKind = TargetKind.COUNT
    of: Number = Number()
    more_than: bool = False
    """«trên 65%»: `at_least` itself is not enough."""
    measure: Literal["", "cumulative", "added", "per_year"] = ""
    """Of all so far («lũy kế»), newly in the year («có thêm»), or a change in each year."""
    standing: Literal["", "assigned", "striven"] = ""
    """Assigned from above («giao»), or what the plan itself strives for («phấn đấu»)."""
    beside: Code | None = None
    tier: Tier = ""
    criteria_set: Code | None = None
    """The set whose criteria are meant."""
    each: Level | None = None
    has: Level | None = None
    unit: str = ""
    at_least: Number = Number()
    at_most: Number = Number()
    baseline: Number = Number()
    baseline_label: str = ""
    estimate: Number = Number()
    estimate_label: str = ""
    areas: list[Code] = []
    """Units that the plan names for this target."""
    indicator_set: Code | None = None
    indicator: Code | None = None
    """With `indicator_set`, the indicator whose rolled-up value stands beside the target."""
    counts: Literal["", "villages"] = ""
    """"villages": the villages that assess themselves as meeting all stand beside the target."""
    note: str = ""
    """What the office should know of it, e.g. that a source contradicts itself."""
    source: Source | None = None
