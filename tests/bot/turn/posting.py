"""An outbox that tests fill, and senders that they drive by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random

import pytest

from backend.models import Chat, Outbox
from bot.messages import Outgoing
from bot.turn.sender import Sender
from tests.clock import HandClock
from tests.fakes.channel import FakeChannel


class Post:
    """Puts messages into the outbox the way the schedule does, and drives a sender by hand."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.senders: list[Sender] = []

    async def queue(self, chat: str, *messages: Outgoing, **fields: object) -> None:
        row, _ = await Chat.get_or_create(
            channel="test", bot="", external_id=chat, defaults={"created_at": self.clock.now()}
        )
        for m in messages:
            await Outbox.create(
                chat_id=row.id, payload=m.to_json(), prompt=m.prompt, purpose=m.purpose,
                created_at=self.clock.now(), **fields,
            )  # fmt: skip

    async def open(self, channel: FakeChannel, **options: object) -> Sender:
        options = {"sleep": self.clock.sleep, "random": Random(1), **options}  # noqa: S311  (jitter)
        others = options.pop("others", [])
        sender = Sender([channel, *others], self.clock, **options)
        self.senders.append(sender)
        await sender.open()
        return sender


@pytest.fixture
async def post(database: str, clock: HandClock) -> AsyncIterator[Post]:
    post = Post(clock)
    yield post
    for sender in post.senders:
        await sender.stop()
