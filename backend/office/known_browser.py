"""Browsers in which an admin's password was right before, known by a cookie of their own.

Whoever tries names from elsewhere uses up the tries of everybody elsewhere, and not those of such
a browser: a stranger cannot keep the admin out of their own. The cookie opens nothing. It is of one
key (a new password ends it), signed, and has as few tries as anybody.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

NAME: Final = "thonmoi_known"
LIFE: Final = timedelta(days=400)
"""As long as browsers keep any cookie; written anew at each sign-in."""
_VALUE: Final = re.compile(r"([0-9]{1,18})\.([A-Za-z0-9_-]{22})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Known:
    """A browser that is known to an admin's key, by a random name."""

    key_id: int
    name: str


class KnownBrowsers:
    """Makes and reads the cookies of one installation."""

    def __init__(self, secret_key: str, *, https: bool) -> None:
        self._key = hmac.digest(secret_key.encode(), b"known browser", "sha256")
        self._https = https
        self.cookie = ("__Host-" if https else "") + NAME

    def remember(self, request: web.Request, response: web.StreamResponse, key_id: int) -> None:
        """Let the browser be known to this key; one that is keeps its name, and its tries."""
        known = self.find(request)
        same = known is not None and known.key_id == key_id
        name = known.name if known and same else secrets.token_urlsafe(16)
        response.set_cookie(
            self.cookie,
            f"{key_id}.{name}.{self._mark(key_id, name)}",
            max_age=int(LIFE.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self._https,
        )

    def find(self, request: web.Request) -> Known | None:
        """Return what a browser is known as, None for one that is not, or says so itself."""
        found = _VALUE.fullmatch(request.cookies.get(self.cookie, ""))
        if found is None or not hmac.compare_digest(found[3], self._mark(int(found[1]), found[2])):
            return None
        return Known(int(found[1]), found[2])

    def _mark(self, key_id: int, name: str) -> str:
        return hmac.new(self._key, f"{key_id}.{name}".encode(), "sha256").hexdigest()
