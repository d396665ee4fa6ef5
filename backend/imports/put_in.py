"""The office's list put into the database: as a whole or not at all.

The preview is the real thing taken back: everything is written in one transaction, which is
rolled back unless the office has said to apply it and no row is wrong. So what the preview shows
is what happens. Villages are found in the plan's tree of today, by code or by commune and name
(marks, case and level words do not matter). Nothing is ever removed: who is not on the list stays.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from tortoise.transactions import in_transaction

from backend.areas.log import note_change
from backend.clock import Clock
from backend.imports.named import Named
from backend.imports.villages import Listed, ReadList, RowError
from backend.imports.words import Column
from backend.models import Area, Person, RoleGrant
from backend.people import Grant, Role, add_person, grant_unnoted
from backend.plans.schema import Pack
from backend.plans.store import MADE_UP
from backend.plans.tree import above, exists, root_on, shown_names
from conversations.text import Text, fold

KEPT: Final = ["folded", "households", "level", "name", "parent_id", "valid_from", "valid_to"]
MOST_CODE: Final = 64


class Kind(StrEnum):
    """What a row changes."""

    NEW_COMMUNE = "new_commune"
    NEW_VILLAGE = "new_village"
    RENAMED = "renamed"
    HOUSEHOLDS = "households"
    NEW_PERSON = "new_person"
    NEW_ROLE = "new_role"
    PHONE = "phone"
    ALSO = "also"
    """No change, but worth knowing: somebody else is in charge of the village as well."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a row makes. `old` and `new` are names or numbers, never telephone numbers."""

    row: int
    kind: Kind
    village: str
    commune: str
    new: str = ""
    old: str = ""


@dataclass(slots=True)
class Outcome:
    """What a list changes and what is wrong with it; `applied` once it is in the database."""

    changes: list[Change] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    unchanged: int = 0
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """How a list is to be put in: for good, and whether it may bring communes that are not known."""

    apply: bool = False
    new_communes: bool = False


async def put_in(given: ReadList, pack: Pack, clock: Clock, *, zone: tzinfo, wish: Wish) -> Outcome:
    """Return what the list changes in the plan's tree and people; keep it only as `wish` says.

    With one error, also of reading the list, nothing is kept.
    """
    now = clock.now()
    work = _Work(pack, now, now.astimezone(zone).date(), wish)
    outcome = work.outcome
    outcome.errors += given.errors
    async with in_transaction() as transaction:
        await work.read()
        for item in given.listed:
            await work.take(item)
        outcome.errors.sort(key=lambda e: e.row)
        changed = [c for c in outcome.changes if c.kind is not Kind.ALSO]
        if changed and wish.apply and not outcome.errors:
            kept = {"changes": _logged(changed), "roles": work.roles}
            await note_change("import", pack.id, now, kept)
            outcome.applied = True
        else:
            await transaction.rollback()
    return outcome


def _logged(changes: Sequence[Change]) -> list[list[Any]]:
    return [[c.row, c.kind, c.commune, c.village, c.old, c.new] for c in changes]


class _Work:
    """One list on its way into one database, inside one transaction."""

    def __init__(self, pack: Pack, now: datetime, today: date, wish: Wish) -> None:
        self._pack = pack
        self._now = now
        self._today = today
        self._wish = wish
        self.outcome = Outcome()
        self.roles: list[int] = []
        """Ids of the roles that were given."""
        self._communes = Named()
        self._ended = Named()
        self._villages: dict[int, Named] = defaultdict(Named)
        """Villages by their commune's id."""
        self._homes: dict[int, int] = {}
        self._outside: set[int] = set()
        self._by_code: dict[str, Area] = {}
        self._codes: set[str] = set()
        self._rows: dict[int, int] = {}
        self._people: dict[str, Person] = {}
        self._heads: dict[int, dict[int, Person]] = {}

    async def read(self) -> None:
        """Read the present tree, and who is in charge of its villages."""
        areas = {a.code: a for a in self._pack.areas}
        rows = {a.code: a for a in await Area.all()}
        self._codes = set(rows)
        present = [a for a in self._pack.areas if exists(a, self._today) and a.code in rows]
        for spec in self._pack.areas:
            if spec.level == "commune" and spec.code in rows:
                known = self._communes if exists(spec, self._today) else self._ended
                known.add(rows[spec.code], (spec.name, *spec.names))
        communes = {rows[a.code].id: rows[a.code] for a in present if a.level == "commune"}
        villages = [a for a in present if a.level == "village"]
        shown = shown_names(villages, areas, self._today)
        for spec in villages:
            commune = above(spec, "commune", areas, self._today)
            if commune is not None and commune.code in rows:
                self._by_code[spec.code] = rows[spec.code]
                names = (shown[spec.code], spec.name, *spec.names)
                self._know(rows[commune.code], rows[spec.code], names)
        for village in rows.values():
            # Villages that another plan brought into one of this plan's communes.
            home = communes.get(village.parent_id)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            gone = village.valid_to is not None and village.valid_to < self._today
            if home and village.level == "village" and village.code not in areas and not gone:
                self._outside.add(village.id)
                self._by_code[village.code] = village
                self._know(home, village, [village.name])
        heads = RoleGrant.filter(role=Role.VILLAGE_HEAD, revoked_at=None).order_by("id")
        for grant_ in await heads.prefetch_related("person"):
            held = self._heads.setdefault(grant_.area_id, {})  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            held[grant_.person.id] = grant_.person
        self._people = {p.phone: p for p in await Person.filter(phone__not_isnull=True) if p.phone}

    def _know(self, commune: Area, village: Area, names: Sequence[str]) -> None:
        self._villages[commune.id].add(village, names)
        self._homes[village.id] = commune.id

    async def take(self, item: Listed) -> None:
        """Write one row's changes, or one reason why it cannot be."""
        before = len(self.outcome.changes)
        commune = await self._commune(item)
        if commune is None:
            return
        village = await self._village(item, commune)
        if village is None:
            return
        if village.id in self._outside:
            self._outside.remove(village.id)
            self._note(item, Kind.NEW_VILLAGE, (village.name, commune.name))
            await self._keep(village)
        earlier = self._rows.setdefault(village.id, item.row)
        if earlier != item.row:
            reason = Text("This village stands in row {row} already.", {"row": earlier})
            self._refuse(item, Column.VILLAGE, reason)
            return
        await self._households(item, village, commune)
        if item.person:
            await self._person(item, village, commune)
        if len(self.outcome.changes) == before:
            self.outcome.unchanged += 1

    def _refuse(self, item: Listed, column: Column, reason: Text) -> None:
        self.outcome.errors.append(RowError(item.row, column, reason))

    def _note(
        self, item: Listed, kind: Kind, names: tuple[str, str], new: str = "", old: str = ""
    ) -> None:
        self.outcome.changes.append(Change(item.row, kind, *names, new=new, old=old))

    async def _commune(self, item: Listed) -> Area | None:
        found = self._communes.find(item.commune)
        if len(found) == 1:
            return found[0]
        if found:
            self._refuse(
                item,
                Column.COMMUNE,
                Text("There are several communes {name}.", {"name": item.commune}),
            )
        elif ended := next(iter(self._ended.find(item.commune)), None):
            reason = Text(
                "{name} ended on {day}. Please write the commune of today.",
                {"name": ended.name, "day": ended.valid_to or ""},
            )
            self._refuse(item, Column.COMMUNE, reason)
        elif self._wish.new_communes:
            return await self._new_commune(item)
        else:
            reason = Text(
                "There is no commune {name}. Please check the spelling; if it is new, add --new-communes.",
                {"name": item.commune},
            )
            self._refuse(item, Column.COMMUNE, reason)
        return None

    async def _new_commune(self, item: Listed) -> Area | None:
        root = await Area.get(code=root_on(self._pack, self._today))
        if root.level in {"commune", "village"}:
            reason = Text(
                "{name} is itself a commune: no other can lie in it.", {"name": root.name}
            )
            self._refuse(item, Column.COMMUNE, reason)
            return None
        commune = await self._create(root, "commune", item.commune)
        self._communes.add(commune, [commune.name])
        self._note(item, Kind.NEW_COMMUNE, ("", commune.name))
        return commune

    async def _village(self, item: Listed, commune: Area) -> Area | None:
        found = self._villages[commune.id].find(item.village)
        if item.code:
            village = self._by_code.get(item.code)
            if village is None:
                self._refuse(
                    item,
                    Column.CODE,
                    Text("There is no village with the code {code}.", {"code": item.code}),
                )
                return None
            if self._homes[village.id] != commune.id:
                reason = Text(
                    "{name} does not lie in {commune}. A move needs a reform.",
                    {"name": village.name, "commune": commune.name},
                )
                self._refuse(item, Column.COMMUNE, reason)
                return None
            if [v for v in found if v.id != village.id]:
                self._refuse(
                    item, Column.VILLAGE, Text("Another village there is called that already.")
                )
                return None
            await self._rename(item, village, commune)
            return village
        if len(found) > 1:
            names = Text(
                "There are several of that name. Please write the former commune in brackets behind it."
            )
            self._refuse(item, Column.VILLAGE, names)
            return None
        if found:
            await self._rename(item, found[0], commune)
            return found[0]
        if not any(letter.isalpha() for letter in item.village) or "(" in item.village:
            reason = Text("There is no such village. To add one, please write its whole name.")
            self._refuse(item, Column.VILLAGE, reason)
            return None
        village = await self._create(commune, "village", item.village)
        self._know(commune, village, [village.name])
        self._note(item, Kind.NEW_VILLAGE, (village.name, commune.name))
        return village

    async def _create(self, parent: Area, level: str, name: str) -> Area:
        slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-") or level
        stem = f"{parent.code}-{slug}"[: MOST_CODE - 4].strip("-")
        code, n = stem, 1
        while code in self._codes:
            n += 1
            code = f"{stem}-{n}"
        self._codes.add(code)
        return await Area.create(
            code=code,
            level=level,
            name=name,
            folded=fold(name),
            parent=parent,
            valid_from=self._today,
            kept=KEPT,
        )

    async def _rename(self, item: Listed, village: Area, commune: Area) -> None:
        """Take the list's spelling: with a code any, without one what differs in marks alone."""
        if "(" in item.village or item.village.casefold() == village.name.casefold():
            return
        if not item.code and (fold(item.village) != fold(village.name) or item.village.isascii()):
            return  # «1» for «Thôn 1», or typed without marks
        self._note(
            item, Kind.RENAMED, (village.name, commune.name), new=item.village, old=village.name
        )
        village.name, village.folded = item.village, fold(item.village)
        await self._keep(village, "name", "folded")

    async def _households(self, item: Listed, village: Area, commune: Area) -> None:
        if item.households is None:
            return
        if village.households == item.households and MADE_UP not in village.info:
            return
        old = "" if village.households is None else str(village.households)
        names = (village.name, commune.name)
        self._note(item, Kind.HOUSEHOLDS, names, new=str(item.households), old=old)
        village.households = item.households
        village.info = {k: v for k, v in village.info.items() if k != MADE_UP}
        await self._keep(village, "households", "info")

    async def _keep(self, area: Area, *columns: str) -> None:
        area.kept = sorted({*(area.kept or ()), *columns} - {"info"})
        await area.save(update_fields=[*columns, "kept"])

    async def _person(self, item: Listed, village: Area, commune: Area) -> None:
        names = (village.name, commune.name)
        heads = self._heads.setdefault(village.id, {})
        here = next((p for p in heads.values() if fold(p.name) == fold(item.person)), None)
        person = self._people.get(item.phone) if item.phone else here
        if person is not None and fold(person.name) != fold(item.person):
            reason = Text("This number is {name}'s on the office's list.", {"name": person.name})
            self._refuse(item, Column.PHONE, reason)
            return
        if person is None and here is not None:
            person = here
            self._note(item, Kind.PHONE, names, new=person.name)
            if person.phone:
                self._people.pop(person.phone, None)
            person.phone = item.phone
            await person.save(update_fields=["phone"])
        elif person is None:
            person = await add_person(item.person, self._now, phone=item.phone)
            self._note(item, Kind.NEW_PERSON, names, new=person.name)
        elif person.id not in heads:
            self._note(item, Kind.NEW_ROLE, names, new=person.name)
        if item.phone:
            self._people[item.phone] = person
        if person.id not in heads:
            head = Grant(Role.VILLAGE_HEAD, village.id)
            if given := await grant_unnoted(person.id, head, self._now):
                self.roles.append(given.id)
            for other in heads.values():
                self._note(item, Kind.ALSO, names, new=other.name)
            heads[person.id] = person
