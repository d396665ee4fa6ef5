"""/people: who has which role in a unit and right below it, and taking a role away."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web

from backend import audit
from backend.access import role_to_end, roles_to_end
from backend.models import Area
from backend.office.pages import Pages
from backend.office.posted import one, posted
from backend.people import Role
from backend.roles import LEAST_REASON, MOST_REASON, RefusedEndError, end_role, role_name

MOST_SHOWN: Final = 500


class PeoplePages(Pages):
    """Each sees the roles that they may end; who may end none sees that there are none."""

    async def listing(self, request: web.Request) -> web.Response:
        """GET /people?area=CODE, without it the first of the person's areas."""
        person_id = await self._signed_in(request)
        code = request.query.get("area", "")
        area = await self._area(person_id, code) if code else (await self._roots(person_id))[0]
        return await self._people(person_id, area, done="ended" in request.query)

    async def end(self, request: web.Request) -> web.Response:
        """POST /people/<id>/end: the reason is asked, and kept."""
        person_id = await self._signed_in(request)
        given, now = await posted(request, self._sessions), self._office.clock.now()
        found = await role_to_end(person_id, int(request.match_info["id"]))
        if found is None:
            raise self._not_there()
        await found.fetch_related("area")
        back = one(given, "area")
        area = await self._area(person_id, back) if back else found.area
        try:
            await end_role(found, one(given, "reason"), now, by=person_id)
        except RefusedEndError as refused:
            return await self._people(person_id, area, 422, self._words.say(refused.why))
        raise web.HTTPSeeOther(f"/people?area={quote(area.code)}&ended")

    async def _people(
        self, person_id: int, area: Area, status: int = 200, error: str = "", *, done: bool = False
    ) -> web.Response:
        below = await Area.filter(parent_id=area.id).order_by("name", "id")
        rows = await roles_to_end(person_id, {area.id, *(unit.id for unit in below)})
        if rows:  # names and roles of people
            subject, now = f"area:{area.code}", self._office.clock.now()
            await audit.seen(subject, by=person_id, at=now, action="people.seen")
        return self._render(
            "people.html",
            status,
            area=area,
            above=await self._above(person_id, area),
            below=[unit for unit in below if unit.level != "village"],
            rows=[(row, self._words.say(role_name(Role(row.role)))) for row in rows[:MOST_SHOWN]],
            more=len(rows) > MOST_SHOWN,
            error=error,
            done=done,
            least=LEAST_REASON,
            most=MOST_REASON,
        )
