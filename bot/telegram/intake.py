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
from bot.telegram.channel import TelegramChannel
from bot.telegram.incoming import read_update, stand_in
from bot.turn.shapes import Journal

ALLOWED_UPDATES = ["message", "callback_query"]
"""What we ask Telegram for; edits of old messages and changes of membership are not."""

log = logging.getLogger(__name__)


class Intake:
    """Reads updates and journals them. `username` is set once Telegram has told it."""

    def __init__(self, channel: TelegramChannel, journal: Journal) -> None:
        self.channel = channel
        self.username = ""
        self._journal = journal

    async def take(self, updates: Sequence[Any]) -> None:
        """Journal what these updates say; raise whatever the journal raises when it is down.

        If the journal refuses a batch, each message is tried by itself, and one that is refused
        alone is kept as «unreadable», so that no single update can stop all others.
        """
        read = [(raw, self._read(raw)) for raw in updates]
        incoming = [one for _, one in read if one is not None]
        if not incoming:
            return
        try:
            await self._journal.record(incoming)
        except Exception as error:  # noqa: BLE001  (which ones a database raises is not ours to know)
            log.warning("a batch of updates was not journalled: %s", type(error).__name__)
            for raw, one in read:
                if one is not None:
                    await self._take_alone(raw, one)

    async def learn_username(
        self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> str:
        """Ask Telegram for the bot's name until it says it; return it. To be run as a task."""
        wait = 2.0
        while not self.username:
            try:
                self.username = await self.channel.username()
            except TelegramError as error:
                log.warning("the bot's name could not be asked: %s", type(error).__name__)
                await pause(wait)
                wait = min(wait * 2, 300.0)
        return self.username

    def _read(self, raw: Any) -> Incoming | None:
        return read_update(raw, self.channel.client, bot=self.channel.bot, username=self.username)

    async def _take_alone(self, raw: Any, one: Incoming) -> None:
        try:
            await self._journal.record([one])
        except Exception:
            bare = stand_in(raw, bot=self.channel.bot)
            if bare is None:
                raise
            # This fails too when the database is down, and then nothing is confirmed.
            await self._journal.record([bare])
            log.exception("an update was journalled as unreadable")
