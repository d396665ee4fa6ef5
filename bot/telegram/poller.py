"""Our own long poll: an update is confirmed only after its journal row is committed.

python-telegram-bot's Updater confirms what is still in memory, ends for good at a 404, and
always deletes the webhook; so it is not used. The offset is not stored: Telegram itself keeps
what was confirmed, and what it sends twice the journal keeps once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from telegram.error import NetworkError, TelegramError, TimedOut

from bot.telegram.channel import TOKEN_REFUSED_SECONDS
from bot.telegram.incoming import callback_id
from bot.telegram.intake import ALLOWED_UPDATES, Intake
from bot.telegram.request import FloodError

POLL_SECONDS = 30
"""How long Telegram holds an empty answer back."""

GRACE_SECONDS = 10
BATCH = 100
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0

log = logging.getLogger(__name__)


class Poller:
    """Receives by getUpdates until cancelled. `pause` is asyncio.sleep, or a test's."""

    def __init__(
        self,
        intake: Intake,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        poll_seconds: int = POLL_SECONDS,
    ) -> None:
        self._intake = intake
        self._channel = intake.channel
        self._pause = pause
        self._poll_seconds = poll_seconds
        self._offset = 0
        self._wait = FIRST_WAIT

    async def run(self) -> None:
        """Poll for ever; no answer of Telegram and no failure of the journal ends it."""
        while True:
            try:
                await self.step()
                self._wait = FIRST_WAIT
            except FloodError as error:
                await self._pause(error.seconds)
            except _TokenRefusedError as error:
                self._channel.token_refused(told=error.surely)
                await self._pause(TOKEN_REFUSED_SECONDS)
            except Exception as error:  # noqa: BLE001  (a poller that ends is a bot that is deaf)
                log.warning("polling failed: %s; next try in %.0f s", error_name(error), self._wait)
                await self._pause(self._wait)
                self._wait = min(self._wait * 2, LONGEST_WAIT)

    async def step(self) -> int:
        """Ask once, journal what came, and return how many updates there were."""
        updates = await self._ask()
        await self._intake.take(updates)
        for raw in updates:
            self._channel.answer_press(callback_id(raw))
        # Only now: the next question confirms everything below this offset.
        ids = [raw["update_id"] for raw in updates if _has_id(raw)]
        if ids:
            self._offset = max(ids) + 1
        elif updates:
            raise NetworkError("updates without ids")
        return len(updates)

    async def _ask(self) -> list[Any]:
        question: dict[str, Any] = {
            "timeout": self._poll_seconds,
            "limit": BATCH,
            "allowed_updates": ALLOWED_UPDATES,
        }
        if self._offset:
            question["offset"] = self._offset
        try:
            status, payload = await self._channel.request.send(
                "POST",
                f"{self._channel.client.base_url}/getUpdates",
                json.dumps(question).encode(),
                self._poll_seconds + GRACE_SECONDS,
            )
        except TimedOut:
            # A held-back answer that a proxy dropped; nothing is confirmed, ask again.
            log.info("a long poll timed out")
            return []
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
            raise _TokenRefusedError(surely=status == HTTPStatus.UNAUTHORIZED)
        if status == HTTPStatus.CONFLICT:
            await self._conflict(payload)
        if status != HTTPStatus.OK:
            raise NetworkError(f"getUpdates answered {status}")
        self._channel.token_works()
        result = self._channel.request.parse_json_payload(payload).get("result")
        return result if isinstance(result, list) else []

    async def _conflict(self, payload: bytes) -> None:
        """A webhook is set: we were told to poll, so it goes. Another poller: it may stop."""
        if b"webhook" in payload:
            log.warning("a webhook was set; it is removed because TELEGRAM_MODE is poll")
            await self._channel.client.delete_webhook()


class _TokenRefusedError(TelegramError):
    """401, which says it `surely`, or 404."""

    __slots__ = ("surely",)

    def __init__(self, *, surely: bool) -> None:
        super().__init__("token refused")
        self.surely = surely


def error_name(error: Exception) -> str:
    """Return what of an exception may be logged: our own words, or only its type."""
    return str(error) if isinstance(error, NetworkError) else type(error).__name__


def _has_id(raw: Any) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("update_id"), int)
