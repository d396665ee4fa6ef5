"""/password and /account: an admin signs in without a chat, and sets what that takes."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any, Final

import segno
from aiohttp import web
from markupsafe import Markup

from backend.access import rights_of
from backend.models import RecoveryCode
from backend.office import password as passwords
from backend.office.address import address_of
from backend.office.admin_keys import AdminKeys, RefusedKeyError, Wait, key_of
from backend.office.known_browser import KnownBrowsers
from backend.office.pages import Pages
from backend.office.parts import Office
from backend.office.posted import one, posted
from backend.sessions import Way
from conversations.text import N_, Text

FRESH: Final = timedelta(minutes=30)
"""A password is set only this soon after a link from the chat: not from a browser left open."""


class KeyPages(Pages):
    """Handlers of /password and /account."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self._keys = AdminKeys(office.settings.secret_key)
        https = office.settings.public_url.startswith("https:")
        self._browsers = KnownBrowsers(office.settings.secret_key, https=https)

    async def form(self, request: web.Request) -> web.Response:
        """GET /password."""
        if await self._officer(request):
            raise web.HTTPSeeOther("/")
        return self._door(request)

    async def enter(self, request: web.Request) -> web.Response:
        """POST /password: the same answer whatever is wrong."""
        given, now = await posted(request, self._sessions), self._office.clock.now()
        said = [one(given, name)[:800] for name in ("login", "password", "code")]
        known, place = self._browsers.find(request), address_of(request)
        found = await self._keys.sign_in(said[0], said[1], said[2], place, now, known)
        if isinstance(found, Wait):
            until = self._words.date(found.until.astimezone(self._office.settings.zone))
            wait = N_("Too many tries. Please come again after {until}, or send /web in the chat.")
            return self._door(request, 429, self._words.get(wait, until=until))
        if found is None:
            wrong = N_("Name, password and code do not fit together. Please try again.")
            return self._door(request, 403, self._words.get(wrong))
        gone = web.Response(status=303, headers={"Location": "/"})
        await self._sessions.begin(request, gone, found.person_id, now, Way.PASSWORD)
        self._browsers.remember(request, gone, found.key_id)
        words: list[Text | str] = [
            Text("Somebody has just signed in to the office's pages with your password."),
            Text("If it was not you: open the pages by /web, sign out everywhere, set a new one."),
        ]
        if found.recovery:
            words.insert(1, Text("A recovery code was used; it does not work again."))
        await self._office.tell(
            found.person_id, words, f"password|{found.person_id}|{now.isoformat()}"
        )
        return gone

    async def account(self, request: web.Request) -> web.Response:
        """GET /account: what an admin has, and a form for a new one."""
        return await self._account(request, await self._admin(request))

    async def begin(self, request: web.Request) -> web.Response:
        """POST /account/begin: keep the password for now, show the authenticator's picture once."""
        person_id = await self._admin(request)
        given, now = await posted(request, self._sessions), self._office.clock.now()
        if not await self._fresh(request):
            return await self._account(request, person_id, 403)
        typed = one(given, "password")
        if typed != one(given, "again"):
            differ = self._words.get(N_("The two passwords are not the same."))
            return await self._account(request, person_id, 422, differ)
        try:
            key = await self._keys.begin(person_id, one(given, "login"), typed, now)
        except RefusedKeyError as refused:
            return await self._account(request, person_id, 422, self._words.say(refused.why))
        uri = self._keys.second.uri(key.second_salt, key.login, self._words.get(N_("New Village")))
        return self._second(_picture(uri))

    async def confirm(self, request: web.Request) -> web.Response:
        """POST /account/confirm: the first code; the recovery codes are shown once."""
        person_id = await self._admin(request)
        given, now = await posted(request, self._sessions), self._office.clock.now()
        here = await self._sessions.find(request, now)
        if here is None or not await self._fresh(request):
            return await self._account(request, person_id, 403)
        try:
            codes = await self._keys.confirm(person_id, one(given, "code"), now, but=here.id)
        except RefusedKeyError as refused:
            return await self._account(request, person_id, 422, self._words.say(refused.why))
        if codes is None:
            wrong = N_("This code is not right, or too late. Try the next one, or begin again.")
            return self._second(None, 422, self._words.get(wrong))
        shown = self._render("recovery_codes.html", codes=codes)
        if (key := await key_of(person_id)) is not None:
            self._browsers.remember(request, shown, key.id)
        return shown

    async def end(self, request: web.Request) -> web.Response:
        """POST /account/end: no password any more; every session of the person ends with it."""
        person_id = await self._admin(request)
        await self._keys.end(person_id, self._office.clock.now(), by=person_id)
        raise web.HTTPSeeOther("/account")

    async def _admin(self, request: web.Request) -> int:
        person_id = await self._signed_in(request)
        if not (await rights_of(person_id)).admin:
            raise self._not_there()
        return person_id

    async def _fresh(self, request: web.Request) -> bool:
        now = self._office.clock.now()
        here = await self._sessions.find(request, now)
        return here is not None and here.way == Way.LINK and now - here.created_at < FRESH

    async def _account(
        self, request: web.Request, person_id: int, status: int = 200, error: str = ""
    ) -> web.Response:
        key = await key_of(person_id)
        left = await RecoveryCode.filter(key_id=key.id, used_at=None).count() if key else 0
        return self._render(
            "account.html",
            status,
            error=error,
            key=key,
            left=left,
            fresh=await self._fresh(request),
            least=passwords.LEAST,
            most=passwords.MOST,
        )

    def _second(self, picture: Markup | None, status: int = 200, error: str = "") -> web.Response:
        return self._render("second_factor.html", status, picture=picture, error=error)

    def _door(self, request: web.Request, status: int = 200, error: str = "") -> web.Response:
        # The page is made with the token of a cookie that goes out with it.
        before = web.Response()
        token = self._sessions.open_door(request, before)
        page = self._render("password.html", status, error=error, token=token)
        for name, morsel in before.cookies.items():
            page.cookies[name] = morsel
        return page


def _picture(uri: str) -> Markup:
    """Return the QR picture as SVG to be put into the page: no address ever serves it."""
    out: Any = io.BytesIO()
    segno.make(uri, error="m").save(out, kind="svg", scale=5, xmldecl=False, svgns=True)
    return Markup(out.getvalue().decode())  # noqa: S704  (made by segno, of modules alone)
