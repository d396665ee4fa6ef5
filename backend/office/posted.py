"""A form that one of our pages posted: bounded, and of the session that was shown it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from backend.office.session import Sessions

MOST_FORM: Final = 65_536
MOST_DIGITS: Final = 18
"""Of a number that the databases can hold."""


async def posted(request: web.Request, sessions: Sessions) -> dict[str, list[str]]:
    """Return a form's fields; refuse one that is not ours, not this session's, or too long.

    Without the character NUL, which nobody types and PostgreSQL does not keep.

    `backend.office.guard` has asked already, before any page; asking again costs nothing.
    """
    if (
        request.content_type != "application/x-www-form-urlencoded"
        or (request.content_length or MOST_FORM + 1) > MOST_FORM
    ):
        raise web.HTTPBadRequest
    try:
        form = await request.post()
    except (LookupError, ValueError) as error:  # a character set that is none, or broken text
        raise web.HTTPBadRequest from error
    if not sessions.own_form(request, str(form.get("token", ""))):
        raise web.HTTPForbidden
    return {name: [str(v).replace("\0", "") for v in form.getall(name)] for name in form}


def one(form: dict[str, list[str]], name: str) -> str:
    """Return a field's first value, "" without one."""
    return form.get(name, [""])[0]


def whole(text: str) -> int:
    """Return a number as our pages write it, 0 for what is none or is longer than any of ours."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0
