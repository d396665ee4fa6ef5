"""What a plan's other rules come to, as plain values: consolidated criteria, floors, exists-rules."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from backend.plans.consolidation import Consolidated
from backend.plans.schema import AreaSpec, Target


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor: each unit with its number (None: nobody has stated it), and those below."""

    target: Target
    numbers: tuple[tuple[AreaSpec, Decimal | None], ...]
    below: tuple[str, ...]

    @property
    def unknown(self) -> int:
        """How many units nobody has stated a number of."""
        return sum(number is None for _, number in self.numbers)

    def is_below(self, code: str) -> bool:
        """Say whether a unit lies below the floor."""
        return code in self.below


@dataclass(frozen=True, slots=True)
class Exists:
    """An exists-rule: the recognised units that it asks, and the names of those that break it."""

    target: Target
    asked: int
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Goals:
    """All rules of a plan that have something to show. `period` is whose reports were counted."""

    period: str
    criteria: tuple[Consolidated, ...] = ()
    floors: tuple[Floor, ...] = ()
    exists: tuple[Exists, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the plan has no such rule."""
        return not (self.criteria or self.floors or self.exists)
