"""Zalo's webhook: the journal row is committed before Zalo is answered.

Whether and how often Zalo repeats an event is not documented, so an event that could not be
kept is answered with 503 and its loss, if it comes to that, stands in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from bot.receiving import Postbox, RefusedError, keep_trying, trusted_json
from bot.turn.shapes import Journal
from bot.zalo_bot.albums import Albums
from bot.zalo_bot.channel import ZaloBotChannel
from bot.zalo_bot.client import ZaloBotError
from bot.zalo_bot.incoming import read_event

PATH: Final = "/webhooks/zalo-bot"
SECRET_HEADER: Final = "X-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)
SECRET_CHARS: Final = range(8, 257)

log = logging.getLogger(__name__)


class ZaloBotWebhook:
    """The handler of PATH."""

    def __init__(self, channel: ZaloBotChannel, journal: Journal, secret: str) -> None:
        """`secret` has 8 to 256 characters: an open webhook would take anybody's word."""
        if len(secret) not in SECRET_CHARS:
            raise ValueError("a webhook needs a secret of 8 to 256 characters")
        self._channel = channel
        self._postbox = Postbox(journal)
        self._albums = Albums()
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
        incoming = read_event(raw, bot=self._channel.bot)
        if incoming is not None:
            try:
                await self._postbox.put([self._albums.joined(incoming)])
            except Exception as error:  # noqa: BLE001  (whatever the database raises, Zalo must repeat)
                log.warning("an event was not journalled: %s", type(error).__name__)
                return web.Response(status=503)
        return web.json_response({"message": "Success"})


async def keep_webhook(
    channel: ZaloBotChannel,
    public_url: str,
    secret: str,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    *,
    path: str = PATH,
) -> None:
    """Tell Zalo where we listen, trying until it takes it. For https addresses only."""
    if not public_url.startswith("https://"):
        log.error("ZALO_BOT_MODE=webhook needs a PUBLIC_URL with https; no webhook was set")
        return
    address = f"{public_url.rstrip('/')}{path}"

    async def set_it() -> bool:
        try:
            answer = await channel.client.call(
                "setWebhook", {"url": address, "secret_token": secret}
            )
        except ZaloBotError as error:
            log.warning("the webhook could not be set: %s", error.code)
            if error.code == 401:  # noqa: PLR2004  (unauthorized)
                channel.token_refused()
            return False
        _warn(answer)
        return True

    await keep_trying(set_it, pause)


def _warn(answer: object) -> None:
    """Zalo keeps an address also when it could not reach it; then it says so."""
    verified = answer.get("verification") if isinstance(answer, dict) else None
    if isinstance(verified, dict) and verified.get("ok") is False:
        outcome = verified.get("outcome")
        known = outcome if isinstance(outcome, str) and outcome.isascii() else "?"
        log.warning("Zalo could not reach the webhook: %s", known[:40])
