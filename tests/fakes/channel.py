"""A channel of our own for tests of the turn and the sender."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from bot.messages import Capabilities, Delivery, Outgoing
from bot.turn.shapes import MediaGoneError, MediaTooLargeError

UNPACED = Capabilities(
    buttons=True, edits=True, max_text=4096, per_second=0.0, per_chat_seconds=0.0
)


class FakeChannel:
    """Remembers what it was asked to send; `answer` decides what becomes of each attempt."""

    name = "test"
    bot = ""

    def __init__(
        self,
        capabilities: Capabilities = UNPACED,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.capabilities = capabilities
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.log: list[tuple[float, str, str]] = []
        """(Unix time of its begin, chat, text) of each attempt, delivered or not."""
        self.edits: list[tuple[str, str, str]] = []
        self.answers: list[Delivery] = []
        self.ids: list[str] = []
        """The ids of the next messages; then m1, m2 …"""
        self.photos: dict[str, bytes | Exception] = {}
        self.fetched: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate: asyncio.Event | None = None
        self._now = now
        self._number = 0

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:
        began = self._now().timestamp() if self._now else 0.0
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        finally:
            self.at_once -= 1
        self.log.append((began, chat, message.text))
        answer = self.answers.pop(0) if self.answers else Delivery(message_id="ok")
        if not answer.message_id:
            return answer
        self._number += 1
        if edits:
            self.edits.append((chat, edits, message.text))
        else:
            self.sent[chat].append(message.text)
        named = self.ids.pop(0) if self.ids else f"m{self._number}"
        return dataclasses.replace(answer, message_id=named)

    async def fetch(self, source: str, limit: int) -> bytes:
        self.fetched.append(source)
        photo = self.photos.get(source, MediaGoneError())
        await asyncio.sleep(0)
        if isinstance(photo, Exception):
            raise photo
        if len(photo) > limit:
            raise MediaTooLargeError
        return photo
