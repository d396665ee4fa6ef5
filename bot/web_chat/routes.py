"""The web chat's HTTP under /c/: pages, posts, the conversation and its files.

A wrong, expired or revoked link gets the same page, whatever the reason. A post is answered
only after its message was committed to the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote

import jinja2
from aiohttp import web

from backend.clock import Clock
from backend.models import Chat
from backend.office.assets import Assets
from backend.office.headers import SECURITY_HEADERS, secured
from backend.people import grants_of
from bot.limits import (
    MAX_PHOTO_BYTES,
    WEB_CHATS_PER_ADDRESS,
    WEB_CHATS_WINDOW_SECONDS,
    WEB_MESSAGE_BYTES,
    WEB_POSTS_PER_MINUTE,
    WEB_STREAM_SECONDS,
    WEB_STREAMS,
    WEB_STREAMS_PER_CHAT,
    WEB_STREAMS_STRANGERS,
    WEB_UPLOAD_SECONDS,
    WEB_UPLOADS,
)
from bot.messages import Incoming, Kind, Media
from bot.turn.media import GONE
from bot.turn.shapes import Journal, MediaTooLargeError
from bot.web_chat.conversation import Cursor, Part, outgoing, read
from bot.web_chat.incoming import PostRefusedError, album_of, clean, external_id, incoming, photo
from bot.web_chat.links import CHANNEL, begin_chat, chat_of
from bot.web_chat.spool import Spool, bounded
from bot.web_chat.throttle import Throttle
from bot.web_chat.wakes import Wakes
from locales import Catalog, catalog

HERE = Path(__file__).parent
MAX_CODE_CHARS = 64
MAX_FORM_FIELDS = 20
POST_SECONDS = 30.0
LOOK_SECONDS = 2.0
"""How often an open stream looks at the database when nobody wakes it."""

BEAT_SECONDS = 20.0
"""How often an idle stream says that it is alive, so that no proxy closes it."""


class Attachments(Protocol):
    """Where pictures and documents of outgoing messages are kept."""

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise KeyError or FileNotFoundError for a key that is not there."""
        ...


@dataclass(frozen=True, slots=True)
class WebChat:
    """What the web chat needs, handed in by whoever composes the program."""

    journal: Journal
    clock: Clock
    wakes: Wakes
    spool: Spool
    attachments: Attachments
    lang: str = "vi"
    look_seconds: float = LOOK_SECONDS
    begun: Throttle = field(
        default_factory=lambda: Throttle(WEB_CHATS_PER_ADDRESS, WEB_CHATS_WINDOW_SECONDS)
    )
    posts: Throttle = field(default_factory=lambda: Throttle(WEB_POSTS_PER_MINUTE, 60))


def web_chat_routes(app: web.Application, parts: WebChat) -> None:
    """Add the web chat to an application; ends open streams when the application shuts down."""
    pages = _Pages(parts)
    chat = r"/c/{token:[A-Za-z0-9_-]{43}}"
    app.add_routes(
        [
            web.get("/c", secured(pages.to_door)),
            web.get("/c/", secured(pages.door)),
            web.post("/c/", secured(pages.begin)),
            web.get("/c/static/{name}", pages.assets.serve),
            web.get(chat, secured(pages.chat)),
            web.get(chat + "/messages", secured(pages.messages)),
            web.post(chat + "/messages", secured(pages.post)),
            web.post(chat + "/photos", secured(pages.upload)),
            web.get(chat + "/events", secured(pages.events)),
            web.get(chat + r"/files/{id:\d{1,18}}", secured(pages.file)),
            web.get("/c/{wrong:.*}", secured(pages.wrong)),
        ]
    )

    async def close(_app: web.Application) -> None:
        parts.wakes.close()

    app.on_shutdown.append(close)


class _Pages:
    def __init__(self, parts: WebChat) -> None:
        self._parts = parts
        self._uploads = 0
        self.assets = Assets(HERE / "static", "/c/static")
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def to_door(self, _request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/c/")

    async def door(self, request: web.Request) -> web.Response:
        """GET /c/: ask for the invite code; following a link begins nothing yet."""
        return self._render("door.html", code=clean(request.query.get("code", ""))[:MAX_CODE_CHARS])

    async def begin(self, request: web.Request) -> web.Response:
        """POST /c/: begin a chat whose first message is the code, and go there."""
        now = self._parts.clock.now()
        form = await self._form(request)
        code = clean(form.get("code", "")).strip()[:MAX_CODE_CHARS]
        if not code:
            return self._render("door.html", code="", problem="empty")
        if not self._parts.begun.allows(_address(request), now):
            return self._render("door.html", 429, code=code, problem="busy")
        chat, token = await begin_chat(now, self._parts.lang)
        await self._parts.journal.record(
            [
                Incoming(
                    channel=CHANNEL,
                    external_id=external_id(chat.external_id, "begin-with-code"),
                    chat=chat.external_id,
                    user=chat.external_id,
                    kind=Kind.START,
                    sent_at=now.timestamp(),
                    text=code,
                )
            ]
        )
        raise web.HTTPSeeOther(f"/c/{token}")

    async def chat(self, request: web.Request) -> web.Response:
        """GET /c/<token>: the page; it loads the conversation itself."""
        chat = await self._chat(request)
        return self._render("chat.html", lang=chat.lang)

    async def wrong(self, _request: web.Request) -> web.Response:
        return self._render("closed.html", 404)

    async def messages(self, request: web.Request) -> web.Response:
        """GET …/messages?after=CURSOR."""
        chat = await self._chat(request)
        after = Cursor.parse(request.query.get("after", ""))
        return _json(_shown(await read(chat, after, self._parts.clock.now())))

    async def post(self, request: web.Request) -> web.Response:
        """POST …/messages: journal one message; the same id again changes nothing."""
        chat, now = await self._chat(request), self._parts.clock.now()
        self._spend(chat, now)
        raw = bytearray()
        try:
            async with asyncio.timeout(POST_SECONDS):
                async for chunk in _body(request, WEB_MESSAGE_BYTES):
                    raw += chunk
            message = incoming(chat.external_id, json.loads(raw), now)
        except MediaTooLargeError:
            return _json({"ok": False, "error": "too large"}, 413)
        except TimeoutError:
            return _json({"ok": False, "error": "too slow"}, 408)
        except (ValueError, RecursionError):
            return _json({"ok": False, "error": "not understood"}, 400)
        await self._parts.journal.record([message])
        return _json({"ok": True})

    async def upload(self, request: web.Request) -> web.Response:
        """POST …/photos?id=…&album=…&at=…: spool the body, then journal it.

        From somebody whom the office does not know only the message is kept, not the photo.
        """
        chat, now = await self._chat(request), self._parts.clock.now()
        self._spend(chat, now)
        if self._uploads >= WEB_UPLOADS:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "20"})
        self._uploads += 1
        try:
            external_id(chat.external_id, request.query.get("id", ""))
            async with asyncio.timeout(WEB_UPLOAD_SECONDS):
                chunks = _body(request, MAX_PHOTO_BYTES)
                if await _known(chat):
                    key, size = await self._parts.spool.put(chunks, MAX_PHOTO_BYTES, now)
                else:
                    # The door answers, but a stranger's bytes are not kept on our disk.
                    key, size = "", await _read_over(chunks)
        except MediaTooLargeError:
            return _json({"ok": False, "error": "too large"}, 413)
        except TimeoutError:
            return _json({"ok": False, "error": "too slow"}, 408)
        except PostRefusedError:
            return _json({"ok": False, "error": "not understood"}, 400)
        finally:
            self._uploads -= 1
        if not size:
            return _json({"ok": False, "error": "empty"}, 400)
        media = Media(
            source=key,
            media_type=request.content_type[:32],
            size=size,
            album=album_of(request.query),
            refusal="" if key else GONE,
        )
        await self._parts.journal.record([photo(chat.external_id, request.query, media, now)])
        return _json({"ok": True})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """GET …/events?after=CURSOR: server-sent events, each with news and a new cursor."""
        chat, wakes = await self._chat(request), self._parts.wakes
        if (
            wakes.closing
            or wakes.streams >= (WEB_STREAMS if _person(chat) else WEB_STREAMS_STRANGERS)
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
        with wakes.listen(chat.external_id) as news:
            await stream.prepare(request)
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(WEB_STREAM_SECONDS):
                    await self._stream(stream, chat, Cursor.parse(known), news)
        return stream

    async def _stream(
        self, stream: web.StreamResponse, chat: Chat, after: Cursor, news: asyncio.Event
    ) -> None:
        told: set[str] = set()
        idle = 0.0
        await stream.write(b"retry: 3000\n\n")
        while not self._parts.wakes.closing:
            news.clear()
            part = await read(chat, after, self._parts.clock.now())
            fresh = [m for m in part.messages if m["key"] not in told]
            if fresh or part.cursor != after:
                after, idle = part.cursor, 0.0
                told = {m["key"] for m in part.messages}
                body = json.dumps(_shown(Part(fresh, after, more=False)), ensure_ascii=False)
                await stream.write(f"id: {after}\ndata: {body}\n\n".encode())
            elif idle >= BEAT_SECONDS:
                idle = 0.0
                await stream.write(b": here\n\n")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), self._parts.look_seconds)
            idle += self._parts.look_seconds

    async def file(self, request: web.Request) -> web.Response:
        """GET …/files/<outbox id>: a picture, or with ?document=1 a document, of this chat."""
        chat = await self._chat(request)
        message = await outgoing(chat, int(request.match_info["id"]))
        document = "document" in request.query
        key = message and (message.document if document else message.picture)
        if not message or not key:
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

    async def _chat(self, request: web.Request) -> Chat:
        chat = await chat_of(request.match_info["token"], self._parts.clock.now())
        if chat is None:
            page = self._render("closed.html", 404)
            raise web.HTTPNotFound(text=page.text, content_type="text/html")
        return chat

    def _spend(self, chat: Chat, now: datetime) -> None:
        if not self._parts.posts.allows(chat.external_id, now):
            raise web.HTTPTooManyRequests(headers={"Retry-After": "20"})

    async def _form(self, request: web.Request) -> dict[str, str]:
        if request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType
        # Not request.post(): it reads client_max_size, and decodes by whatever charset is named.
        raw = bytearray()
        try:
            async with asyncio.timeout(POST_SECONDS):
                async for chunk in _body(request, WEB_MESSAGE_BYTES):
                    raw += chunk
            text = raw.decode(errors="replace")
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS))
        except MediaTooLargeError as error:
            raise web.HTTPRequestEntityTooLarge(WEB_MESSAGE_BYTES) from error
        except (TimeoutError, ValueError) as error:
            raise web.HTTPBadRequest from error

    def _render(
        self, name: str, status: int = 200, *, lang: str = "", **values: Any
    ) -> web.Response:
        words = _words(lang or self._parts.lang)
        text = self._templates.get_template(name).render(
            _=words.get, lang=words.lang, asset=self.assets.address, **{"problem": "", **values}
        )
        response = web.Response(text=text, status=status, content_type="text/html")
        response.enable_compression()
        return response


def _words(lang: str) -> Catalog:
    return catalog(lang)


def _shown(part: Part) -> dict[str, Any]:
    return {"messages": part.messages, "cursor": str(part.cursor), "more": part.more}


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json")


def _body(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """Give the body as it comes; raise MediaTooLargeError at once when it is or grows too large."""
    if (request.content_length or 0) > limit:
        raise MediaTooLargeError
    return bounded(request.content.iter_any(), limit)


def _person(chat: Chat) -> int | None:
    person: int | None = chat.person_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return person


async def _known(chat: Chat) -> bool:
    person = _person(chat)
    return person is not None and bool(await grants_of(person))


async def _read_over(chunks: AsyncIterator[bytes]) -> int:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
    return size


def _address(request: web.Request) -> str:
    """Return whom to count: the peer, or whom a proxy on this machine names.

    Of an IPv6 address the /64: that is what one subscriber has, 2^64 addresses of their own.
    """
    peer = request.remote or ""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
    if peer in {"127.0.0.1", "::1"} and forwarded:
        peer = forwarded.rsplit(",", 1)[-1].strip()[:64]
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address)


def _picture_type(body: bytes) -> str:
    if body.startswith(b"\x89PNG"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "application/octet-stream"


def _attachment(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name or 'file', safe='')}"
