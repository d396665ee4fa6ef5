"""Zalo's long poll: one event an answer, and Zalo forgets it by answering.

There is no offset and no repeating: what an answer brought exists here alone. So it is put
into the journal before anything else, in one go that a stopping program waits for; while the
journal cannot take it, it is kept in a file and nothing more is asked for. An answer that is
lost on its way is lost (docs: for production, a webhook).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from bot.receiving import Postbox
from bot.turn.shapes import Journal
from bot.zalo_bot.albums import Albums
from bot.zalo_bot.channel import REFUSED_SECONDS, ZaloBotChannel
from bot.zalo_bot.client import IDLE, ZaloBotError
from bot.zalo_bot.incoming import read_event
from bot.zalo_bot.unkept import Unkept

POLL_SECONDS: Final = 30
"""How long Zalo holds an empty answer back."""

GRACE_SECONDS: Final = 10
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0
FLOOD_SECONDS: Final = 30.0

log = logging.getLogger(__name__)


class ZaloBotPoller:
    """Receives by getUpdates until cancelled. A token allows one poller.

    `folder` is where an event waits that the journal could not take; `pause` is asyncio.sleep,
    or a test's.
    """

    def __init__(
        self,
        channel: ZaloBotChannel,
        journal: Journal,
        folder: Path,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        poll_seconds: int = POLL_SECONDS,
    ) -> None:
        self._channel = channel
        self._postbox = Postbox(journal)
        self._albums = Albums()
        self._unkept = Unkept(folder)
        self._pause = pause
        self._poll_seconds = poll_seconds
        self._wait = FIRST_WAIT
        self._webhook_gone = False

    async def run(self) -> None:
        """Poll for ever; no answer of Zalo and no failure of the journal ends it."""
        while True:
            try:
                await self.step()
                self._wait = FIRST_WAIT
            except ZaloBotError as error:
                await self._pause(self._wait_after(error))
            except Exception as error:  # noqa: BLE001  (a poller that ends is a bot that is deaf)
                log.warning("an event waits to be kept: %s", type(error).__name__)
                await self._pause(self._longer())

    async def step(self) -> bool:
        """Keep what waits, ask once, keep what came; say whether something came."""
        await self._keep_waiting()
        if not self._webhook_gone:
            await self._end_webhook()
        try:
            event = await self._channel.client.call(
                "getUpdates",
                {"timeout": str(self._poll_seconds)},
                seconds=self._poll_seconds + GRACE_SECONDS,
            )
        except ZaloBotError as error:
            if error.code != IDLE:
                raise
            event = None
        self._channel.token_works()
        if not event:
            return False
        keeping = asyncio.ensure_future(self._keep(event))
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            await asyncio.gather(keeping, return_exceptions=True)
            raise
        return True

    async def _keep(self, event: Any) -> None:
        """Journal one event; what the journal cannot take just now is kept in a file."""
        for one in event if isinstance(event, list) else [event]:
            incoming = read_event(one, bot=self._channel.bot)
            if incoming is None:
                continue
            incoming = self._albums.joined(incoming)
            try:
                await self._postbox.put([incoming])
            except Exception as error:  # noqa: BLE001  (whatever it was, Zalo does not repeat it)
                log.warning("an event was not journalled: %s", type(error).__name__)
                await self._unkept.add(incoming)

    async def _keep_waiting(self) -> None:
        """Journal what could not be, oldest first; raise while that does not work."""
        async for name, incoming in self._unkept.waiting():
            await self._postbox.put([incoming])
            await self._unkept.done(name)

    async def _end_webhook(self) -> None:
        """While a webhook is set nothing can be polled; we were told to poll, so it goes."""
        try:
            told = await self._channel.client.call("getWebhookInfo")
        except ZaloBotError as error:
            if error.code in {0, 401, 429} or error.code >= 500:  # noqa: PLR2004  (ask again)
                raise
            told = None  # 404: there is none
        if isinstance(told, dict) and told.get("url"):
            log.warning("a webhook was set; it is removed because ZALO_BOT_MODE is poll")
            await self._channel.client.call("deleteWebhook")
        self._webhook_gone = True

    def _wait_after(self, error: ZaloBotError) -> float:
        match error.code:
            case 401:
                self._channel.token_refused()
                return REFUSED_SECONDS
            case 429:
                return max(FLOOD_SECONDS, self._longer())
            case 400 | 403 | 404 | 409:
                self._webhook_gone = False  # perhaps somebody has set one since
        wait = self._longer()
        log.warning("polling failed: %s; next try in %.0f s", error, wait)
        return wait

    def _longer(self) -> float:
        wait, self._wait = self._wait, min(self._wait * 2, LONGEST_WAIT)
        return wait
