"""What all pages of the office's own work share: the plan, the person, the place."""

from __future__ import annotations

from datetime import date, datetime

from aiohttp import web

from backend.models import Area
from backend.office.pages import Pages
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError, active_pack


class WorkPages(Pages):
    """Pages on which officers write something down, beside the questionnaires."""

    async def _plan(self) -> Pack:
        """Return the plan in force as the office has set it by today."""
        try:
            return await active_pack(self._office.settings.plan, self._today)
        except NoPlanError as error:
            raise self._not_there() from error

    @property
    def _now(self) -> datetime:
        """Now, in the office's zone."""
        return self._office.clock.now().astimezone(self._office.settings.zone)

    @property
    def _today(self) -> date:
        return self._now.date()

    async def _place(self, request: web.Request, person_id: int) -> Area:
        """Return the area that is asked for, the person's own office without one."""
        code = request.query.get("area", "")
        return await self._area(person_id, code) if code else (await self._roots(person_id))[0]
