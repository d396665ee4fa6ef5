"""Server-sent events: an open page is told of news as they come."""

from __future__ import annotations

import asyncio
import contextlib
import json

from aiohttp import web

from backend.models import Chat
from backend.office.headers import SECURITY_HEADERS
from bot.limits import (
    WEB_STREAM_SECONDS,
    WEB_STREAMS,
    WEB_STREAMS_PER_CHAT,
    WEB_STREAMS_STRANGERS,
)
from bot.web_chat.answers import chat_asked, person_of
from bot.web_chat.conversation import Cursor, Part, read, shown
from bot.web_chat.links import chat_of
from bot.web_chat.parts import WebChat

BEAT_SECONDS = 20.0
"""How often an idle stream says that it is alive, so that no proxy closes it and the page knows."""


class Stream:
    """GET …/events?after=CURSOR; `Last-Event-ID` is the newer cursor of a browser that comes back.

    Events: `hello` at once (a page that does not hear it sits behind something that holds the
    stream back, and asks now and then instead), `beat` when there is nothing new, and messages
    with news and a new cursor.
    """

    def __init__(self, parts: WebChat) -> None:
        self._parts = parts

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Tell until the page goes away, the server stops, the link is closed or time is up."""
        chat, wakes = await chat_asked(self._parts, request), self._parts.wakes
        if (
            wakes.closing
            or wakes.streams >= (WEB_STREAMS if person_of(chat) else WEB_STREAMS_STRANGERS)
            or wakes.listeners(chat.external_id) >= WEB_STREAMS_PER_CHAT
        ):
            raise web.HTTPServiceUnavailable
        known = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        stream = web.StreamResponse(
            headers={
                **SECURITY_HEADERS,
                "Content-Type": "text/event-stream; charset=utf-8",
                "X-Accel-Buffering": "no",
            }
        )
        token = request.match_info["token"]
        with wakes.listen(chat.external_id) as news:
            await stream.prepare(request)
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(WEB_STREAM_SECONDS):
                    await self._tell(stream, chat, token, Cursor.parse(known), news)
        return stream

    async def _tell(
        self,
        stream: web.StreamResponse,
        chat: Chat,
        token: str,
        after: Cursor,
        news: asyncio.Event,
    ) -> None:
        told: set[str] = set()
        idle = 0.0
        await stream.write(b"retry: 3000\nevent: hello\ndata:\n\n")
        while not self._parts.wakes.closing:
            woken = news.is_set()
            news.clear()
            part = await read(chat, after, self._parts.clock.now())
            fresh = [m for m in part.messages if m["key"] not in told]
            anything = bool(fresh) or part.cursor != after
            if (woken or anything) and await chat_of(token, self._parts.clock.now()) is None:
                return  # signed out meanwhile: whoever still listens hears nothing more
            if anything:
                after, idle = part.cursor, 0.0
                told = {m["key"] for m in part.messages}
                body = json.dumps(shown(Part(fresh, after, more=False)), ensure_ascii=False)
                await stream.write(f"id: {after}\ndata: {body}\n\n".encode())
            elif idle >= BEAT_SECONDS:
                idle = 0.0
                await stream.write(b"event: beat\ndata:\n\n")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), self._parts.look_seconds)
            idle += self._parts.look_seconds
