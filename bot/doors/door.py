"""What the composition root knows of one bot of one channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.turn.shapes import Channel, Journal


@dataclass(frozen=True, slots=True)
class Receiving:
    """How a bot's messages come in.

    `routes` are served, and `serving` is kept running, where HTTP is answered; `poll` runs in
    one process of the installation only; `always` runs in every process.
    """

    routes: list[web.RouteDef] = field(default_factory=list)
    serving: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    poll: Callable[[], Awaitable[None]] | None = None
    always: list[Callable[[], Awaitable[object]]] = field(default_factory=list)


class Door(Protocol):
    """One bot of one channel, with all it needs."""

    @property
    def channel(self) -> Channel: ...

    @property
    def family(self) -> str:
        """Under which name an invitation shows the door: both of Zalo's doors are «zalo»."""
        ...

    @property
    def area(self) -> str:
        """Code of the area whose people are invited through this bot; "" for everybody's."""
        ...

    @property
    def works(self) -> bool:
        """Whether the channel takes messages, as far as it is known; False needs a person."""
        ...

    async def start(self) -> None:
        """Open what sending needs."""
        ...

    async def stop(self) -> None:
        """Close it."""
        ...

    def receive(self, journal: Journal) -> Receiving:
        """Say how messages come in; they go into `journal`."""
        ...

    def link(self, code: str) -> str:
        """Return where a person opens this chat with an invitation; "" while that is not known."""
        ...


def path_of(path: str, bot: str) -> str:
    """Return a webhook's path: the channel's own, and the bot's name after it if it has one."""
    return f"{path}/{bot}" if bot else path
