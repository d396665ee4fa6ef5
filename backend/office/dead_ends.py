"""No browser ends at a line of a library's English: a page of ours for what failed or is not there."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from backend.office.headers import add_headers

Page = Callable[[str, int], web.Response]
"""Make a page of a template's name and a status."""


def dead_ends(page: Page) -> Middleware:
    """Return the middleware; it goes before all others. Machines get what they always got."""

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "text/html" not in request.headers.get(hdrs.ACCEPT, ""):
            return await handler(request)
        try:
            if request.match_info.http_exception is None:
                return await handler(request)
            response = page("nothing.html", request.match_info.http_exception.status)
        except web.HTTPException:
            raise
        except Exception:  # whatever it was, a person waits for a page
            request.protocol.logger.exception("Error handling request")
            response = page("broken.html", 500)
        add_headers(response)
        return response

    return answered
