"""What was looked through already, so that it is not looked through again every minute.

Only in this process's memory, and only to save work: the outbox's unique keys are what sends a
thing once. After a restart everything is looked through once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.plans.schema import Pack

FEW = 500
"""So many people who could not be told are looked at again every minute, more of them rarely."""
RARELY = timedelta(minutes=15)
MOST_REASONS = 32


@dataclass(frozen=True, slots=True)
class _Look:
    left: frozenset[int]
    at: datetime


class Settled:
    """The reasons looked through, and who of each could not be told then."""

    def __init__(self) -> None:
        """Begin with nothing looked through."""
        self._pack: Pack | None = None
        self._looks: dict[str, _Look] = {}

    def left(self, reason: str, pack: Pack, at: datetime) -> frozenset[int] | None:
        """Return who is still to be looked at for a reason; None: everybody."""
        if pack is not self._pack:  # another plan or other settings: nothing is settled
            self._pack = pack
            self._looks.clear()
        look = self._looks.get(reason)
        if look is None:
            return None
        if len(look.left) > FEW and timedelta(0) <= at - look.at < RARELY:
            return frozenset()
        return look.left

    def mark(self, reason: str, left: frozenset[int], at: datetime) -> None:
        """Note that all that was due for a reason was queued, but for these people."""
        if reason not in self._looks and len(self._looks) >= MOST_REASONS:
            del self._looks[next(iter(self._looks))]
        self._looks[reason] = _Look(left, at)
