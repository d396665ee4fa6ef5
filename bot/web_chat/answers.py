"""What every handler of the web chat shares: whose chat is asked for, bodies, and JSON answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import web

from backend.models import Chat
from backend.people import grants_of
from bot.turn.shapes import MediaTooLargeError
from bot.web_chat.links import chat_of
from bot.web_chat.parts import WebChat
from bot.web_chat.spool import bounded
from bot.web_chat.throttle import Throttle

CLOSED: Final = "Link-Closed"
"""Header of our own refusal. Without it a 404 may come from any box on the way, and the page must
not throw away what it keeps."""


async def chat_asked(parts: WebChat, request: web.Request) -> Chat:
    """Return the chat that the address opens; raise HTTPNotFound, the same whatever is wrong."""
    chat = await chat_of(request.match_info["token"], parts.clock.now())
    if chat is None:
        raise web.HTTPNotFound(
            text='{"ok":false,"error":"closed"}',
            content_type="application/json",
            headers={CLOSED: "1"},
        )
    return chat


def spend(throttle: Throttle, chat: Chat, parts: WebChat) -> None:
    """Count one request of a chat; raise HTTPTooManyRequests beyond the limit."""
    if not throttle.allows(chat.external_id, parts.clock.now()):
        raise web.HTTPTooManyRequests(headers={"Retry-After": "20"})


def as_json(body: dict[str, Any], status: int = 200) -> web.Response:
    """Return a JSON answer. The page believes no answer without `ok`: it may be a portal's."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json")


def refused(error: str, status: int) -> web.Response:
    """Return that this message is not taken and need not be sent again as it is."""
    return as_json({"ok": False, "error": error}, status)


def body_of(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """Give the body as it comes; raise MediaTooLargeError at once when it is or grows too large."""
    if (request.content_length or 0) > limit:
        raise MediaTooLargeError
    return bounded(request.content.iter_any(), limit)


def person_of(chat: Chat) -> int | None:
    """Return whose chat it is, None for somebody who has given no code yet."""
    person: int | None = chat.person_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return person


async def is_known(chat: Chat) -> bool:
    """Say whether the chat is of somebody with a role in force."""
    person = person_of(chat)
    return person is not None and bool(await grants_of(person))
