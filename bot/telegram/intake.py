"""Raw updates into the journal, for the poller and the webhook alike.

`take` returns after the commit; only then may Telegram be told that the updates arrived.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram.error import TelegramError

from backend.database import is_lost
from bot.messages import Incoming, Kind
from bot.telegram.channel import TelegramChannel
from bot.telegram.incoming import UNREADABLE, read_update
from bot.turn.shapes import Journal

ALLOWED_UPDATES = ["message", "callback_query"]
"""What we ask Telegram for; edits of old messages and changes of membership are not."""

ATTEMPTS = 5
MAX_STRIKES = 1_000

log = logging.getLogger(__name__)


class Intake:
    """Reads updates and journals them. `username` is set once Telegram has told it."""

    def __init__(self, channel: TelegramChannel, journal: Journal) -> None:
        self.channel = channel
        self.username = ""
        self._journal = journal
        self._strikes: dict[str, int] = {}

    async def take(self, updates: Sequence[Any]) -> None:
        """Journal what these updates say; raise when not all of them are kept.

        If the journal refuses a batch, each message is tried by itself. One that is refused
        alone `ATTEMPTS` times, while the database is there, is kept as «unreadable», so that
        no single update can stop all others.
        """
        incoming = [one for raw in updates if (one := self._read(raw)) is not None]
        if not incoming:
            return
        for raw in updates:
            self.channel.note_press(raw)
        try:
            await self._journal.record(incoming)
        except Exception as error:
            if is_lost(error):
                raise
            log.warning("updates were not journalled: %s", type(error).__name__)
        else:
            return
        refused = [e for one in incoming if (e := await self._take_alone(one)) is not None]
        if refused:
            raise refused[0]

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

    async def _take_alone(self, one: Incoming) -> Exception | None:
        """Journal one message; return why not, for it to be tried again."""
        try:
            await self._journal.record([one])
        except Exception as error:
            if is_lost(error):
                raise
            strikes = self._strikes.pop(one.external_id, 0) + 1
            if strikes < ATTEMPTS:
                self._strikes[one.external_id] = strikes
                if len(self._strikes) > MAX_STRIKES:
                    del self._strikes[next(iter(self._strikes))]
                return error
            # Only the type: the text of a database's error may quote what was written.
            log.error("an update is journalled as unreadable: %s", type(error).__name__)  # noqa: TRY400
            await self._journal.record([_bare(one)])
        else:
            self._strikes.pop(one.external_id, None)
        return None


def _bare(one: Incoming) -> Incoming:
    return Incoming(
        channel=one.channel,
        external_id=one.external_id,
        chat=one.chat,
        user=one.user,
        bot=one.bot,
        private=one.private,
        kind=Kind.UNSUPPORTED,
        text=UNREADABLE,
    )
