"""How a person gives the Official Account's permission: a link, Zalo's own page, and back here.

OAuth with PKCE. Nothing is kept in between: the state that travels through Zalo is signed with
SECRET_KEY and ends after ten minutes, and the verifier is made from it by the same key. The
link that an admin is sent lives longer and only leads to a fresh state.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import logging
import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from backend.clock import Clock
from backend.office.headers import secured
from bot.zalo_oa.oauth import (
    PERMISSION,
    NotSentError,
    RefusedError,
    UnknownOutcomeError,
    ZaloOAuth,
)
from bot.zalo_oa.tokens import TokenKeeper
from conversations.text import N_
from locales import Catalog

PATH: Final = "/oauth/zalo-oa"
STATE_LIFE: Final = timedelta(minutes=10)
"""As long as Zalo's code lives."""
LINK_LIFE: Final = timedelta(days=7)
MAX_CHARS: Final = 2_048
MAX_NUMBER: Final = 16

DONE: Final = N_("Thank you. Zalo works again. You may close this page.")
OVER: Final = N_("This link has ended. Please ask for a new one.")
OTHER: Final = N_("This was another Official Account. Please choose the office's own one.")
FAILED: Final = N_("Zalo did not give the permission. Please open the link once more.")

log = logging.getLogger(__name__)


class Authorising:
    """The two addresses, and the links that lead to them."""

    def __init__(  # noqa: PLR0913  (everything from outside is handed in)
        self,
        oauth: ZaloOAuth,
        keeper: TokenKeeper,
        clock: Clock,
        *,
        secret_key: str,
        public_url: str,
        catalog: Catalog,
        account: str = "",
        bot: str = "",
    ) -> None:
        """`account` is the id of the only Official Account that is taken, "" for the first one."""
        self._oauth = oauth
        self._keeper = keeper
        self._clock = clock
        self._key = hmac.digest(secret_key.encode(), f"zalo-oa {bot}".encode(), "sha256")
        self._path = f"{PATH}/{bot}" if bot else PATH
        self._url = public_url.rstrip("/") + self._path
        self._catalog = catalog
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [
            web.get(self._path, secured(self.come_back)),
            web.get(f"{self._path}/go/{{ticket}}", secured(self.go)),
        ]

    def link(self) -> str:
        """Return a link for an admin, good for seven days, that leads to Zalo's page."""
        return f"{self._url}/go/{self._signed('link', LINK_LIFE)}"

    def permission_url(self) -> str:
        """Return the address of Zalo's page, good for ten minutes."""
        state = self._signed("state", STATE_LIFE)
        challenge = hashlib.sha256(self._verifier(state).encode()).digest()
        asked = {
            "app_id": self._oauth.app_id,
            "redirect_uri": self._url,
            "code_challenge": _plain(challenge),
            "state": state,
        }
        return f"{self._oauth.url}{PERMISSION}?{urlencode(asked)}"

    async def go(self, request: web.Request) -> web.Response:
        """Lead somebody with an admin's link to Zalo's page."""
        if not self._ours("link", request.match_info["ticket"]):
            return self._page(OVER, 403)
        raise web.HTTPFound(self.permission_url())

    async def come_back(self, request: web.Request) -> web.Response:
        """Take the code that Zalo's page gave, and trade it for tokens."""
        state, code = _given(request, "state"), _given(request, "code")
        if not self._ours("state", state):
            return self._page(OVER, 403)
        if not code:
            return self._page(FAILED, 400)
        account = _given(request, "oa_id")[:64]
        wanted = self._account or await self._keeper.account()
        if wanted and not hmac.compare_digest(wanted.encode(), account.encode()):
            return self._other()
        try:
            granted = await self._oauth.exchange(code, self._verifier(state))
        except RefusedError as error:
            log.warning("Zalo gave no tokens: error %d", error.code)
            return self._page(FAILED, 502)
        except (NotSentError, UnknownOutcomeError):
            return self._page(FAILED, 502)
        if not await self._keeper.adopt(granted, account, chosen=bool(self._account)):
            return self._other()  # two people gave two accounts' permission at the same time
        log.info("a person gave the Official Account's permission")
        return self._page(DONE, 200)

    def _other(self) -> web.Response:
        log.error("permission came from another Official Account and was not taken")
        return self._page(OTHER, 400)

    # -- inside -------------------------------------------------------------------------------

    def _signed(self, what: str, life: timedelta) -> str:
        until = int((self._clock.now() + life).timestamp())
        content = f"{until}.{secrets.token_hex(8)}"
        return f"{content}.{self._mac(what, content)}"

    def _ours(self, what: str, given: str) -> bool:
        """Say whether we signed this for the same use, and it has not ended."""
        content, _, mac = given.rpartition(".")
        wanted = self._mac(what, content)
        if not hmac.compare_digest(mac.encode("utf-8", "replace"), wanted.encode()):
            return False
        until = content.partition(".")[0]
        right = until.isascii() and until.isdecimal() and len(until) < MAX_NUMBER
        return right and self._clock.now().timestamp() < int(until)

    def _mac(self, what: str, content: str) -> str:
        told = f"{what} {content}".encode("utf-8", "replace")
        return _plain(hmac.digest(self._key, told, "sha256"))

    def _verifier(self, state: str) -> str:
        """Return 43 characters that only we can make from the state."""
        return self._mac("verifier", state)

    def _page(self, msgid: str, status: int) -> web.Response:
        words = html.escape(self._catalog.get(msgid))
        body = (
            f'<!doctype html><html lang="{self._catalog.lang}"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Thôn Mới</title><p>{words}</p></html>"
        )
        return web.Response(text=body, content_type="text/html", status=status)


def _given(request: web.Request, name: str) -> str:
    value = request.query.get(name, "")
    return value if len(value) <= MAX_CHARS else ""


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
