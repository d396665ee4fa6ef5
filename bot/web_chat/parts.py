"""What the web chat needs, handed in by whoever composes the program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from backend.clock import Clock
from bot.limits import (
    WEB_CHATS_PER_ADDRESS,
    WEB_CHATS_WINDOW_SECONDS,
    WEB_CHUNKS_PER_MINUTE,
    WEB_POSTS_PER_MINUTE,
)
from bot.turn.shapes import Journal
from bot.web_chat.spool import Spool
from bot.web_chat.throttle import Throttle
from bot.web_chat.wakes import Wakes

LOOK_SECONDS = 2.0
"""How often an open stream looks at the database when nobody wakes it."""


class Attachments(Protocol):
    """Where pictures and documents of outgoing messages are kept."""

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise KeyError or FileNotFoundError for a key that is not there."""
        ...


@dataclass(frozen=True, slots=True)
class WebChat:
    """The web chat's surroundings."""

    journal: Journal
    clock: Clock
    wakes: Wakes
    spool: Spool
    attachments: Attachments
    lang: str = "vi"
    look_seconds: float = LOOK_SECONDS
    begun: Throttle = field(
        default_factory=lambda: Throttle(WEB_CHATS_PER_ADDRESS, WEB_CHATS_WINDOW_SECONDS)
    )
    posts: Throttle = field(default_factory=lambda: Throttle(WEB_POSTS_PER_MINUTE, 60))
    chunks: Throttle = field(default_factory=lambda: Throttle(WEB_CHUNKS_PER_MINUTE, 60))
