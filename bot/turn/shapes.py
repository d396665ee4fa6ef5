"""What a turn is given and what it gives back.

`Turns` (bot.turn.engine) loads a Turn inside its transaction, hands it to the reception
(bot.reception), and writes the Reply in the same transaction. An answer inside a running
interview must cost no further query; anything else may use the ORM, which joins the same
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.messages import Capabilities, Delivery, Incoming, Outgoing
from conversations.record import record


@record
class ChatRow:
    """The chat as loaded with the turn. `person_id` is None until the person is enrolled."""

    id: int
    channel: str
    bot: str
    external_id: str
    private: bool
    person_id: int | None
    lang: str
    stage: str = ""
    """What the reception waits for outside an interview, as it was when the turn was loaded."""


@record
class InterviewRow:
    """The person's running interview, if there is one. `state` is the JSON of the pure state."""

    id: int
    form_version_id: int
    questionnaire: str
    area_id: int
    period: str
    state: str


@record
class Turn:
    """One message with everything an interview step needs. `now` is aware UTC."""

    inbox_id: int
    chat: ChatRow
    incoming: Incoming
    interview: InterviewRow | None
    now: datetime


@dataclass(slots=True)
class Reply:
    """What the turn writes. Leave `state` None when the interview did not change.

    `status` closes the running interview: "running" (default), "paused", "submitted" or
    "cancelled". Changes to other tables are made by the reception itself, in the transaction.
    """

    outgoing: list[Outgoing]
    state: str | None = None
    status: str = "running"


class Reception(Protocol):
    """Who answers a turn. Raising rolls this turn back; it is tried again, then set aside."""

    async def receive(self, turn: Turn) -> Reply: ...


class Channel(Protocol):
    """A way to people. Receiving is the channel's own business; it journals Incoming."""

    @property
    def name(self) -> str:
        """Which of `Incoming.channel` this is."""
        ...

    @property
    def bot(self) -> str:
        """Which of several bots of this channel; "" for the only one."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:
        """Carry one message; never raises for what the network or the channel does.

        `edits` is the channel's id of the message that showed prompt `message.closes`, or "".
        """
        ...

    async def fetch(self, source: str, limit: int) -> bytes:
        """Return a photo's bytes; raise `MediaGoneError` or `MediaTooLargeError`, or OSError to retry."""
        ...


class MediaGoneError(Exception):
    """The channel no longer has the file."""


class MediaTooLargeError(Exception):
    """The file is larger than the limit; nothing beyond the limit was read."""


class Journal(Protocol):
    """Where a channel puts what it received. Returns only after the commit."""

    async def record(self, incoming: Sequence[Incoming]) -> None:
        """Keep these messages; ones already kept (channel, bot, external id) change nothing."""
        ...
