"""The web chat's pages: the door with its code, the conversation, and what a phone installs.

A wrong, expired or revoked link gets the same page, whatever the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web
from markupsafe import Markup

from backend.models import Chat
from backend.office.address import address_of
from backend.office.assets import Assets
from backend.page_templates import page_templates
from bot.limits import WEB_MESSAGE_BYTES
from bot.messages import Incoming, Kind
from bot.turn.shapes import MediaTooLargeError
from bot.web_chat.answers import CLOSED, as_json, body_of, chat_asked
from bot.web_chat.bundle import CHAT, DOOR, STATIC, bundle, source
from bot.web_chat.conversation import Cursor, Part, newest, read, shown
from bot.web_chat.icons import SIZES, icon
from bot.web_chat.incoming import clean, external_id
from bot.web_chat.links import CHANNEL, begin_chat, chat_of, close_link
from bot.web_chat.parts import WebChat
from locales import catalog

MAX_CODE_CHARS: Final = 64
MAX_FORM_FIELDS: Final = 20
FORM_SECONDS: Final = 30.0
GREETING_SECONDS: Final = 0.7
"""How long a new chat's page waits for the first words: they come with it, saving a journey."""

NEW: Final = timedelta(minutes=1)
PRIVATE: Final = {"Cache-Control": "no-store"}
ASKED_ANEW: Final = {"Cache-Control": "no-cache"}


class Pages:
    """Handlers for what a browser opens."""

    def __init__(self, parts: WebChat) -> None:
        self._parts = parts
        self.assets = Assets(STATIC, "/c/static")
        self._templates = page_templates(STATIC.parent / "templates")

    async def to_door(self, _request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/c/")

    async def door(self, request: web.Request) -> web.Response:
        """GET /c/: ask for the invite code; following a link begins nothing yet."""
        return self._door(clean(request.query.get("code", ""))[:MAX_CODE_CHARS])

    async def begin(self, request: web.Request) -> web.Response:
        """POST /c/: begin a chat whose first message is the code, and go there."""
        now = self._parts.clock.now()
        form = await _form(request)
        code = clean(form.get("code", "")).strip()[:MAX_CODE_CHARS]
        if not code:
            return self._door("", problem="empty")
        if not self._parts.begun.allows(address_of(request), now):
            return self._door(code, 429, problem="busy")
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
        """GET /c/<token>: the page with the newest of its conversation."""
        chat = await chat_of(request.match_info["token"], self._parts.clock.now())
        if chat is None:
            return self._closed()
        part = newest(await self._greeted(chat))
        begun = json.dumps(shown(part), ensure_ascii=False).replace("<", "\\u003c")
        return self._render("chat.html", CHAT, lang=chat.lang, begun=Markup(begun))  # noqa: S704  (JSON without "<")

    async def shell(self, _request: web.Request) -> web.Response:
        """GET /c/shell: the same page of nobody, which a phone keeps for when there is no line."""
        return self._render("chat.html", CHAT, begun="")

    async def wrong(self, _request: web.Request) -> web.Response:
        return self._closed()

    async def leave(self, request: web.Request) -> web.Response:
        """POST …/leave: sign out. The link is dead from now on, whoever has copied it."""
        chat = await chat_asked(self._parts, request)
        await close_link(request.match_info["token"], self._parts.clock.now())
        self._parts.wakes.wake(chat.external_id)
        return as_json({"ok": True})

    async def manifest(self, _request: web.Request) -> web.Response:
        """GET /c/app.webmanifest. It names no chat: a browser may show it to its maker."""
        name = catalog(self._parts.lang).get("New Village")
        body = {
            "id": "/c/",
            "name": name,
            "short_name": name,
            "lang": self._parts.lang,
            "start_url": "/c/?app=1",
            "scope": "/c/",
            "display": "standalone",
            "orientation": "portrait",
            "background_color": "#f1f3f1",
            "theme_color": "#0b5d33",
            "icons": [
                {
                    "src": f"/c/icon-{size}.png",
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for size in SIZES
                for purpose in ("any", "maskable")
            ],
        }
        response = as_json(body)
        response.content_type = "application/manifest+json"
        response.headers.update(ASKED_ANEW)
        return response

    async def icon(self, request: web.Request) -> web.Response:
        """GET /c/icon-<pixels>.png."""
        body = icon(int(request.match_info["size"]))
        headers = {"Cache-Control": "public, max-age=604800"}
        return web.Response(body=body, content_type="image/png", headers=headers)

    async def worker(self, _request: web.Request) -> web.Response:
        """GET /c/sw.js: the service worker; a new text (its version) makes phones renew the shell."""
        script, kept = source("sw.js"), (await self.shell(_request)).text or ""
        door = self._door("").text or ""
        version = hashlib.sha256(f"{script}\0{kept}\0{door}".encode()).hexdigest()[:12]
        return web.Response(
            text=script.replace("{version}", version),
            content_type="text/javascript",
            headers=ASKED_ANEW,
        )

    async def _greeted(self, chat: Chat) -> Part:
        """Read a conversation; for one that has just begun wait a moment for the first words."""
        with self._parts.wakes.listen(chat.external_id) as news:
            now = self._parts.clock.now()
            part = await read(chat, Cursor(), now)
            if part.cursor.outbox or not part.cursor.inbox or now - chat.created_at > NEW:
                return part
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), GREETING_SECONDS)
        return await read(chat, Cursor(), self._parts.clock.now())

    def _door(self, code: str, status: int = 200, problem: str = "") -> web.Response:
        return self._render("door.html", DOOR, status, code=code, problem=problem)

    def _closed(self) -> web.Response:
        response = self._render("closed.html", DOOR, 404)
        response.headers[CLOSED] = "1"
        return response

    def _render(
        self,
        name: str,
        scripts: tuple[str, ...],
        status: int = 200,
        *,
        lang: str = "",
        **values: Any,
    ) -> web.Response:
        words = catalog(lang or self._parts.lang)
        inline = bundle(scripts)
        text = self._templates.get_template(name).render(
            _=words.get,
            lang=words.lang,
            asset=self.assets.address,
            style=Markup(inline.style),  # noqa: S704  (our own file)
            script=Markup(inline.script),  # noqa: S704  (our own files)
            **values,
        )
        response = web.Response(text=text, status=status, content_type="text/html")
        response.headers["Content-Security-Policy"] = inline.policy
        response.headers.update(PRIVATE)
        response.enable_compression()
        return response


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    # Not request.post(): it reads client_max_size, and decodes by whatever charset is named.
    raw = bytearray()
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for chunk in body_of(request, WEB_MESSAGE_BYTES):
                raw += chunk
        text = raw.decode(errors="replace")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS))
    except MediaTooLargeError as error:
        raise web.HTTPRequestEntityTooLarge(WEB_MESSAGE_BYTES) from error
    except (TimeoutError, ValueError) as error:
        raise web.HTTPBadRequest from error
