"""/month: what the plan itself sets down for a month in an area, and how far that is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from aiohttp import web

from backend.area_tree import subtree
from backend.lists import numbers
from backend.models import Area
from backend.office.work_pages import WorkPages
from backend.plans.periods import next_period, period_days, period_of
from backend.plans.schema import Cadence, Pack
from backend.reports.planned import when_text
from backend.reports.words import period_name
from backend.schedule.activities import activities_shown
from backend.schedule.planned import Planned, Sort, planned, unlisted
from conversations.text import N_

HEADS = {
    Sort.TASK: N_("Tasks"),
    Sort.INSPECTION: N_("Inspections"),
    Sort.ACTIVITY: N_("Activities"),
}
_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")


class MonthPages(WorkPages):
    """The handler of /month."""

    async def month(self, request: web.Request) -> web.Response:
        """GET /month?area=CODE&month=2026-11: of the present month, if none is named."""
        person_id = await self._signed_in(request)
        pack = await self._plan()
        area = await self._place(request, person_id)
        asked = request.query.get("month", "")
        month = asked if _MONTH.fullmatch(asked) else period_of(Cadence.MONTHLY, self._today)
        units = await Area.filter(id__in=numbers(await subtree([area.id])))
        names = {u.code: u.name for u in units}
        things = planned(pack, month, names)
        states = await self._states(pack, month, units, things)
        return self._render(
            "month.html",
            area=area,
            plan=pack,
            month=period_name(month, self._words),
            before=period_of(Cadence.MONTHLY, period_days(month)[0] - timedelta(days=1)),
            after=next_period(month),
            sections=[
                (
                    self._words.get(head),
                    [self._row(t, names, states) for t in things if t.sort is sort],
                )
                for sort, head in HEADS.items()
            ],
            unlisted=unlisted(pack),
            above=await self._above(person_id, area),
        )

    def _row(
        self, thing: Planned, names: Mapping[str, str], states: Mapping[str, str]
    ) -> dict[str, Any]:
        return {
            "name": thing.name,
            "when": when_text(thing, self._today, self._words),
            "by": thing.by,
            "criterion": thing.criterion,
            "places": ", ".join(names[code] for code in thing.areas),
            "state": states.get(thing.id, "") if thing.sort is Sort.ACTIVITY else "",
        }

    async def _states(
        self, pack: Pack, month: str, units: Sequence[Area], things: Sequence[Planned]
    ) -> dict[str, str]:
        """Return how many villages have shown each monthly activity, by its id."""
        first, last = period_days(month)
        known = {a.code for a in pack.areas}
        villages = [
            u
            for u in units
            if u.level == "village"
            and u.code in known
            and (u.valid_from is None or u.valid_from <= last)
            and (u.valid_to is None or first <= u.valid_to)
        ]
        monthly = [
            a
            for a in pack.activities
            if a.every is Cadence.MONTHLY and a.questionnaire and (a.photo or a.question)
        ]
        here = {t.id for t in things if t.sort is Sort.ACTIVITY}
        months = {a.id: month for a in monthly if a.id in here}
        if not months or not villages or first > self._today:
            return {}
        zone = self._office.settings.zone
        shown = await activities_shown(pack, zone, months, numbers(v.id for v in villages))
        said = N_("{count} of {all} villages have shown it.")
        return {
            name: self._words.get(
                said, count=sum(of == name for _, of, _ in shown.done), all=len(villages)
            )
            for name in months
        }
