"""What a reform would change in one database, and everything about it that does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from backend.areas.reform_file import NewUnit, Reform
from backend.models import Area, AreaFormerParent, AreaPredecessor
from backend.plans.check import LEVELS
from backend.plans.located import Keys
from conversations.text import Param, Text


@dataclass(frozen=True, slots=True)
class Stranded:
    """A role at a unit that ends. `successor` is the code of the one that took its place, if one."""

    grant_id: int
    person: str
    role: str
    area: str
    successor: str = ""


@dataclass(slots=True)
class Changes:
    """What a reform changes in this database; all empty when it was applied before."""

    begins: list[NewUnit] = field(default_factory=list)
    ends: list[Area] = field(default_factory=list)
    moves: list[tuple[Area, str]] = field(default_factory=list)
    """Units that from now on lie in the unit of this code."""
    successions: list[tuple[str, Area]] = field(default_factory=list)
    """(code of the new unit, its predecessor)."""
    left_out: list[str] = field(default_factory=list)
    """Codes in the file that do not concern this database."""
    stranded: list[Stranded] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.begins or self.ends or self.moves or self.successions)


class ReformPlan:
    """One reform held against one database. `known` are the rows that it speaks of, by code."""

    def __init__(self, reform: Reform, today: date) -> None:
        self.reform = reform
        self.today = today
        self.eve = reform.date - timedelta(days=1)
        self.known: dict[str, Area] = {}
        self.children: dict[str, list[Area]] = {}
        self.homes: dict[int, set[str]] = {}
        """Codes of what a child lies in now and lay in on the eve, by its id."""
        self.succeeded: set[tuple[str, str]] = set()
        self.changes = Changes()
        self.errors: list[tuple[Keys, Text]] = []
        self.here: dict[str, NewUnit] = {}
        self.moved: dict[str, str] = {}
        self.ending: set[str] = set()

    async def read(self) -> None:
        """Read the rows that the file names, what lies in them, and what was done before."""
        reform = self.reform
        codes = {u.code for u in reform.units} | {m.code for m in reform.moves} | set(reform.ends)
        for unit in reform.units:
            codes |= {
                *unit.predecessors,
                *(unit.takes or ()),
                *([unit.parent] if unit.parent else ()),
            }
        codes |= {m.parent for m in reform.moves}
        self.known = {a.code: a for a in await Area.filter(code__in=list(codes))}
        by_id = {a.id: a.code for a in self.known.values()}
        for child in await Area.filter(parent_id__in=list(by_id)).order_by("id"):
            home = by_id[child.parent_id]  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            self.children.setdefault(home, []).append(child)
            self.homes.setdefault(child.id, set()).add(home)
        for area_id, parent_id in await AreaFormerParent.filter(
            parent_id__in=list(by_id), valid_to=self.eve
        ).values_list("area_id", "parent_id"):
            self.homes.setdefault(area_id, set()).add(by_id[parent_id])
        rows = AreaPredecessor.filter(predecessor_id__in=list(by_id))
        self.succeeded = {
            (new, by_id[old]) for new, old in await rows.values_list("area__code", "predecessor_id")
        }

    def work_out(self) -> None:
        """Fill `changes` and `errors`."""
        if self.reform.date > self.today:
            reason = Text(
                "It begins on {day}. Apply it from that day on.", {"day": self.reform.date}
            )
            self.errors.append((("date",), reason))
        units = list(enumerate(self.reform.units))
        for i, unit in sorted(units, key=lambda pair: LEVELS.index(pair[1].level)):
            self._unit(("units", i), unit)
        for i, move in enumerate(self.reform.moves):
            area = self.known.get(move.code)
            if area is None:
                self.changes.left_out.append(move.code)
            elif self._parent_fits(("moves", i), area.level, move.parent):
                self._move(("moves", i, "code"), area, move.parent)
        self._endings()
        self._takings()
        self._left_behind()

    def _unit(self, keys: Keys, unit: NewUnit) -> None:
        said = [*unit.predecessors, *(unit.takes or ())]
        row = self.known.get(unit.code)
        homeless = unit.parent in self.changes.left_out
        if row is None and (homeless if not said else not any(c in self.known for c in said)):
            self.changes.left_out.append(unit.code)
            return
        if unit.code in self.here:
            self._refuse((*keys, "code"), Text("{name} stands here twice.", {"name": unit.code}))
            return
        if row is not None and (row.level, row.valid_from) != (unit.level, self.reform.date):
            reason = Text(
                "The code {code} is {name}'s already.", {"code": unit.code, "name": row.name}
            )
            self._refuse((*keys, "code"), reason)
            return
        if unit.parent is not None and not self._parent_fits(keys, unit.level, unit.parent):
            return
        self.here[unit.code] = unit
        if row is None:
            self.changes.begins.append(unit)
        for k, code in enumerate(unit.predecessors):
            self._predecessor((*keys, "predecessors", k), unit, code)

    def _parent_fits(self, keys: Keys, level: str, parent: str) -> bool:
        above = self.here.get(parent) or self.known.get(parent)
        if above is None:
            self._refuse((*keys, "parent"), Text("There is no area {name}.", {"name": parent}))
        elif LEVELS.index(above.level) >= LEVELS.index(level):
            reason = Text(
                "A {level} cannot lie in a {parent}.", {"level": level, "parent": above.level}
            )
            self._refuse((*keys, "parent"), reason)
        elif isinstance(above, Area) and above.valid_to and above.valid_to < self.reform.date:
            self._refuse((*keys, "parent"), _ended(above))
        else:
            return True
        return False

    def _predecessor(self, keys: Keys, unit: NewUnit, code: str) -> None:
        area = self.known.get(code)
        if area is None or code == unit.code:
            self._refuse(keys, Text("There is no area {name}.", {"name": code}))
        elif area.level != unit.level:
            reason = Text(
                "{name} is of another level, a {level}.", {"name": area.name, "level": area.level}
            )
            self._refuse(keys, reason)
        elif area.valid_to is not None and area.valid_to < self.eve:
            self._refuse(keys, _ended(area))
        elif area.valid_from is not None and area.valid_from >= self.reform.date:
            reason = Text(
                "{name} began only on {day}.", {"name": area.name, "day": area.valid_from}
            )
            self._refuse(keys, reason)
        elif (unit.code, code) not in self.succeeded:
            self.changes.successions.append((unit.code, area))

    def _endings(self) -> None:
        """End the predecessors and what the file says ends."""
        ending = [c for unit in self.here.values() for c in unit.predecessors]
        for i, code in enumerate(self.reform.ends):
            area = self.known.get(code)
            if area is None:
                self.changes.left_out.append(code)
            elif area.valid_to is not None and area.valid_to < self.eve:
                self._refuse(("ends", i), _ended(area))
            else:
                ending.append(code)
        for code in dict.fromkeys(ending):
            area = self.known.get(code)
            if area is not None and area.valid_to != self.eve:
                self.changes.ends.append(area)
        self.ending = set(ending)

    def _takings(self) -> None:
        """Move what lay in the predecessors into the new units."""
        heirs: dict[str, list[str]] = {}
        for unit in self.here.values():
            for code in unit.predecessors:
                heirs.setdefault(code, []).append(unit.code)
        for i, unit in enumerate(self.reform.units):
            if self.here.get(unit.code) is not unit:
                continue
            if unit.takes is not None:
                self._chosen(("units", i, "takes"), unit)
                continue
            for k, code in enumerate(unit.predecessors):
                if len(heirs[code]) > 1:
                    reason = Text(
                        "{name} is divided: say with `takes` what comes where.", {"name": code}
                    )
                    self._refuse(("units", i, "predecessors", k), reason)
                    continue
                for child in self._present_children(code):
                    if child.code not in self.moved:
                        self._move(("units", i), child, unit.code)

    def _chosen(self, keys: Keys, unit: NewUnit) -> None:
        for k, code in enumerate(unit.takes or ()):
            area = self.known.get(code)
            if area is None:
                self._refuse((*keys, k), Text("There is no area {name}.", {"name": code}))
            elif not self.homes.get(area.id, set()) & {*unit.predecessors, unit.code}:
                reason = Text("{name} lies in none of the predecessors.", {"name": code})
                self._refuse((*keys, k), reason)
            else:
                self._move((*keys, k), area, unit.code)

    def _present_children(self, code: str) -> Iterator[Area]:
        """Yield what lies in a unit and does not end with it."""
        for child in self.children.get(code, ()):
            gone = child.valid_to is not None and child.valid_to < self.reform.date
            if not gone and child.code not in self.ending:
                yield child

    def _move(self, keys: Keys, area: Area, parent: str) -> None:
        if self.moved.setdefault(area.code, parent) != parent:
            reason = Text("{name} is moved to two places.", {"name": area.code})
            self._refuse(keys, reason)
        elif area.valid_to is not None and area.valid_to < self.reform.date:
            self._refuse(keys, _ended(area))
        elif parent not in self.known or area.parent_id != self.known[parent].id:  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            self.changes.moves.append((area, parent))

    def _left_behind(self) -> None:
        """Refuse to end a unit while something still lies in it."""
        for code in sorted(self.ending):
            left = [c for c in self._present_children(code) if c.code not in self.moved]
            if left and code in self.known and not self.errors:
                names: dict[str, Param] = {
                    "name": self.known[code].name,
                    "count": len(left),
                    "first": left[0].name,
                }
                reason = Text("{name} ends, but {count} units still lie in it: {first}.", names)
                self._refuse(self._place_of(code), reason)

    def _place_of(self, code: str) -> Keys:
        if code in self.reform.ends:
            return ("ends", self.reform.ends.index(code))
        return next(
            ("units", i, "predecessors")
            for i, unit in enumerate(self.reform.units)
            if code in unit.predecessors
        )

    def _refuse(self, keys: Keys, reason: Text) -> None:
        self.errors.append((keys, reason))


def _ended(area: Area) -> Text:
    return Text("{name} ended on {day} already.", {"name": area.name, "day": area.valid_to or ""})
