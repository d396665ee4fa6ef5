"""Permission for an Official Account: codes from Zalo's page, and tokens that work once."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from tests.fakes.serving import ChatServer, Tells
from tests.fakes.trouble import broken
from tests.fakes.zalo_oa_people import OA_ID, Sent

APP_ID = "102719276611582260"
APP_SECRET = "AppSecretThatMustNeverBeSeenInALog"
TOKEN_SECONDS = 90_000.0


@dataclass
class _Pair:
    access: str
    refresh: str
    until: float


@dataclass
class Code:
    """A permission on its way: what the exchange must fit."""

    challenge: str
    used: bool = False


class Permission(ChatServer[Sent]):
    """Gives out pairs of tokens; a refresh token works once and gives the next one."""

    def __init__(self, clock: Tells | None) -> None:
        super().__init__(clock)
        self.pair = _Pair("access-0", "refresh-0", 0.0)
        self.shown: Counter[str] = Counter()
        """How often each refresh token was shown to us."""
        self._codes: dict[str, Code] = {}

    def permission_routes(self) -> list[web.RouteDef]:
        """Return the addresses of oauth.zaloapp.com."""
        return [
            web.post("/v4/oa/access_token", self._access_token),
            web.get("/v4/oa/access_token", self._look),
        ]

    def permits(self, permission_url: str, oa_id: str = OA_ID) -> str:
        """Be a person on Zalo's page; return the address that the browser is led back to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(permission_url).query).items()}
        assert asked["app_id"] == APP_ID
        code = f"code-{self.next_id()}"
        self._codes[code] = Code(asked["code_challenge"])
        back = urlencode({"code": code, "oa_id": oa_id, "state": asked["state"]})
        return f"{asked['redirect_uri']}?{back}"

    def expires_tokens(self) -> None:
        """Let the access token end at once."""
        self.pair.until = 0.0

    async def _look(self, request: web.Request) -> web.StreamResponse:
        trouble = self.next_trouble("look")
        return web.Response(status=trouble.status if trouble else 404)

    async def _access_token(self, request: web.Request) -> web.StreamResponse:
        given = dict(await request.post())
        trouble = self.next_trouble("access_token")
        self.calls["access_token"] += 1
        if trouble and trouble.drop == "before":
            return broken(request)
        if trouble and trouble.status:
            return web.Response(status=trouble.status, text="<html>Bad Gateway</html>")
        refusal = self._refusal(given, request.headers.get("secret_key", ""))
        if refusal is not None:
            return refusal
        number = self.next_id()
        until = self.seconds() + TOKEN_SECONDS
        self.pair = _Pair(f"access-{number}", f"refresh-{number}", until)
        await self.announce()
        await self.held("access_token")
        if trouble and trouble.drop:
            return broken(request)
        return web.json_response(
            {
                "access_token": self.pair.access,
                "refresh_token": self.pair.refresh,
                "expires_in": str(int(TOKEN_SECONDS)),
            }
        )

    def _refusal(self, given: dict[str, Any], secret: str) -> web.Response | None:
        if secret != APP_SECRET or given.get("app_id") != APP_ID:
            return _oauth_error(-14002, "Invalid app")
        if given.get("grant_type") == "authorization_code":
            code = self._codes.get(str(given.get("code")))
            digest = hashlib.sha256(str(given.get("code_verifier")).encode()).digest()
            fits = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if code is None or code.used or code.challenge != fits:
                return _oauth_error(-14003, "Invalid authorization code")
            code.used = True
            return None
        token = str(given.get("refresh_token"))
        self.shown[token] += 1
        if token != self.pair.refresh or self.shown[token] > 1:
            return _oauth_error(-14014, "Invalid refresh token")
        return None


def _oauth_error(code: int, name: str) -> web.Response:
    return web.json_response({"error": code, "error_name": name, "error_description": name})
