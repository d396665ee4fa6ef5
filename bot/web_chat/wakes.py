"""Who is waiting for news of which chat, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Wakes:
    """Wakes open pages when their chat has something new.

    Only a short cut: a page in another process than the sender's finds the news at its next
    look at the database.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.closing = False

    @property
    def streams(self) -> int:
        """How many pages wait."""
        return sum(len(events) for events in self._waiting.values())

    def listeners(self, chat: str) -> int:
        """How many pages wait for this chat."""
        return len(self._waiting.get(chat, ()))

    @contextmanager
    def listen(self, chat: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at each news of the chat; the listener clears it."""
        event = asyncio.Event()
        self._waiting.setdefault(chat, set()).add(event)
        try:
            yield event
        finally:
            events = self._waiting[chat]
            events.discard(event)
            if not events:
                del self._waiting[chat]

    def wake(self, chat: str) -> None:
        """Tell the pages of this chat to look."""
        for event in self._waiting.get(chat, ()):
            event.set()

    def close(self) -> None:
        """End every wait: the server stops."""
        self.closing = True
        for events in self._waiting.values():
            for event in events:
                event.set()
