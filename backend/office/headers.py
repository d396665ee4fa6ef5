"""What every page of ours tells a browser, so that a page can do no more than it must."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MADE_BY: Final = "Sec-Fetch-Site"
OURS: Final = "same-origin"

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Scripts, styles and pictures come from us alone; nothing is kept, framed or told onwards."""


def secured(handler: Handler) -> Handler:
    """Return the handler with SECURITY_HEADERS on every answer, refusals and redirects too.

    A header that the handler has set itself stays. A stream sets them itself, before it begins.
    A POST that a browser says another site has made is refused: nobody is signed in or out by a
    page elsewhere. (Not by Origin: our Referrer-Policy makes that "null".)
    """

    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            if request.method == "POST" and request.headers.get(MADE_BY, OURS) not in {
                OURS,
                "none",
            }:
                raise web.HTTPForbidden
            response = await handler(request)
        except web.HTTPException as refusal:
            add_headers(refusal)
            raise
        add_headers(response)
        return response

    return wrapped


def add_headers(response: web.StreamResponse) -> None:
    """Put SECURITY_HEADERS on an answer that has not begun; those that it has already stay."""
    if response.prepared:
        return
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
