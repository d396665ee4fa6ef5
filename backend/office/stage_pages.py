"""/stages: where every unit of an area stands, and moving one on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from backend.access import area_for, areas_by_role
from backend.area_tree import subtree
from backend.lists import numbers
from backend.models import Area
from backend.office.posted import one, posted, whole
from backend.office.work_pages import WorkPages
from backend.people import Role
from backend.plans.schema import Pack
from backend.reports.stages import stage_line, stage_name
from backend.reports.words import natural
from backend.stages.moves import (
    DoneAlreadyError,
    OvertakenError,
    OwnMoveError,
    Unit,
    last_of,
    move,
    moves_of,
    undo,
)
from backend.stages.steps import STANDARD, Move, movers, sets_of, standing, state_of, steps_of

UNDO = "<"
MOST_UNITS = 500
"""Of an id: a larger number is none that a database has."""


class StagePages(WorkPages):
    """Handlers of /stages."""

    async def listing(self, request: web.Request) -> web.Response:
        """GET /stages?area=CODE."""
        person_id = await self._signed_in(request)
        pack = await self._plan()
        area = await self._place(request, person_id)
        units = await self._units(pack, area)
        moves = await moves_of(pack.id, [u.code for u in units])
        held = await areas_by_role(person_id)  # asked once: a page has many units and stages
        rows = [
            self._row(held, Unit(pack, unit, set_id), name, moves.get(unit.code, []))
            for unit in units
            for set_id, name in self._sets(pack, unit)
        ]
        return self._render(
            "stages.html",
            area=area,
            plan=pack,
            rows=rows,
            names=self._names(pack),
            token=self._sessions.form_token(request),
            overtaken=request.query.get("overtaken", ""),
            done=request.query.get("done", ""),
            own=request.query.get("own", ""),
            above=await self._above(person_id, area),
        )

    async def move(self, request: web.Request) -> web.Response:
        """POST /stages: move one unit, or take its last move back."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        pack = await self._plan()
        area = await area_for(person_id, whole(one(form, "unit")))
        if area is None:
            raise self._not_there()
        unit = Unit(pack, area, one(form, "set")[:64])
        if unit.criteria_set not in {s for s, _ in self._sets(pack, area)}:
            raise self._not_there()
        stage, note, now = one(form, "stage"), one(form, "note"), self._office.clock.now()
        seen = whole(one(form, "last"))
        back, told = quote(one(form, "back")[:64]), ""
        try:
            done = await (
                undo(person_id, unit, note, now, seen=seen)
                if stage == UNDO
                else move(person_id, unit, stage, note, now, seen=seen)
            )
            if done is None:
                raise self._not_there()
        except DoneAlreadyError:
            told = f"&done={area.id}"
        except OwnMoveError:
            told = f"&own={area.id}"
        except OvertakenError:
            told = f"&overtaken={area.id}"
        raise web.HTTPSeeOther(f"/stages?area={back}{told}#u{area.id}")

    def _row(
        self,
        areas: Mapping[Role, frozenset[int]],
        unit: Unit,
        set_name: str,
        moves: list[Move],
    ) -> dict[str, Any]:
        mine = {role for role, ids in areas.items() if unit.area.id in ids}
        state = state_of(unit.pack, unit.criteria_set, moves, self._now)
        held = standing(m for m in moves if m.criteria_set == unit.criteria_set)
        here = held[-1].stage if held else ""
        names = self._names(unit.pack)
        may = [
            (s.id, names[s.id])
            for s in steps_of(unit.pack, unit.area.level)
            if s.id != here and mine & movers(s)
        ]
        if here and mine & movers(unit.step(here)):
            may.append((UNDO, ""))
        return {
            "area": unit.area,
            "set": unit.criteria_set,
            "set_name": set_name,
            "seen": last_of([m for m in moves if m.criteria_set == unit.criteria_set]),
            "line": stage_line(state, self._words) if state else "",
            "overdue": bool(state and state.now.overdue),
            "spells": [(stage_name(s, self._words), s) for s in state.spells] if state else [],
            "may": may,
        }

    def _names(self, pack: Pack) -> dict[str, str]:
        standard = {s.id: self._words.get(s.name) for s in STANDARD}
        return standard | {s.id: s.name for s in pack.stages}

    def _sets(self, pack: Pack, unit: Area) -> list[tuple[str, str]]:
        sets = sets_of(pack, unit.level, self._today)
        return [(s.id, s.name) for s in sets] or [("", "")]

    async def _units(self, pack: Pack, area: Area) -> list[Area]:
        """Return the present units of an area that go through stages, communes first."""
        below = await Area.filter(id__in=numbers(await subtree([area.id])))
        known = {a.code for a in pack.areas}
        units = [
            a
            for a in below
            if a.code in known
            and steps_of(pack, a.level)
            and a.level in {"commune", "village"}
            and (a.valid_to is None or self._today <= a.valid_to)
        ]
        units.sort(key=lambda a: (a.level == "village", natural(a.name)))
        return units[:MOST_UNITS]
