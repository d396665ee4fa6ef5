"""Photos over HTTP: whole in one request, or piece by piece over a line that breaks.

Piece by piece, after the core of tus (https://tus.io/protocols/resumable-upload), with two
requests less: the message's own id names the upload, so there is none to create, and the last
piece journals the message, so there is none to end it.

    HEAD  …/photos/<id>              200, Upload-Offset: how many bytes have arrived;
                                     Upload-Complete: 1 once the message is journalled
    PATCH …/photos/<id>?length=…     Upload-Offset: where the body begins
          204  Upload-Offset: n      go on there
          409  Upload-Offset: n      it does not begin where the photo ends: go on there
          200  {"ok": true}          all of it has arrived and the message is journalled
          422                        the bytes are not those that the phone sent
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from aiohttp import web

from backend.models import Chat, Inbox
from bot.limits import (
    MAX_PHOTO_BYTES,
    WEB_UPLOAD_SECONDS,
    WEB_UPLOADS,
    WEB_UPLOADS_PER_CHAT,
)
from bot.messages import Media
from bot.turn.shapes import MediaTooLargeError
from bot.web_chat.answers import as_json, body_of, chat_asked, is_known, refused, spend
from bot.web_chat.halves import ChecksumError, SpoolFullError, WrongOffsetError
from bot.web_chat.incoming import PostRefusedError, external_id, media_of, photo
from bot.web_chat.links import CHANNEL
from bot.web_chat.parts import WebChat

OFFSET: Final = "Upload-Offset"
COMPLETE: Final = "Upload-Complete"
NUMBER: Final = re.compile(r"[0-9]{1,12}")
SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """Handlers for photos. From somebody whom the office does not know no byte is kept."""

    def __init__(self, parts: WebChat) -> None:
        self._parts = parts
        self._running: Counter[int] = Counter()

    async def upload(self, request: web.Request) -> web.Response:
        """POST …/photos?id=…: spool the whole body, then journal it."""
        chat, now = await chat_asked(self._parts, request), self._parts.clock.now()
        spend(self._parts.posts, chat, self._parts)
        try:
            external_id(chat.external_id, request.query.get("id", ""))
            chunks = body_of(request, MAX_PHOTO_BYTES)
            if await is_known(chat):
                with self._place(chat):
                    async with asyncio.timeout(WEB_UPLOAD_SECONDS):
                        key, size = await self._parts.spool.put(chunks, MAX_PHOTO_BYTES, now)
            else:
                # The door answers, but a stranger's bytes are not kept on our disk, and however
                # slowly they come, nobody waits for them.
                key, size = "", request.content_length or 1
        except MediaTooLargeError:
            return refused("too large", 413)
        except SpoolFullError as error:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"}) from error
        except TimeoutError:
            return refused("too slow", 408)
        except PostRefusedError:
            return refused("not understood", 400)
        if not size:
            return refused("empty", 400)
        media = media_of(request.query, request.content_type, now, source=key, size=size)
        return await self._journal(chat, request, request.query.get("id", ""), media)

    async def arrived(self, request: web.Request) -> web.Response:
        """HEAD …/photos/<id>: say how much has arrived."""
        chat, upload = await chat_asked(self._parts, request), request.match_info["id"]
        spend(self._parts.chunks, chat, self._parts)
        if await self._journalled(chat, upload):
            return web.Response(headers={COMPLETE: "1"})
        size = await self._parts.spool.halves.size(chat.external_id, upload)
        return web.Response(headers={OFFSET: str(size)})

    async def piece(self, request: web.Request) -> web.Response:
        """PATCH …/photos/<id>?length=…&sha256=…: keep a piece; with the last one journal it."""
        chat, upload = await chat_asked(self._parts, request), request.match_info["id"]
        spend(self._parts.chunks, chat, self._parts)
        length, offset = request.query.get("length", ""), request.headers.get(OFFSET, "")
        sha256 = request.query.get("sha256", "")
        if not (
            NUMBER.fullmatch(length)
            and NUMBER.fullmatch(offset)
            and (not sha256 or SHA256.fullmatch(sha256))
            and 0 <= int(offset) <= int(length)
            and int(length)
        ):
            return refused("not understood", 400)
        if int(length) > MAX_PHOTO_BYTES:
            return refused("too large", 413)
        if await self._journalled(chat, upload):
            return as_json({"ok": True})
        if not await is_known(chat):
            media = media_of(request.query, "", self._parts.clock.now(), size=int(length))
            return await self._journal(chat, request, upload, media)
        try:
            size = await self._keep(chat, upload, request, int(offset), int(length))
        except WrongOffsetError as error:
            return web.Response(status=409, headers={OFFSET: str(error.size)})
        except SpoolFullError as error:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"}) from error
        except MediaTooLargeError:
            return refused("too large", 413)
        if size < int(length):
            return web.Response(status=204, headers={OFFSET: str(size)})
        return await self._finish(chat, upload, request, sha256)

    async def _keep(
        self, chat: Chat, upload: str, request: web.Request, offset: int, length: int
    ) -> int:
        """Keep a piece; however it ended, say how much there is."""
        halves = self._parts.spool.halves
        with self._place(chat):
            try:
                async with asyncio.timeout(WEB_UPLOAD_SECONDS):
                    chunks = body_of(request, length - offset)
                    now = self._parts.clock.now()
                    return await halves.append(chat.external_id, upload, offset, chunks, now)
            except TimeoutError:
                return await halves.size(chat.external_id, upload)

    async def _finish(
        self, chat: Chat, upload: str, request: web.Request, sha256: str
    ) -> web.Response:
        """Spool a whole photo and journal it; only then its half is forgotten."""
        spool, now = self._parts.spool, self._parts.clock.now()
        try:
            path, found = await spool.halves.whole(chat.external_id, upload, sha256)
        except ChecksumError:
            return as_json({"ok": None, "error": "checksum"}, 422)
        key = await spool.adopt(path, found, now)
        kind, size = request.query.get("type", ""), int(request.query["length"])
        media = media_of(request.query, kind, now, source=key, size=size)
        answer = await self._journal(chat, request, upload, media)
        spool.halves.drop(chat.external_id, upload)
        return answer

    async def _journal(
        self, chat: Chat, request: web.Request, upload: str, media: Media
    ) -> web.Response:
        message = photo(chat.external_id, upload, request.query, media, self._parts.clock.now())
        await self._parts.journal.record([message])
        return as_json({"ok": True})

    async def _journalled(self, chat: Chat, upload: str) -> bool:
        wanted = external_id(chat.external_id, upload)
        return await Inbox.exists(channel=CHANNEL, bot="", external_id=wanted)

    @contextlib.contextmanager
    def _place(self, chat: Chat) -> Iterator[None]:
        mine = self._running[chat.id]
        if self._running.total() >= WEB_UPLOADS or mine >= WEB_UPLOADS_PER_CHAT:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "20"})
        self._running[chat.id] += 1
        try:
            yield
        finally:
            self._running[chat.id] -= 1
            self._running += Counter()  # forgets whoever holds no place
