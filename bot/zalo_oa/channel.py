"""A Zalo Official Account as a way to people: sends, uploads, fetches.

What it cannot do: edits; ask for a position (people send one by themselves); write to somebody
who has not written for seven days, but for paid templates (`zns`); tell which question a press
belongs to, so the press carries it. Buttons only in a form that the office has tried.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from backend.clock import Clock
from backend.evidence.store import NotKeptError
from bot.fetching import Fetcher
from bot.messages import Capabilities, Delivery, Outgoing
from bot.pieces import Sent, split
from bot.public_pictures import PublicPictures
from bot.remembering import remember
from bot.zalo_oa.api import Answer, NoAnswerError, ZaloApi
from bot.zalo_oa.codes import NO_BUTTONS_LIKE_THESE, REASONS, Meaning, meaning
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.options import Options
from bot.zalo_oa.parts import (
    FILE_HERE,
    MAX_TEXT,
    Part,
    body_of,
    file_body,
    parts_of,
    phone_body,
    picture_body,
)
from bot.zalo_oa.pictures import NoPictureError, fitted
from bot.zalo_oa.tokens import NoTokenError, TokenKeeper
from bot.zalo_oa.zns import Templates
from locales import Catalog

SEND: Final = "/v3.0/oa/message/cs"
UPLOAD_IMAGE: Final = "/v2.0/oa/upload/image"
UPLOAD_FILE: Final = "/v2.0/oa/upload/file"
ATTACHMENT_LIFE: Final = timedelta(days=6)
"""Seven days are said, unverified; an id that ended sooner is uploaded once more."""
RATE_SECONDS: Final = 60.0
"""The limit is for the app and the minute."""
ACCOUNT_SECONDS: Final = 900.0
"""Wait when the account itself must be mended by a person."""
MORNING: Final = 6
ZALO_ZONE: Final = timezone(timedelta(hours=7))
"""Zalo's night is Vietnam's, wherever the office is."""

ReadAttachment = Callable[[str], Awaitable[bytes]]
log = logging.getLogger(__name__)


class _RefusedByZaloError(Exception):
    """An answer that is an error."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ZaloOAChannel:
    """A `bot.turn.shapes.Channel`. Call `start` before use and `stop` afterwards.

    `read_attachment` returns a picture's or document's bytes by its key. `pictures` makes the
    link for a document that Zalo does not take. `templates` carries reminders that the window
    keeps out; with it such reminders are tried, without it the sender holds them back itself.
    """

    def __init__(  # noqa: PLR0913  (the composition root names each)
        self,
        tokens: TokenKeeper,
        *,
        options: Options,
        api_url: str = "https://openapi.zalo.me",
        clock: Clock,
        catalog: Catalog,
        read_attachment: ReadAttachment,
        pictures: PublicPictures | None = None,
        templates: Templates | None = None,
        bot: str = "",
        on_trouble: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """`on_trouble` is called with Zalo's error while only the office can mend what is wrong."""
        self.name = CHANNEL
        self.bot = bot
        self.tokens = tokens
        self.capabilities = Capabilities(
            buttons=options.has_buttons,
            edits=False,
            max_text=MAX_TEXT,
            per_second=options.per_second,
            per_chat_seconds=1.0,
            pictures_apart=True,
            allowance=options.allowance,
        )
        self.api = ZaloApi(api_url)
        self._fetcher = Fetcher(also=self.api.url)
        self._options = options
        self._clock = clock
        self._catalog = catalog
        self._read_attachment = read_attachment
        self._pictures = pictures if pictures is not None and pictures.usable else None
        self._templates = templates
        self._on_trouble = on_trouble
        self._buttons_work = True
        self._uploaded: dict[str, tuple[str, datetime]] = {}
        self._partly: dict[tuple[str, Outgoing], int] = {}

    def __repr__(self) -> str:
        """Say which account without any key."""
        return f"ZaloOAChannel(bot={self.bot!r})"

    async def start(self) -> None:
        """Open the connections; nothing is sent yet."""
        await self.api.start()
        await self._fetcher.start()

    async def stop(self) -> None:
        """Close all connections, after a refresh that was begun."""
        await self.tokens.stop()
        await self.api.stop()
        await self._fetcher.stop()

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:  # noqa: ARG002  (nothing can be edited)
        """See `Channel.send`. A repeat after a failure goes on with the part that failed."""
        if message.closes:
            return Delivery()
        out = Sent()
        delivery = await self._attempt(chat, message, out)
        return delivery if delivery.message_id else replace(delivery, partly=out.messages)

    async def _attempt(self, chat: str, message: Outgoing, out: Sent) -> Delivery:
        try:
            return await self._send_parts(chat, message, out)
        except NoTokenError as error:
            return Delivery(transient=True, retry_after=error.seconds, whole_bot=True, ours=True)
        except _RefusedByZaloError as error:
            return await self._refused(chat, message, error.code)
        except NoAnswerError as error:
            log.info("a message could not be sent: %s", error)
            return Delivery(transient=True)
        except (NotKeptError, NoPictureError):
            return Delivery(failure="refused")
        except Exception as error:  # noqa: BLE001  (the sender must outlive any one message)
            log.warning("a message could not be sent: %s", type(error).__name__)
            return Delivery(transient=True)

    async def fetch(self, source: str, limit: int) -> bytes:
        """See `Channel.fetch`; `source` is the photo's address at Zalo."""
        return await self._fetcher.fetch(source, limit)

    # -- sending ------------------------------------------------------------------------------

    async def _send_parts(self, chat: str, message: Outgoing, out: Sent) -> Delivery:
        parts = parts_of(message, self._options, buttons_work=self._buttons_work)
        if not parts:
            return Delivery(failure="refused")
        key = (chat, message)
        done = min(self._partly.pop(key, 0), len(parts) - 1)
        message_id = ""
        words = any(part.text for part in parts)
        for i in range(done, len(parts)):
            try:
                message_id = await self._send_part(chat, parts[i], out)
            except BaseException as error:
                if words and not parts[i].text and _never(error):
                    log.warning("what went with a message was refused; its words go alone")
                    continue
                if i:
                    remember(self._partly, key, i)
                raise
        return Delivery(message_id=message_id or "sent", messages=out.messages)

    async def _send_part(self, chat: str, part: Part, out: Sent) -> str:
        if part.picture:
            return await self._send_picture(chat, part.picture, out)
        if part.document:
            return await self._send_document(chat, part, out)
        if part.asks_phone:
            return await self._deliver(chat, phone_body(self._catalog, ""), out)
        try:
            return await self._deliver(chat, body_of(part, self._options), out)
        except _RefusedByZaloError as error:
            if not part.buttons or meaning(error.code) is not Meaning.REFUSED:
                raise
            code = error.code
        message_id = ""
        for text in split(part.without or part.text, MAX_TEXT):
            message_id = await self._deliver(chat, {"text": text}, out)
        # The form of buttons is a guess until it works: words always do. What Zalo has against
        # this one message or person says nothing about the form.
        if code in NO_BUTTONS_LIKE_THESE:
            self._buttons_work = False
            log.error("Zalo refused buttons of form %r: words only", self._options.buttons)
        return message_id

    async def _send_picture(self, chat: str, key: str, out: Sent) -> str:
        """Send an uploaded picture; one whose id has ended is uploaded once more.

        The bytes are read each time, for that asks whether they are still this person's; the same
        bytes are uploaded once.
        """
        data = await self._read_attachment(key)
        mark = hashlib.sha256(data).hexdigest()
        known = self._uploaded.get(mark)
        fresh = known is None or self._clock.now() >= known[1]
        name = await self._upload_picture(mark, data) if known is None or fresh else known[0]
        try:
            return await self._deliver(chat, picture_body(name), out)
        except _RefusedByZaloError as error:
            if fresh or meaning(error.code) is not Meaning.UPLOAD_AGAIN:
                raise
        return await self._deliver(chat, picture_body(await self._upload_picture(mark, data)), out)

    async def _upload_picture(self, mark: str, picture: bytes) -> str:
        data, name, media_type = await asyncio.to_thread(fitted, picture)
        answer = await self._with_token(
            lambda token: self.api.upload(UPLOAD_IMAGE, data, name, media_type, token)
        )
        found = _given(answer, "attachment_id")
        remember(self._uploaded, mark, (found, self._clock.now() + ATTACHMENT_LIFE))
        return found

    async def _send_document(self, chat: str, part: Part, out: Sent) -> str:
        """Send a file; a kind of file that Zalo does not take becomes a link for a day."""
        data = await self._read_attachment(part.document)
        name = part.document_name or "file"
        try:
            answer = await self._with_token(
                lambda token: self.api.upload(
                    UPLOAD_FILE, data, name, "application/octet-stream", token
                )
            )
        except _RefusedByZaloError as error:
            if self._pictures is None or meaning(error.code) not in {
                Meaning.REFUSED,
                Meaning.PASSING,
            }:
                raise
            link = self._pictures.document_link(part.document, name)
            return await self._deliver(chat, {"text": self._catalog.get(FILE_HERE, link=link)}, out)
        return await self._deliver(chat, file_body(_given(answer, "token")), out)

    async def _deliver(self, chat: str, message: dict[str, Any], out: Sent) -> str:
        """Send one message and return its id."""
        body = {"recipient": {"user_id": chat}, "message": message}
        answer = await self._with_token(lambda token: self.api.call(SEND, body, token))
        out.messages += 1
        return str(answer.data.get("message_id") or "sent")

    async def _with_token(self, call: Callable[[str], Awaitable[Answer]]) -> Answer:
        """Call with the token at hand, and once more with another one if Zalo wants another."""
        token = await self.tokens.access_token()
        answer = await call(token)
        if meaning(answer.code) is Meaning.TOKEN:
            answer = await call(await self.tokens.renewed(token))
        if meaning(answer.code) is not Meaning.DONE:
            raise _RefusedByZaloError(answer.code)
        return answer

    # -- what an error is ---------------------------------------------------------------------

    async def _refused(self, chat: str, message: Outgoing, code: int) -> Delivery:
        what = meaning(code)
        if what is Meaning.WINDOW and self._templates is not None:
            carried = await self._templates.carry(self.api, self.tokens, chat, message)
            if carried is not None:
                return carried
        if what in REASONS:
            return Delivery(failure=REASONS[what])
        match what:
            case Meaning.RATE:
                return Delivery(transient=True, retry_after=RATE_SECONDS, whole_bot=True)
            case Meaning.NIGHT:
                return Delivery(transient=True, retry_after=seconds_to_morning(self._clock.now()))
            case Meaning.ACCOUNT | Meaning.TOKEN:
                log.error("Zalo takes no messages of this account: error %d", code)
                await self._tell(code)
                return Delivery(
                    transient=True, retry_after=ACCOUNT_SECONDS, whole_bot=True, ours=True
                )
        log.info("a message could not be sent: error %d", code)
        return Delivery(transient=True)

    async def _tell(self, code: int) -> None:
        if self._on_trouble is None:
            return
        try:
            await self._on_trouble(code)
        except Exception as error:  # noqa: BLE001  (it is told again with the next attempt)
            log.warning("nobody could be told of Zalo's error: %s", type(error).__name__)


def seconds_to_morning(now: datetime) -> float:
    """Return the seconds until Zalo takes messages again that it refuses at night."""
    local = now.astimezone(ZALO_ZONE)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return (morning - local.astimezone(UTC)).total_seconds()


def _never(error: BaseException) -> bool:
    """Say whether Zalo will never take this, or there is nothing to take."""
    if isinstance(error, _RefusedByZaloError):
        return meaning(error.code) in {Meaning.REFUSED, Meaning.UPLOAD_AGAIN}
    return isinstance(error, (NotKeptError, NoPictureError))


def _given(answer: Answer, key: str) -> str:
    """Return what an upload gave; NoAnswerError when it gave nothing."""
    found = answer.data.get(key)
    if not isinstance(found, str) or not found:
        raise NoAnswerError("an upload without an id")
    return found
