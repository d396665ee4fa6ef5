"""What the contract asks of a channel's test driver. One driver a file: `driver_<channel>.py`.

A driver stands for the channel's own server (a fake on loopback) and the people behind it. It
is an async context manager that knows the environment which opens its door:

    async with TelegramPoll(clock) as door:
        async with a_house(url, folder, clock, **door.env) as program:
            await door.opened(program)
            lan = door.person("Lan")
            await lan.says("95 hộ")
            await door.arrived()          # kept; the suite then waits for the turn and the sending
            lan.seen()                    # everything on Lan's phone, in order

`tests/contract/conftest.py` lists the drivers; every test of the suite runs for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from bot.program import Program


@dataclass(frozen=True)
class Seen:
    """One message as the person's phone shows it. `choices` are the buttons' labels, in order."""

    text: str
    choices: tuple[str, ...] = ()
    picture: bytes = b""


class Person(Protocol):
    """Somebody at this door. Doing something returns when the channel's server has it."""

    chat: str
    """The chat's external id, as the tables have it; "" until there is one."""

    async def enters(self, code: str) -> None:
        """Begin with an invitation code, in whatever way this channel has; "" for none."""
        ...

    async def says(self, text: str) -> None: ...

    async def presses(self, number: int) -> None:
        """Choose the number-th choice of the last message: its button, or its number typed."""
        ...

    async def presses_stale(self) -> None:
        """Press a button of the oldest message that had buttons; without buttons: type 99."""
        ...

    async def sends_photos(self, *photos: bytes) -> None:
        """Send a photo, or several at once as an album."""
        ...

    async def sends_unusable(self) -> None:
        """Send what no questionnaire can take: a sticker, or whatever the channel has of the kind."""
        ...

    def seen(self) -> list[Seen]:
        """Return every message on the phone, in order; an edited one as it reads now."""
        ...


class Door(Protocol):
    """One channel in one way of receiving."""

    name: str
    """As pytest shows it: telegram-poll, zalo-oa …"""
    channel: str
    """`Incoming.channel`."""
    env: Mapping[str, str]
    """What opens this door, known once the driver is entered."""
    max_text: int
    """Longest text that the channel shows in one message, in its own way of counting."""
    failures: Mapping[str, str]
    """Kinds of failure that `fails` can bring about, and what the outbox then says.

    «slow down» (429) and «broken» (5xx) are transient: "" for them. The others end with a
    reason of `Delivery.failure`: blocked, gone, window, quota.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def opened(self, program: Program) -> None:
        """Called when the program runs: set the webhook, remember the address."""
        ...

    def person(self, name: str) -> Person:
        """Return somebody who has this channel; the same name is the same person."""
        ...

    async def arrived(self) -> None:
        """Return when all that people did so far was taken by the program (kept, acknowledged)."""
        ...

    async def looked(self) -> None:
        """Bring `seen` up to date, where the phone asks instead of being told."""
        ...

    def repeats(self) -> None:
        """From now on the channel delivers everything twice."""
        ...

    def fails(self, kind: str, person: Person) -> None:
        """Let sending to this person fail: once where it is transient, else until `mends`."""
        ...

    def mends(self, person: Person) -> None:
        """End a lasting failure."""
        ...
