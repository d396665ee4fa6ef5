"""Raw updates into the journal, for the poller and the webhook alike.

`take` returns after the commit; only then may Telegram be told that the updates arrived.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram.error import TelegramError

from bot.messages import Incoming
from bot.receiving import Postbox
from bot.telegram.channel import TelegramChannel, is_unauthorized
from bot.telegram.incoming import read_update
from bot.turn.shapes import Journal

ALLOWED_UPDATES = ["message", "edited_message", "callback_query"]
"""What we ask Telegram for; changes of membership are not."""

log = logging.getLogger(__name__)


class Intake:
    """Reads updates and journals them. `username` is set once Telegram has told it."""

    def __init__(self, channel: TelegramChannel, journal: Journal) -> None:
        self.channel = channel
        self.username = ""
        self._postbox = Postbox(journal)

    async def take(self, updates: Sequence[Any]) -> None:
        """Journal what these updates say; raise when not all of them are kept (`Postbox.put`)."""
        incoming = [one for raw in updates if (one := self._read(raw)) is not None]
        if not incoming:
            return
        for raw in updates:
            self.channel.note_press(raw)
        await self._postbox.put(incoming)

    async def learn_username(
        self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> str:
        """Ask Telegram for the bot's name until it says it; return it. To be run as a task."""
        wait = 2.0
        while not self.username:
            try:
                self.username = await self.channel.username()
                self.channel.token_works()
            except TelegramError as error:
                log.warning("the bot's name could not be asked: %s", type(error).__name__)
                if is_unauthorized(error):
                    self.channel.token_refused()
                await pause(wait)
                wait = min(wait * 2, 300.0)
        return self.username

    def _read(self, raw: Any) -> Incoming | None:
        return read_update(raw, self.channel.client, bot=self.channel.bot, username=self.username)
