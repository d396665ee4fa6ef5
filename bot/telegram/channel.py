"""Telegram as a way to people: sends, edits, fetches. Receiving is in `intake`.

What it cannot do: get a photo's original unless it is sent as a file; tell a flood in one chat
from one of the whole bot (several chats at a time are taken for the latter); fetch files over
20 MB.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import aiohttp
from telegram import Bot, File, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from backend.clock import Clock
from backend.evidence.store import NotKeptError
from bot.messages import Capabilities, Delivery, Outgoing
from bot.pieces import fits
from bot.remembering import remember
from bot.telegram.incoming import CHANNEL
from bot.telegram.parts import KEYBOARD, MAX_TEXT, NO_KEYBOARD, Part, parts_of
from bot.telegram.request import AiohttpRequest, FloodError
from bot.turn.shapes import MediaGoneError, MediaTooLargeError
from locales import Catalog

TOKEN_REFUSED_SECONDS = 60.0
"""Wait after «no such bot»: a proxy's 404 looks the same as a withdrawn token."""

FETCH_SECONDS = 120.0
FETCH_CHUNK = 64 * 1024
MAX_ANSWERS = 200
"""Presses being answered at one time; beyond that the button's spinner runs out by itself."""

MAX_LABEL = 60
INERT = "0:-"
"""Data of a button that only shows a choice; pressing it is a stale press."""

HTTP_OK = 200
HTTP_NOT_FOUND = 404

AS_DELIVERED = (
    "not modified",
    "to edit not found",
    "can't be edited",
    "no text in the message",
    "message_id_invalid",
)
GONE = ("chat not found", "user not found", "peer_id_invalid", "deactivated", "upgraded")
BAD_PHOTO = (
    "photo_invalid_dimensions",
    "photo_save_file_invalid",
    "image_process_failed",
    "too big",
)

log = logging.getLogger(__name__)

ReadAttachment: TypeAlias = Callable[[str], Awaitable[bytes]]


class TelegramChannel:
    """A `bot.turn.shapes.Channel`. Call `start` before use and `stop` afterwards.

    `api_url` is the Bot API's address without the token. `read_attachment` returns a picture's
    or document's bytes by its key. `catalog` is the office's language, for the two keyboard
    labels.
    """

    def __init__(  # noqa: PLR0913  (the composition root names each)
        self,
        token: str,
        *,
        api_url: str = "https://api.telegram.org",
        clock: Clock,
        catalog: Catalog,
        read_attachment: ReadAttachment,
        bot: str = "",
        on_refused: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`on_refused` is called once when Telegram refuses the token, until it has worked again."""
        self.name = CHANNEL
        self.bot = bot
        self.refused = False
        """Whether Telegram refused the token and it has not worked since."""
        self._on_refused = on_refused
        self._telling = False
        self.capabilities = Capabilities(
            buttons=True, edits=True, max_text=MAX_TEXT, per_second=30.0, per_chat_seconds=1.0
        )
        base = api_url.rstrip("/")
        self.request = AiohttpRequest(base)
        self.client = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self.request,
            get_updates_request=self.request,
        )
        self._clock = clock
        self._catalog = catalog
        self._read_attachment = read_attachment
        self._keyboards: dict[str, None] = {}
        self._partly: dict[tuple[str, Outgoing], int] = {}
        self._questions: dict[tuple[str, int], str] = {}
        self._floods: dict[str, datetime] = {}
        self._answers: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        """Say which bot without its token."""
        return f"TelegramChannel(bot={self.bot!r})"

    async def start(self) -> None:
        """Open the connections' pool; nothing is sent yet."""
        await self.request.initialize()

    async def stop(self) -> None:
        """Drop unanswered presses and close all connections."""
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)
        await self.request.shutdown()

    async def username(self) -> str:
        """Ask Telegram for the bot's name, for links; raise TelegramError if it does not say."""
        me = await self.client.get_me()
        return me.username or ""

    def token_works(self) -> None:
        """Note that Telegram took the token."""
        self.refused = self._telling = False

    def token_refused(self, *, told: bool = True) -> None:
        """Note that Telegram refused the token; have somebody told, once, if `told`.

        A proxy's 404 looks like a refusal too, and nobody is to be told a wrong thing.
        """
        if not self.refused:
            log.error("Telegram does not know this bot; waiting")
        self.refused = True
        if told and not self._telling and self._on_refused is not None:
            self._telling = True
            task = asyncio.ensure_future(self._on_refused())
            self._answers.add(task)
            task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._answers.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("nobody could be told of the refused token")

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:
        """See `Channel.send`. A closing edit without a message to edit is nothing, and delivered."""
        try:
            if message.closes:
                return await self._close(chat, message, edits)
            done = await self._send_parts(chat, message)
        except FloodError as error:
            return self._flooded(chat, error.seconds)
        except InvalidToken as error:
            self.token_refused(told=is_unauthorized(error))
            return Delivery(
                transient=True, retry_after=TOKEN_REFUSED_SECONDS, whole_bot=True, ours=True
            )
        except TelegramError as error:
            return _failed(error)
        except Exception as error:  # noqa: BLE001  (the sender must outlive any one message)
            log.warning("a message could not be sent: %s", type(error).__name__)
            return Delivery(transient=True)
        self.token_works()
        return done

    async def fetch(self, source: str, limit: int) -> bytes:
        """See `Channel.fetch`; `source` is a file_id."""
        try:
            file = await self.client.get_file(source)
        except BadRequest as error:
            reason = error.message.casefold()
            if "too big" in reason:
                raise MediaTooLargeError from None
            if "temporarily" in reason:
                raise OSError("the file is not ready") from None
            raise MediaGoneError from None
        except TelegramError as error:
            raise OSError(f"the file could not be asked for: {type(error).__name__}") from None
        if (file.file_size or 0) > limit:
            raise MediaTooLargeError
        return await self._download(file, limit)

    def answer_press(self, callback_id: str) -> None:
        """Stop the spinner on a pressed button, in the background; failing is no harm."""
        if callback_id and len(self._answers) < MAX_ANSWERS:
            task = asyncio.create_task(self._answer(callback_id))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    def note_press(self, raw: Any) -> None:
        """Remember the question that a press came with, so that closing it can keep its words."""
        if not isinstance(raw, dict) or "callback_query" not in raw:
            return  # most updates: not worth an exception
        with contextlib.suppress(KeyError, TypeError, ValueError):
            message = raw["callback_query"]["message"]
            where = (str(message["chat"]["id"]), int(message["message_id"]))
            remember(self._questions, where, str(message["text"])[:MAX_TEXT])

    async def _answer(self, callback_id: str) -> None:
        with contextlib.suppress(TelegramError, OSError, RuntimeError):
            await self.client.answer_callback_query(callback_id)

    async def _close(self, chat: str, message: Outgoing, edits: str) -> Delivery:
        """Put what was chosen where the buttons were; the question stays readable above it."""
        if not edits.isdecimal():
            return Delivery(message_id=edits)
        question = self._questions.get((chat, int(edits)), "")
        whole = f"{question}\n\n{message.text}"
        try:
            if question and fits(whole, MAX_TEXT):
                await self.client.edit_message_text(whole, chat_id=chat, message_id=int(edits))
            else:
                chosen = InlineKeyboardButton(message.text[:MAX_LABEL], callback_data=INERT)
                await self.client.edit_message_reply_markup(
                    chat_id=chat,
                    message_id=int(edits),
                    reply_markup=InlineKeyboardMarkup([[chosen]]) if message.text else None,
                )
        except BadRequest as error:
            if not _says(error, AS_DELIVERED):
                raise
        self._questions.pop((chat, int(edits)), None)
        return Delivery(message_id=edits)

    async def _send_parts(self, chat: str, message: Outgoing) -> Delivery:
        """Send what is not yet sent of a message; a repeat after a failure goes on where it stopped."""
        parts = parts_of(message, self._catalog, keyboard_shown=chat in self._keyboards)
        if not parts:
            return Delivery(failure="refused")
        key = (chat, message)
        done = self._partly.pop(key, 0) if len(parts) > 1 else 0
        message_id = ""
        for i in range(min(done, len(parts) - 1), len(parts)):
            try:
                message_id = await self._send_part(chat, parts[i]) or message_id
            except BaseException:
                if i:
                    remember(self._partly, key, i)
                raise
            self._keyboard_after(chat, parts[i])
        return Delivery(message_id=message_id, failure="" if message_id else "refused")

    async def _send_part(self, chat: str, part: Part) -> str:
        """Send it and return the message's id; "" for a picture alone that is not kept any more."""
        # As a parameter of our own the markup needs no object of python-telegram-bot.
        markup = {"reply_markup": json.dumps(part.markup)} if part.markup is not None else {}
        data = await self._goes_with(part)
        if data is None and (part.picture or part.document) and not part.text:
            return ""
        if data is None:
            # Most of what is ever sent: see decisions/0005.
            sent = await self.request.call(
                f"{self.client.base_url}/sendMessage",
                {"chat_id": chat, "text": part.text, **markup},
            )
            return str(sent["message_id"])
        caption = part.text or None
        if not part.picture:
            name = part.document_name or None
            document = await self.client.send_document(
                chat, data, filename=name, caption=caption, api_kwargs=markup
            )
            return str(document.message_id)
        try:
            photo = await self.client.send_photo(chat, data, caption=caption, api_kwargs=markup)
        except BadRequest as error:
            if not _says(error, BAD_PHOTO):
                raise
            # Too long or too wide for a photo: as a file it can still be looked at.
            photo = await self.client.send_document(
                chat, data, filename="picture.png", caption=caption, api_kwargs=markup
            )
        return str(photo.message_id)

    async def _goes_with(self, part: Part) -> bytes | None:
        """Return a part's picture or document; None without, and when it is not kept any more."""
        if not (key := part.picture or part.document):
            return None
        try:
            return await self._read_attachment(key)
        except NotKeptError:
            log.warning("what goes with a message is not kept any more; its words go alone")
            return None

    def _keyboard_after(self, chat: str, part: Part) -> None:
        markup = part.markup or {}
        if KEYBOARD in markup:
            remember(self._keyboards, chat, None)
        elif NO_KEYBOARD in markup:
            self._keyboards.pop(chat, None)

    def _flooded(self, chat: str, seconds: float) -> Delivery:
        now = self._clock.now()
        self._floods = {c: until for c, until in self._floods.items() if until > now}
        others = any(c != chat for c in self._floods)
        self._floods[chat] = now + timedelta(seconds=seconds)
        return Delivery(transient=True, retry_after=seconds, whole_bot=others)

    async def _download(self, file: File, limit: int) -> bytes:
        data = bytearray()
        try:
            async with self.request.session.get(
                file.file_path or "",
                timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS, sock_read=30.0),
                allow_redirects=False,
            ) as response:
                if response.status == HTTP_NOT_FOUND:
                    raise MediaGoneError
                if response.status != HTTP_OK:
                    raise OSError(f"the file's server answered {response.status}")
                async for chunk in response.content.iter_chunked(FETCH_CHUNK):
                    if len(data) + len(chunk) > limit:
                        raise MediaTooLargeError
                    data += chunk
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # `from None`: aiohttp's text may hold the URL, and the URL the token.
            raise OSError(f"the file could not be read: {type(error).__name__}") from None
        return bytes(data)


def is_unauthorized(error: TelegramError) -> bool:
    """Say whether it is Telegram itself that refuses the token (401, not 404)."""
    return isinstance(error, InvalidToken) and "unauthorized" in error.message.casefold()


def _failed(error: TelegramError) -> Delivery:
    if isinstance(error, Forbidden):
        return Delivery(failure="gone" if _says(error, GONE) else "blocked")
    if isinstance(error, ChatMigrated):
        return Delivery(failure="gone")
    if isinstance(error, BadRequest):
        return Delivery(failure="gone" if _says(error, GONE) else "refused")
    if not isinstance(error, NetworkError):
        log.warning("a message could not be sent: %s", type(error).__name__)
    return Delivery(transient=True)


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    reason = error.message.casefold()
    return any(w in reason for w in words)
