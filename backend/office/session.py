"""Signing in: a link that works once and soon ends, then a signed cookie for half a day."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from aiohttp import web

from backend.models import WebLink

COOKIE = "thonmoi_office"
SESSION = timedelta(hours=12)
LINK_LIFE = timedelta(minutes=30)
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
FORM = re.compile(r"(\d{1,18})\.(\d{1,12})\.([0-9a-f]{64})")


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
    if not TOKEN.fullmatch(token):
        return None
    links = WebLink.filter(
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        kind="office",
        revoked_at=None,
        expires_at__gt=now,
    )
    link = await links.first()
    if link is None or not await links.update(revoked_at=now):
        return None
    return link.person_id  # type: ignore[attr-defined, no-any-return]  # Tortoise adds <fk>_id


class Sessions:
    """Signs and reads the cookie. Nothing is kept: a right taken back holds at once anyway."""

    def __init__(self, secret_key: str, *, https: bool) -> None:
        self._key = hmac.digest(secret_key.encode(), b"office session", "sha256")
        self._https = https

    def begin(self, response: web.StreamResponse, person_id: int, now: datetime) -> None:
        """Sign a person in."""
        end = int((now + SESSION).timestamp())
        response.set_cookie(
            COOKIE,
            f"{person_id}.{end}.{self._sign(person_id, end)}",
            max_age=int(SESSION.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self._https,
        )

    def end(self, response: web.StreamResponse) -> None:
        """Sign out of this browser."""
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=self._https)

    def person(self, request: web.Request, now: datetime) -> int | None:
        """Return who is signed in, None when nobody is, or no longer."""
        match = FORM.fullmatch(request.cookies.get(COOKIE, ""))
        if match is None:
            return None
        person_id, end = int(match[1]), int(match[2])
        if not hmac.compare_digest(match[3], self._sign(person_id, end)):
            return None
        return person_id if now.timestamp() < end else None

    def form_token(self, request: web.Request) -> str:
        """Return what every form of this session carries, besides what SameSite already stops."""
        cookie = request.cookies.get(COOKIE, "")
        return hmac.new(self._key, f"form {cookie}".encode(), "sha256").hexdigest()

    def own_form(self, request: web.Request, token: str) -> bool:
        """Say whether a form was made by us for this session."""
        return hmac.compare_digest(token.encode(), self.form_token(request).encode())

    def _sign(self, person_id: int, end: int) -> str:
        return hmac.new(self._key, f"{person_id}.{end}".encode(), "sha256").hexdigest()
