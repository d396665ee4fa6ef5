"""Signing in: a link that works once and soon ends, then a cookie that names a kept session.

A browser that is signed in carries a random token (backend.sessions); whoever copies it has
nothing once its owner has signed out. Every form carries a second one, made of the first, which
no page of another site can know.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from aiohttp import hdrs, web
from tortoise.queryset import QuerySet

from backend import sessions
from backend.models import OfficeSession, WebLink
from backend.sessions import LONGEST, TOKEN, Way, Why

COOKIE: Final = "thonmoi_office"
DOOR: Final = "thonmoi_door"
"""A random value for who is not signed in yet, so that their form, too, is one of ours."""
PASSWORD: Final = "/password"  # noqa: S105  (an address)
"""Signing in without a link: the form is of the browser's door cookie, not of a session."""
LINK_LIFE: Final = timedelta(minutes=30)
DOOR_LIFE: Final = timedelta(hours=1)
_KEPT: Final[web.RequestKey[list[OfficeSession]]] = web.RequestKey("office session", list)


async def office_link(person_id: int, now: datetime, life: timedelta = LINK_LIFE) -> str:
    """Make a sign-in link for a person; return its token (address: `/login/<token>`).

    Only the token's hash is kept. Whether the person may see anything is asked at every page.
    """
    token = secrets.token_urlsafe(32)
    await WebLink.create(
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        kind="office",
        person_id=person_id,
        created_at=now,
        expires_at=now + life,
    )
    return token


async def spend_link(token: str, now: datetime) -> int | None:
    """Return whose link this is and end it, or None when it is wrong, old or already used."""
    person_id = await person_of_link(token, now)
    if person_id is None or not await _links(token, now).update(revoked_at=now):
        return None
    return person_id


async def person_of_link(token: str, now: datetime) -> int | None:
    """Return whom a link would sign in, None when it is wrong, old or already used. Reads only."""
    link = await _links(token, now).first() if TOKEN.fullmatch(token) else None
    return link.person_id if link else None  # type: ignore[attr-defined]  # Tortoise adds <fk>_id


def _links(token: str, now: datetime) -> QuerySet[WebLink]:
    return WebLink.filter(
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        kind="office",
        revoked_at=None,
        expires_at__gt=now,
    )


class Sessions:
    """Cookies and the kept sessions behind them."""

    def __init__(self, secret_key: str, *, https: bool) -> None:
        self._key = hmac.digest(secret_key.encode(), b"office session", "sha256")
        self._https = https
        prefix = "__Host-" if https else ""
        # No other name below this one can set such a cookie, and none is sent without https.
        self.cookie = prefix + COOKIE
        self.door = prefix + DOOR

    async def begin(
        self,
        request: web.Request,
        response: web.StreamResponse,
        person_id: int,
        now: datetime,
        way: Way = Way.LINK,
    ) -> None:
        """Sign a person in with a new token; what this browser was before ends."""
        before = await self.find(request, now)
        if before is not None:
            await sessions.end(before, Why.NEW_SIGN_IN, now, by=person_id)
        browser = sessions.family(request.headers.get(hdrs.USER_AGENT, ""))
        token = await sessions.begin(person_id, way, browser, now)
        self._set(response, self.cookie, token, LONGEST)
        self._forget(response, self.door)

    async def end(self, request: web.Request, response: web.StreamResponse, now: datetime) -> None:
        """Sign out of this browser; a copy of its cookie is dead with it."""
        session = await self.find(request, now)
        if session is not None:
            await sessions.end(session, Why.SIGNED_OUT, now, by=person_of(session))
        self._forget(response, self.cookie)

    async def find(self, request: web.Request, now: datetime) -> OfficeSession | None:
        """Return the session of this browser, None when nobody is signed in, or no longer."""
        if _KEPT not in request:
            found = await sessions.find(request.cookies.get(self.cookie, ""), now)
            request[_KEPT] = [found] if found else []
        kept = request[_KEPT]
        return kept[0] if kept else None

    def form_token(self, request: web.Request) -> str:
        """Return what every form of this session carries; "" for a browser that has no cookie.

        The form of the password has the door's, whatever old session's cookie lies beside it.
        """
        token = request.cookies.get(self.door if request.path == PASSWORD else self.cookie)
        return self._form(token) if token else ""

    def own_form(self, request: web.Request, token: str) -> bool:
        """Say whether a form was made by us for this session."""
        wanted = self.form_token(request)
        return bool(wanted) and hmac.compare_digest(token.encode(), wanted.encode())

    def open_door(self, request: web.Request, response: web.StreamResponse) -> str:
        """Return what a form carries of somebody who is about to sign in."""
        token = request.cookies.get(self.door) or secrets.token_urlsafe(32)
        self._set(response, self.door, token, DOOR_LIFE)
        return self._form(token)

    def _form(self, token: str) -> str:
        return hmac.new(self._key, f"form {token}".encode(), "sha256").hexdigest()

    def _set(self, response: web.StreamResponse, name: str, value: str, life: timedelta) -> None:
        response.set_cookie(
            name,
            value,
            max_age=int(life.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self._https,
        )

    def _forget(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=self._https)


def person_of(session: OfficeSession) -> int:
    """Return whose session it is."""
    return session.person_id  # type: ignore[attr-defined, no-any-return]  # Tortoise adds <fk>_id
