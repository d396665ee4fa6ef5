"""The units of a plan: what they are called, where they lie, what is known of them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from backend.plans.schema.basics import Code, Number, Source, Strict


class FormerParent(Strict):
    """What a unit lay in until the end of a day."""

    parent: Code
    valid_to: date


Tier = Literal["", "ntm", "advanced", "model"]
"""How far a unit is recognised: đạt chuẩn, nâng cao, kiểu mẫu; "" where the source says nothing."""


class Recognition(Strict):
    """A recognition that the plan says a unit has, under one criteria set (null: it says none).

    Recognised under one set is not recognised under the next one.
    """

    criteria_set: Code | None = None
    tier: Tier = ""
    year: int | None = None
    source: Source | None = None


class AreaSpec(Strict):
    """One unit. `name` is the official spelling, `names` are others that people and documents use.

    `source` is where the plan names it, as printed; `name_source` is where the official spelling
    stands when the plan prints another. `target_year` is the year by whose end the plan wants
    the unit recognised. `communes_stated` and `villages_stated` are how many the plan says there
    are, which may be more than it names.
    """

    code: Code
    level: Literal["province", "district", "commune", "village"]
    name: str
    parent: Code | None = None
    names: list[str] = []
    name_source: Source | None = None
    communes_stated: Number = Number()
    villages_stated: Number = Number()
    recognised: list[Recognition] = []
    households: Number = Number()
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: list[Code] = []
    former_parents: list[FormerParent] = []
    """What it lay in before; `parent` is what it lies in since the day after the last of these."""
    source: Source | None = None
    info: dict[str, str] = {}
    target_year: int | None = None
