"""The one door that every request to the office's pages passes: nothing is changed from elsewhere.

Whatever is not a plain look (GET, HEAD) is refused unless the browser says that a page of ours
sent it, somebody is signed in, and the form carries their session's token. A new page needs to
do nothing for that. What is let past is named here: the web chat, whose address is its secret,
and the machines, which sign what they send.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from backend.clock import Clock
from backend.office.headers import MADE_BY, OURS, add_headers
from backend.office.posted import posted
from backend.office.session import PASSWORD, Sessions

SAFE: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
ELSEWHERE: Final = ("/c/", "/webhooks/")
"""POSTs that are not the office's: the web chat's and the channels'."""
LOGIN: Final = "/login/"
"""The address holds a secret that works once; there is no session yet that a form could be of."""

form_token: ContextVar[str] = ContextVar("form_token", default="")
"""What a form on the page that is being made has to carry."""
signed_in: ContextVar[str] = ContextVar("signed_in", default="")
"""Whose page it is, by name: on a machine that several use it must be seen."""


def guard(sessions: Sessions, clock: Clock, public_url: str) -> Middleware:
    """Return the middleware."""
    ours = urlsplit(public_url).netloc

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(ELSEWHERE):
            return await handler(request)
        mark, name = form_token.set(sessions.form_token(request)), signed_in.set("")
        try:
            if request.method not in SAFE and request.match_info.http_exception is None:
                await _check(request, sessions, clock, ours)
            response = await handler(request)
        except web.HTTPException as refusal:
            add_headers(refusal)
            raise
        finally:
            form_token.reset(mark)
            signed_in.reset(name)
        add_headers(response)
        return response

    return guarded


async def _check(request: web.Request, sessions: Sessions, clock: Clock, ours: str) -> None:
    if not _from_us(request, ours):
        raise web.HTTPForbidden
    if request.path.startswith(LOGIN):
        return
    if request.path != PASSWORD and await sessions.find(request, clock.now()) is None:
        raise web.HTTPSeeOther("/")
    await posted(request, sessions)


def _from_us(request: web.Request, ours: str) -> bool:
    """Say whether a browser denies that another site sent this; old ones say nothing.

    Our own forms come with the origin "null", which our Referrer-Policy makes of it.
    """
    if request.headers.get(MADE_BY, OURS) not in {OURS, "none"}:
        return False
    origin = request.headers.get(hdrs.ORIGIN, "null")
    return origin == "null" or urlsplit(origin).netloc in {ours, request.host}
