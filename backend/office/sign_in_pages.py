"""/login, /logout and /sessions: coming in by a link, going out, and ending what is open elsewhere."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from aiohttp import web

from backend import audit
from backend.access import rights_of
from backend.access_sessions import people_with_sessions, session_for
from backend.consent import withdrawn
from backend.models import Person
from backend.office.address import address_of
from backend.office.pages import Pages
from backend.office.session import person_of, person_of_link, spend_link
from backend.sessions import Why, end, end_all, open_sessions
from backend.throttle import Allowance, count_wrong, exhausted
from conversations.text import N_

WRONG_LINKS: Final = Allowance(30, timedelta(minutes=10))
"""From one address. Nobody guesses 256 bits; a right link works however many wrong ones came.

Many people share one address, behind a mobile network's or an office's, so it shuts out none.
"""
WAYS: Final = {"link": N_("link from the chat"), "password": N_("password")}


class SignInPages(Pages):
    """Handlers of signing in by a link, and of sessions."""

    async def login(self, request: web.Request) -> web.Response:
        """GET /login/<token>: a button; following the link (a preview does) spends nothing.

        On a machine that several use, somebody else may still be signed in: the page says who.
        """
        now, here = self._office.clock.now(), await self._officer(request)
        other = await person_of_link(request.match_info["token"], now) if here else None
        if here and other in {None, here}:
            raise web.HTTPSeeOther("/")
        name = (await Person.get(id=here)).name if here else ""
        return self._render("login.html", path=request.path, present=name)

    async def enter(self, request: web.Request) -> web.Response:
        """POST /login/<token>: spend the link and sign in."""
        now = self._office.clock.now()
        person_id = await spend_link(request.match_info["token"], now)
        if person_id is None:
            key = f"login|{hashlib.sha256(address_of(request).encode()).hexdigest()[:32]}"
            if await exhausted(key, WRONG_LINKS, now):
                return self._render("signin.html", 429, old_link=True)
            await count_wrong(key, WRONG_LINKS, now)
        elif (await rights_of(person_id)).officer and not await withdrawn(person_id):
            gone = web.Response(status=303, headers={"Location": "/"})
            await self._sessions.begin(request, gone, person_id, now)
            return gone
        return self._render("signin.html", 403, old_link=True)

    async def leave(self, request: web.Request) -> web.Response:
        """POST /logout."""
        gone = web.Response(status=303, headers={"Location": "/"})
        await self._sessions.end(request, gone, self._office.clock.now())
        return gone

    async def sessions(self, request: web.Request) -> web.Response:
        """GET /sessions: where the person is signed in, and for an admin who else is."""
        person_id, now = await self._signed_in(request), self._office.clock.now()
        here = await self._sessions.find(request, now)
        found = await open_sessions(sorted(await people_with_sessions(person_id)), now)
        if any(person_of(s) != person_id for s in found):
            await audit.seen("sessions:others", by=person_id, at=now, action="sessions.seen")
        names = dict(
            await Person.filter(id__in=sorted({person_of(s) for s in found})).values_list(
                "id", "name"
            )
        )
        rows = [
            (s, names.get(person_of(s), ""), self._words.get(WAYS[s.way]), here and s.id == here.id)
            for s in found
        ]
        return self._render(
            "sessions.html",
            own=[row for row in rows if person_of(row[0]) == person_id],
            others=[row for row in rows if person_of(row[0]) != person_id],
            admin=(await rights_of(person_id)).admin,
        )

    async def everywhere(self, request: web.Request) -> web.Response:
        """POST /sessions/end: sign out of every browser, this one too."""
        person_id, now = await self._signed_in(request), self._office.clock.now()
        await end_all(person_id, Why.EVERYWHERE, now, by=person_id)
        gone = web.Response(status=303, headers={"Location": "/"})
        await self._sessions.end(request, gone, now)
        return gone

    async def end(self, request: web.Request) -> web.Response:
        """POST /sessions/<id>/end: one of one's own, or by an admin one of their area."""
        person_id = await self._signed_in(request)
        session = await session_for(person_id, int(request.match_info["id"]))
        if session is None:
            raise self._not_there()
        why = Why.SIGNED_OUT if person_of(session) == person_id else Why.ADMIN
        await end(session, why, self._office.clock.now(), by=person_id)
        raise web.HTTPSeeOther("/sessions")
