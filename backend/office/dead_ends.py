"""No browser ends at a line of a library's English: a page of ours for what failed, is not there or is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from backend.office.headers import add_headers

HTML: Final = "text/html"
Page = Callable[[str, int], web.Response]
"""Make a page of a template's name and a status."""


def dead_ends(page: Page) -> Middleware:
    """Return the middleware; it goes before all others. Machines get what they always got."""

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        if HTML not in request.headers.get(hdrs.ACCEPT, ""):
            return await handler(request)
        try:
            if request.match_info.http_exception is None:
                return await handler(request)
            response = page("nothing.html", request.match_info.http_exception.status)
        except web.HTTPException as refusal:
            if refusal.status < web.HTTPBadRequest.status_code or refusal.content_type == HTML:
                raise  # it leads on, or is a page already
            response = page("stale.html", refusal.status)
        except Exception:  # whatever it was, a person waits for a page
            request.protocol.logger.exception("Error handling request")
            response = page("broken.html", 500)
        add_headers(response)
        return response

    return answered
