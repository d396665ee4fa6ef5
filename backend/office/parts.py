"""What the office's pages are made with, handed in by whoever composes the program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from backend.clock import Clock
from backend.settings import Settings
from backend.status.model import Progress

ProgressOf = Callable[[str, "str | None"], Awaitable[Progress]]
"""Area code and period (None: the present one) to progress."""


class Store(Protocol):
    """Where pictures are kept."""

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise KeyError or FileNotFoundError for a key that is not there."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """The pages' dependencies. `channels` says which doors are open, for /readyz."""

    settings: Settings
    clock: Clock
    store: Store
    progress: ProgressOf
    channels: Callable[[], Mapping[str, bool]] = field(default=dict)
