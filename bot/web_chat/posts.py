"""The conversation over HTTP: what was said, what the person says, and the office's files.

A post is answered only after its message was committed to the journal.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final
from urllib.parse import quote

from aiohttp import web

from bot.attachments import made_for
from bot.limits import WEB_MESSAGE_BYTES
from bot.turn.shapes import MediaTooLargeError
from bot.web_chat.answers import as_json, body_of, chat_asked, person_of, refused, spend
from bot.web_chat.conversation import Cursor, newest, outgoing, read, shown
from bot.web_chat.incoming import incoming
from bot.web_chat.parts import WebChat

POST_SECONDS: Final = 30.0


class Posts:
    """Handlers for one chat's messages and files."""

    def __init__(self, parts: WebChat) -> None:
        self._parts = parts

    async def messages(self, request: web.Request) -> web.Response:
        """GET …/messages?after=CURSOR; without a cursor `few` asks for the newest that are quick."""
        chat = await chat_asked(self._parts, request)
        after = Cursor.parse(request.query.get("after", ""))
        part = await read(chat, after, self._parts.clock.now())
        if "few" in request.query and after == Cursor():
            part = newest(part)
        return as_json(shown(part))

    async def post(self, request: web.Request) -> web.Response:
        """POST …/messages: journal one message; the same id again changes nothing."""
        chat, now = await chat_asked(self._parts, request), self._parts.clock.now()
        spend(self._parts.posts, chat, self._parts)
        raw = bytearray()
        try:
            async with asyncio.timeout(POST_SECONDS):
                async for chunk in body_of(request, WEB_MESSAGE_BYTES):
                    raw += chunk
            message = incoming(chat.external_id, json.loads(raw), now)
        except MediaTooLargeError:
            return refused("too large", 413)
        except TimeoutError:
            return refused("too slow", 408)
        except (ValueError, RecursionError):
            return refused("not understood", 400)
        await self._parts.journal.record([message])
        return as_json({"ok": True})

    async def file(self, request: web.Request) -> web.Response:
        """GET …/files/<outbox id>: a picture, or with ?document=1 a document, of this chat."""
        chat = await chat_asked(self._parts, request)
        message = await outgoing(chat, int(request.match_info["id"]))
        document = "document" in request.query
        key = message and (message.document if document else message.picture)
        if not message or not key or not made_for(key, person_of(chat)):
            raise web.HTTPNotFound
        try:
            body = await self._parts.attachments.get(key)
        except (KeyError, FileNotFoundError) as error:
            raise web.HTTPNotFound from error
        response = web.Response(body=body, content_type=_picture_type(body))
        if document:
            response.content_type = "application/octet-stream"
            response.headers["Content-Disposition"] = _attachment(message.document_name)
        return response


def _picture_type(body: bytes) -> str:
    if body.startswith(b"\x89PNG"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "application/octet-stream"


def _attachment(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name or 'file', safe='')}"
