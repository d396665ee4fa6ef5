"""A Zalo bot as a way to people: sends texts and pictures, fetches photos.

What it cannot do: buttons, edits, files, positions, telephone numbers. Choices are numbers in
the text; a document becomes a signed link; a picture is named by an address that Zalo fetches,
so without a public https address the text goes alone. Rates are not published.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from backend.clock import Clock
from bot.fetching import Fetcher
from bot.messages import Allowance, Capabilities, Delivery, Outgoing
from bot.pieces import Sent
from bot.public_pictures import PublicPictures
from bot.remembering import remember
from bot.zalo_bot.client import API_URL, ZaloBotClient, ZaloBotError
from bot.zalo_bot.incoming import CHANNEL
from bot.zalo_bot.words import MAX_TEXT, Part, parts_of
from locales import Catalog

BASIC_PLAN: Final = Allowance(per_month=3_000, people=50)
"""The free plan of August 2026 (secondary source): a setting overrides it."""

PER_SECOND: Final = 5.0
"""Nothing is published; this is careful."""

REFUSED_SECONDS: Final = 900.0
"""Wait after «unauthorized»: only somebody who sets a new token can end it."""

FIRST_FLOOD_SECONDS: Final = 30.0
LONGEST_FLOOD_SECONDS: Final = 3_600.0
"""A 429 says no time to wait: it doubles for the whole bot until a message goes through."""

FORBIDDEN_WAITS: Final = (30.0, 300.0)
"""403 is documented with the words «internal server error»: a chat is tried again after these
waits and then given up, unless others are refused too and nobody gets anything."""

MANY_CHATS: Final = 3
OUTAGE_SECONDS: Final = 60.0


log = logging.getLogger(__name__)


class ZaloBotChannel:
    """A `bot.turn.shapes.Channel`. Call `start` before use and `stop` afterwards.

    `catalog` is the office's language, for the channel's own few words. `pictures` makes the
    addresses of pictures and documents. `on_refused` is called once when Zalo refuses the
    token, and again only after the token worked in between.
    """

    def __init__(  # noqa: PLR0913  (the composition root names each)
        self,
        token: str,
        *,
        api_url: str = API_URL,
        clock: Clock,
        catalog: Catalog,
        pictures: PublicPictures | None = None,
        bot: str = "",
        allowance: Allowance = BASIC_PLAN,
        per_second: float = PER_SECOND,
        on_refused: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.name = CHANNEL
        self.bot = bot
        self.capabilities = Capabilities(
            buttons=False,
            edits=False,
            max_text=MAX_TEXT,
            photos_out=pictures is not None and pictures.usable,
            documents_out=False,
            per_second=per_second,
            per_chat_seconds=1.0,
            allowance=allowance,
        )
        self.client = ZaloBotClient(token, api_url)
        self.refused = False
        """Whether Zalo refused the token and it has not worked since."""
        self._fetcher = Fetcher(also=self.client.api_url)
        self._clock = clock
        self._catalog = catalog
        self._pictures = pictures if pictures is not None and pictures.usable else None
        self._on_refused = on_refused
        self._partly: dict[tuple[str, Outgoing], int] = {}
        self._forbidden: dict[str, int] = {}
        self._nobody_since: set[str] = set()
        """Chats that were refused since anybody got a message."""
        self._flood_seconds = 0.0
        self._flood_until = clock.now()
        self._telling: set[asyncio.Future[None]] = set()

    def __repr__(self) -> str:
        """Say which bot, without its token."""
        return f"ZaloBotChannel(bot={self.bot!r})"

    async def start(self) -> None:
        """Open the connections; nothing is sent yet."""
        await self.client.start()
        await self._fetcher.start()

    async def stop(self) -> None:
        """Close all connections."""
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self.client.stop()
        await self._fetcher.stop()

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:  # noqa: ARG002  (nothing can be edited)
        """See `Channel.send`. A repeat after a failure goes on with the part that failed."""
        if message.closes:
            return Delivery()
        out = Sent()
        try:
            return await self._send_parts(chat, message, out)
        except ZaloBotError as error:
            return replace(self._failed(chat, error), partly=out.messages)
        except Exception as error:  # noqa: BLE001  (the sender must outlive any one message)
            log.warning("a message could not be sent: %s", type(error).__name__)
            return Delivery(transient=True, partly=out.messages)

    async def fetch(self, source: str, limit: int) -> bytes:
        """See `Channel.fetch`; `source` is the photo's URL, which soon ends."""
        return await self._fetcher.fetch(source, limit)

    def token_works(self) -> None:
        """Note that Zalo took the token."""
        self.refused = False

    def token_refused(self) -> None:
        """Note that Zalo refused the token, and have somebody told, once."""
        if self.refused:
            return
        self.refused = True
        log.error("Zalo does not take the token of bot %r; nothing is sent until it does", self.bot)
        if self._on_refused is not None:
            task = asyncio.ensure_future(self._on_refused())
            self._telling.add(task)
            task.add_done_callback(self._told)

    def _told(self, task: asyncio.Future[None]) -> None:
        self._telling.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("nobody could be told of the refused token")

    async def _send_parts(self, chat: str, message: Outgoing, out: Sent) -> Delivery:
        parts = parts_of(message, self._catalog, await self._picture(message), self._file(message))
        if not parts:
            return Delivery(failure="refused")
        key = (chat, message)
        done = min(self._partly.pop(key, 0), len(parts) - 1)
        message_id = ""
        for i in range(done, len(parts)):
            try:
                message_id = await self._send_part(chat, parts[i])
            except BaseException:
                if i:
                    remember(self._partly, key, i)
                raise
            out.messages += 1
            self._forbidden.pop(chat, None)
            self._nobody_since.clear()
            self._flood_seconds = 0.0
            self.token_works()
        return Delivery(message_id=message_id, messages=out.messages)

    async def _send_part(self, chat: str, part: Part) -> str:
        """Send it and return the message's id."""
        if not part.picture:
            sent = await self.client.call("sendMessage", {"chat_id": chat, "text": part.text})
            return _message_id(sent)
        parameters = {"chat_id": chat, "photo": part.picture}
        if part.text:
            parameters["caption"] = part.text
        try:
            sent = await self.client.call("sendPhoto", parameters)
        except ZaloBotError as error:
            if error.code != 400 or not part.text:  # noqa: PLR2004  (a bad request)
                raise
            # Zalo could not use the picture; what is written is what counts.
            return await self._send_part(chat, Part(part.text))
        return _message_id(sent)

    async def _picture(self, message: Outgoing) -> str:
        """Return a picture's address; it is drawn now, so that it is there when Zalo asks."""
        if not message.picture or self._pictures is None:
            return ""
        try:
            await self._pictures.ready(message.picture)
        except (KeyError, FileNotFoundError):
            log.warning("a picture is not there; its text goes alone")
            return ""
        return self._pictures.picture_link(message.picture)

    def _file(self, message: Outgoing) -> str:
        if not message.document or self._pictures is None:
            return ""
        return self._pictures.document_link(message.document, message.document_name)

    def _failed(self, chat: str, error: ZaloBotError) -> Delivery:
        match error.code:
            case 401:
                self.token_refused()
                return Delivery(
                    transient=True, retry_after=REFUSED_SECONDS, whole_bot=True, ours=True
                )
            case 429:
                return self._flooded()
            case 403 if error.told:
                return self._forbidden_again(chat)
            case 404 if error.told:
                return Delivery(failure="gone")
            case 400 if error.told:
                return Delivery(failure="refused")
        log.info("a message could not be sent: %s", error.code)
        return Delivery(transient=True)

    def _forbidden_again(self, chat: str) -> Delivery:
        """Tell a chat that does not want us from a Zalo that is out of order."""
        if len(self._nobody_since) < MANY_CHATS:
            self._nobody_since.add(chat)
        count = self._forbidden.pop(chat, 0)
        if count < len(FORBIDDEN_WAITS):
            remember(self._forbidden, chat, count + 1)
            return Delivery(transient=True, retry_after=FORBIDDEN_WAITS[count])
        if len(self._nobody_since) >= MANY_CHATS:
            remember(self._forbidden, chat, count)
            return Delivery(transient=True, retry_after=OUTAGE_SECONDS, whole_bot=True)
        return Delivery(failure="blocked")

    def _flooded(self) -> Delivery:
        """Stop the whole bot for a while, twice as long as the last time."""
        now = self._clock.now()
        if now >= self._flood_until:  # several messages that were on their way count as one
            doubled = max(FIRST_FLOOD_SECONDS, 2 * self._flood_seconds)
            self._flood_seconds = min(LONGEST_FLOOD_SECONDS, doubled)
            self._flood_until = now + timedelta(seconds=self._flood_seconds)
        wait = (self._flood_until - now).total_seconds()
        return Delivery(transient=True, retry_after=wait, whole_bot=True)


def _message_id(sent: object) -> str:
    """Return the new message's id; an answer without one still says that it was sent."""
    found = sent.get("message_id") if isinstance(sent, dict) else None
    return str(found) if found else "sent"
