"""Zalo's webhook: the journal row is committed before Zalo is answered, and within its two seconds.

Zalo repeats an event half a minute after anything but a 200 in time, then ever more rarely, and
after about an hour of that turns the webhook off. So what takes too long is answered 503 while
the journal goes on: the repetition finds the message kept. Old timestamps are no reason to
refuse: a message is kept once by its id, however often it comes and whatever its clock said.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from backend.clock import Clock
from backend.models import Chat
from bot.messages import Incoming
from bot.receiving import Postbox, bounded_body
from bot.turn.shapes import Journal
from bot.zalo_bot.albums import Albums
from bot.zalo_oa.incoming import CHANNEL, Told, account_of, read_event, timestamp_of
from bot.zalo_oa.options import Options
from bot.zalo_oa.signature import HEADER, TIMESTAMP_HEADER, Signed, fits, matching

PATH: Final = "/webhooks/zalo-oa"
ANSWER_SECONDS: Final = 1.5
"""Zalo waits two; the rest is the network's."""
MAX_RECORDING: Final = 1_000
"""Events being kept at one time; beyond that Zalo is asked to repeat."""

log = logging.getLogger(__name__)


class ZaloOAWebhook:
    """The handler of one account's webhook."""

    def __init__(  # noqa: PLR0913  (everything from outside is handed in)
        self,
        journal: Journal,
        clock: Clock,
        *,
        app_id: str,
        secret_key: str,
        options: Options,
        bot: str = "",
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """`secret_key` is the account's own key for webhooks; it must not be empty."""
        if not secret_key:
            raise ValueError("a webhook needs a secret")
        self._postbox = Postbox(journal)
        self._clock = clock
        self._app_id = app_id.encode()
        self._key = secret_key.encode()
        self._options = options
        self._bot = bot
        self._answer_seconds = answer_seconds
        self._albums = Albums()
        self._recording: set[asyncio.Task[None]] = set()

    def routes(self, path: str = PATH) -> list[web.RouteDef]:
        """Return what to add to the application; GET is for Zalo's look at the address."""
        return [web.post(path, self.handle), web.get(path, self.look, allow_head=True)]

    async def look(self, _request: web.Request) -> web.Response:
        """Answer that somebody listens here."""
        return web.Response()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 200 after the commit; 403, 413, 400 or 503 and nothing is promised."""
        until = asyncio.get_running_loop().time() + self._answer_seconds
        try:
            async with asyncio.timeout_at(until):
                body = await bounded_body(request)
        except TimeoutError:
            return web.Response(status=408)
        if body is None:
            return web.Response(status=413)
        try:
            raw: Any = json.loads(body)
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if not isinstance(raw, dict):
            return web.Response(status=400)
        if not self._is_zalos(request, raw, body):
            return web.Response(status=403)
        if self._is_of_another(raw):
            return web.Response()
        told = read_event(raw, bot=self._bot, phone_is_proof=self._options.phone_is_proof)
        return await self._keep(told, until) if told.incoming or told.left else web.Response()

    def _is_zalos(self, request: web.Request, raw: Mapping[str, Any], body: bytes) -> bool:
        header = request.headers.get(HEADER, "")
        if not header:
            return False
        found = ""
        for timestamp in (timestamp_of(raw), request.headers.get(TIMESTAMP_HEADER, "")):
            signed = Signed(
                app_id=self._app_id,
                account=account_of(raw).encode("utf-8", "replace"),
                body=body,
                timestamp=timestamp.encode("utf-8", "replace"),
            )
            if fits(header, signed, self._key, self._options.signature):
                return True
            found = found or matching(header, signed, self._key)
        if found:
            log.error("webhooks are signed the other way: set ZALO_OA_SIGNATURE=%s", found)
        else:
            log.warning("a webhook with a wrong signature was refused")
        return False

    def _is_of_another(self, raw: Mapping[str, Any]) -> bool:
        """Say whether an event is for another account that uses the same app."""
        mine, theirs = self._options.account, account_of(raw)
        if not mine or not theirs or mine == theirs:
            return False
        log.warning("an event of another Official Account was passed over: see ZALO_OA_ID")
        return True

    async def _keep(self, told: Told, until: float) -> web.Response:
        if len(self._recording) >= MAX_RECORDING:
            return web.Response(status=503)
        recording = asyncio.create_task(self._record(told))
        self._recording.add(recording)
        recording.add_done_callback(self._recording.discard)
        left = max(until - asyncio.get_running_loop().time(), 0.0)
        done, _ = await asyncio.wait({recording}, timeout=left)
        if not done:
            recording.add_done_callback(_seen)
            log.warning("an event was not kept in time; Zalo is asked to repeat it")
            return web.Response(status=503)
        if (error := recording.exception()) is not None:
            log.warning("an event was not journalled: %s", type(error).__name__)
            return web.Response(status=503)
        return web.Response()

    async def _record(self, told: Told) -> None:
        if told.left:
            await self._note_left(told)
        await self._postbox.put([self._joined(one) for one in told.incoming])

    def _joined(self, one: Incoming) -> Incoming:
        """Return a photo with its album, which Zalo sends as events that say nothing of each other."""
        named = one.media is not None and one.media.album
        return one if named else self._albums.joined(one)

    async def _note_left(self, told: Told) -> None:
        """Note that a chat cannot be reached, unless its person has written since then."""
        now = self._clock.now()
        at = min(datetime.fromtimestamp(told.at, UTC), now) if told.at else now
        chats = Chat.filter(channel=CHANNEL, bot=self._bot, external_id=told.left)
        for chat in await chats.only("id", "last_in_at"):
            if chat.last_in_at is None or chat.last_in_at <= at:
                await Chat.filter(id=chat.id).update(blocked_at=now)


def _seen(task: asyncio.Task[None]) -> None:
    """Take the exception of an event that was kept, or not, after its answer."""
    if not task.cancelled():
        task.exception()
