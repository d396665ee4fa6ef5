"""What the drivers share at whose doors one of `tests.fakes` stands for the channel's server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar

from tests.fakes.serving import ChatServer

F = TypeVar("F", bound=ChatServer[Any])


class Faked(Generic[F]):
    """See `tests.contract.door.Door`; a channel adds its people, its failures and its way in."""

    def __init__(self, fake: F) -> None:
        self.fake = fake
        self.env: Mapping[str, str] = {}

    def opens(self) -> Mapping[str, str]:
        """Return the environment that opens this door; the fake runs by then."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        await self.fake.__aenter__()
        self.env = self.opens()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.fake.__aexit__(*failure)

    async def arrived(self) -> None:
        await self.fake.delivered()

    async def looked(self) -> None:
        """The phone was told already."""

    def repeats(self) -> None:
        self.fake.twice = True
