"""/goals: two-step reports, floors and exists-rules of the plan, and what the office states for them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from aiohttp import web

from backend.access import area_for, may_ask_of, may_report_part
from backend.goals.shown import goals_of, report_part, state_figure
from backend.models import Area
from backend.office.posted import one, posted
from backend.office.work_pages import WorkPages
from backend.plans.consolidation import Part, consolidation
from backend.reports.goals import criterion_line, exists_line, floor_line
from backend.status.progress import named_period


class GoalPages(WorkPages):
    """Handlers of /goals."""

    async def listing(self, request: web.Request) -> web.Response:
        """GET /goals?period=P: for whoever sees the plan's whole area, and for departments."""
        person_id = await self._signed_in(request)
        pack = await self._plan()
        root = await Area.get_or_none(code=pack.root)
        if root is None or await area_for(person_id, root.id) is None:
            raise self._not_there()
        try:
            period = named_period(pack, request.query.get("period") or None, self._today)
        except ValueError as error:
            raise self._not_there() from error
        goals = await goals_of(pack, period, self._now)
        words = self._words
        owners = {p.owner for c in goals.criteria for p in c.parts if p.owner}
        mine = {o for o in owners if await may_report_part(person_id, root.id, o)}
        return self._render(
            "goals.html",
            plan=pack,
            period=period,
            goals=goals,
            criteria=[(c, criterion_line(c, words), set(c.missing)) for c in goals.criteria],
            floors=[(f, floor_line(f, words).removeprefix("• ")) for f in goals.floors],
            exists=[exists_line(e, words).removeprefix("• ") for e in goals.exists],
            mine=mine,
            may_state=await may_ask_of(person_id, root.id),
            token=self._sessions.form_token(request),
        )

    async def part(self, request: web.Request) -> web.Response:
        """POST /goals/part: an owner has reported, or has not after all."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        pack = await self._plan()
        wanted = (one(form, "set"), one(form, "code"), one(form, "owner"), one(form, "scope"))
        found: tuple[str, Part] | None = next(
            (
                (c.set_id, p)
                for c in consolidation(pack, frozenset())
                for p in c.parts
                if (c.set_id, p.code, p.owner, p.scope) == wanted
            ),
            None,
        )
        try:
            period = named_period(pack, one(form, "period"), self._today)
        except ValueError as error:
            raise self._not_there() from error
        done = one(form, "done") == "yes"
        now = self._office.clock.now()
        if found is None or not await report_part(person_id, pack, period, *found, now, done=done):
            raise self._not_there()
        raise web.HTTPSeeOther(f"/goals?period={period}")

    async def figure(self, request: web.Request) -> web.Response:
        """POST /goals/figure: the number of a unit for a floor; empty takes it back."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        pack = await self._plan()
        target = next((t for t in pack.targets if t.id == one(form, "target")), None)
        text = one(form, "value").strip().replace(",", ".")
        try:
            value = Decimal(text) if text else None
        except InvalidOperation as error:
            raise self._not_there() from error
        now = self._office.clock.now()
        if target is None or not await state_figure(
            person_id, pack, target, one(form, "unit")[:64], value, now
        ):
            raise self._not_there()
        raise web.HTTPSeeOther("/goals")
