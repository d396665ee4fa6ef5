"""Telegram's webhook: the journal row is committed before Telegram is answered.

Telegram repeats an update until it gets a 2xx, so 503 is the honest answer while the database
is down.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from telegram.error import TelegramError

from bot.receiving import RefusedError, keep_trying, trusted_json
from bot.telegram.incoming import callback_id
from bot.telegram.intake import ALLOWED_UPDATES, Intake

PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)
MAX_CONNECTIONS = 100

log = logging.getLogger(__name__)


class TelegramWebhook:
    """The handler of PATH."""

    def __init__(self, intake: Intake, secret: str) -> None:
        """`secret` must not be empty: an open webhook would take anybody's word."""
        if not secret:
            raise ValueError("a webhook needs a secret")
        self._intake = intake
        self._secret = secret.encode()

    def routes(self, path: str = PATH) -> list[web.RouteDef]:
        """Return what to add to the application; several bots have a path each."""
        return [web.post(path, self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 200 after the commit; 403, 413, 400 or 503 and nothing is kept."""
        try:
            raw = await trusted_json(request, SECRET_HEADER, self._secret)
        except RefusedError as refusal:
            return web.Response(status=refusal.status)
        try:
            await self._intake.take([raw])
        except Exception as error:  # noqa: BLE001  (whatever the database raises, Telegram must repeat)
            log.warning("an update was not journalled: %s", type(error).__name__)
            return web.Response(status=503)
        if pressed := callback_id(raw):
            # Free of a request of our own; if it is lost, the spinner runs out by itself.
            return web.json_response(
                {"method": "answerCallbackQuery", "callback_query_id": pressed}
            )
        return web.Response()


async def keep_webhook(
    intake: Intake,
    public_url: str,
    secret: str,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    *,
    path: str = PATH,
) -> None:
    """Tell Telegram where we listen, trying until it takes it. For https addresses only."""
    if not public_url.startswith("https://"):
        log.error("TELEGRAM_MODE=webhook needs a PUBLIC_URL with https; no webhook was set")
        return

    async def set_it() -> bool:
        try:
            await intake.channel.client.set_webhook(
                f"{public_url.rstrip('/')}{path}",
                secret_token=secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=MAX_CONNECTIONS,
            )
        except TelegramError as error:
            log.warning("the webhook could not be set: %s", type(error).__name__)
            return False
        return True

    await keep_trying(set_it, pause)
