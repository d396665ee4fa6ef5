"""What a bot has sent to whom, and waiting for it. A limit ends each wait (`patience`, in seconds)."""

from __future__ import annotations

import asyncio
import unicodedata
from collections import defaultdict
from typing import Any, Generic, Protocol, TypeVar

from tests.clock import PATIENCE


class Message(Protocol):
    """What is remembered of a message."""

    text: str
    seen: bool


S = TypeVar("S", bound=Message)


class Conversation(Generic[S]):
    """Every message by chat; a chat is a person (with an `id`) or an id."""

    def __init__(self) -> None:
        self.patience = PATIENCE
        self._sent: dict[Any, list[S]] = defaultdict(list)
        self._changed = asyncio.Condition()

    def sent_to(self, chat: Any) -> list[S]:
        """Return every message that the bot sent to a person or group, in order."""
        return self._sent[getattr(chat, "id", chat)]

    async def reply_to(self, chat: Any) -> S:
        """Wait for the next message that no `reply_to` or `expect` has looked at."""
        return await self.wait_for(chat, "")

    async def wait_for(self, chat: Any, words: str) -> S:
        """Wait for an unseen message with these words; marks it and all before it as seen."""

        def found() -> S | None:
            every = self.sent_to(chat)
            for i, sent in enumerate(every):
                if not sent.seen and plain(words) in plain(sent.text):
                    for earlier in every[: i + 1]:
                        earlier.seen = True
                    return sent
            return None

        async with self._changed:
            got = found()
            try:
                async with asyncio.timeout(self.patience):
                    while got is None:
                        await self._changed.wait()
                        got = found()
            except TimeoutError:
                every = [
                    f"{'  seen' if s.seen else 'unseen'}: {s.text}" for s in self.sent_to(chat)
                ]
                raise AssertionError(
                    f"nothing with {words!r} came; there was:\n" + "\n".join(every)
                ) from None
            return got

    async def until(self, condition: Any) -> None:
        """Wait until `condition()` holds; it is looked at after every call and event."""
        async with self._changed, asyncio.timeout(self.patience):
            await self._changed.wait_for(condition)

    async def announce(self) -> None:
        """Let everybody who waits look again."""
        async with self._changed:
            self._changed.notify_all()


def plain(text: str) -> str:
    """Return words as they are compared: case, spaces and the way of writing marks do not count."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
