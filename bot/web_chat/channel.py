"""The channel "web": its messages are delivered by standing in the outbox."""

from __future__ import annotations

from bot.messages import Capabilities, Delivery, Outgoing
from bot.web_chat.links import CHANNEL
from bot.web_chat.spool import Spool
from bot.web_chat.wakes import Wakes


class WebChannel:
    """Implements `bot.turn.shapes.Channel`; the pages read the outbox themselves."""

    name = CHANNEL
    bot = ""
    capabilities = Capabilities(
        buttons=True,
        edits=True,
        max_text=4_000,
        per_second=1_000.0,
        per_chat_seconds=0.0,
        rings=False,
    )

    def __init__(self, wakes: Wakes, spool: Spool) -> None:
        self._wakes = wakes
        self._spool = spool

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:  # noqa: ARG002  (the page finds the prompt it closes by its number)
        """Wake the chat's open pages; a closed one reads the message when it is opened."""
        self._wakes.wake(chat)
        return Delivery(message_id=str(message.prompt or "shown"))

    async def fetch(self, source: str, limit: int) -> bytes:
        """Return an uploaded photo from the spool."""
        return await self._spool.get(source, limit)
