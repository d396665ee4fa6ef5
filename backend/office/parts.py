"""What the office's pages are made with, handed in by whoever composes the program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from backend.clock import Clock
from backend.office.session import Sessions
from backend.settings import Settings
from backend.status.model import Progress
from conversations.text import Paragraph

ProgressOf = Callable[[str, "str | None"], Awaitable[Progress]]
"""Area code and period (None: the present one) to progress."""


class Store(Protocol):
    """Where pictures are kept."""

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise KeyError or FileNotFoundError for a key that is not there."""
        ...


Tell = Callable[[int, Sequence[Paragraph], str], Awaitable[None]]
"""Send these words to a person in the chat they used last; the text names the occasion, once ever."""


def always() -> bool:
    """Say yes."""
    return True


async def tell_nobody(_person_id: int, _words: Sequence[Paragraph], _once: str) -> None:
    """Do nothing: there is no chat."""


@dataclass(frozen=True, slots=True)
class Office:
    """The pages' dependencies.

    For /readyz `channels` says which doors are open and `store_here` whether photos can be kept.
    """

    settings: Settings
    clock: Clock
    store: Store
    progress: ProgressOf
    channels: Callable[[], Mapping[str, bool]] = field(default=dict)
    tell: Tell = tell_nobody
    store_here: Callable[[], bool] = always

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        settings = self.settings
        return Sessions(settings.secret_key, https=settings.public_url.startswith("https:"))
