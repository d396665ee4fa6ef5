"""A reform applied to the tree: all of it or, with a reason for each thing that does not fit, none.

Old units keep their rows and end on the eve of the reform's day. New units begin on the day and
know their predecessors. Villages and communes that stay keep their rows too, so that every
recorded answer stays where it was given; what they lay in until then is written down
(`AreaFormerParent`). Units of the file whose predecessors this database has never heard of are
left out. Applying a reform again changes nothing, or only what was loaded since.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta, tzinfo
from typing import Any, Final

from tortoise.transactions import in_transaction

from backend.areas.log import note_change
from backend.areas.reform_file import Reform, ReformFile
from backend.areas.reform_plan import Changes, ReformPlan, Stranded
from backend.clock import Clock
from backend.models import Area, AreaFormerParent, AreaPredecessor, RoleGrant
from backend.plans.load import PackRefusedError
from backend.plans.located import Keys, Located, PackError, dotted
from backend.plans.store import MADE_UP
from conversations.text import Text, fold

NEW_UNIT_KEPT: Final = [
    "folded",
    "households",
    "level",
    "name",
    "parent_id",
    "valid_from",
    "valid_to",
]


async def apply_reform(
    file: ReformFile,
    clock: Clock,
    *,
    zone: tzinfo,
    dry_run: bool = False,
    move_people: bool = False,
) -> Changes:
    """Change the tree in one transaction and return what was (or, with `dry_run`, would be) changed.

    `move_people` takes roles at ended units to the one unit that took their place; otherwise they
    are only listed. Raises PackRefusedError with every reason, and then nothing is changed.
    """
    now = clock.now()
    reform, tree = file.reform, file.tree
    async with in_transaction():
        plan = ReformPlan(reform, now.astimezone(zone).date())
        await plan.read()
        plan.work_out()
        if plan.errors:
            raise PackRefusedError([_placed(tree, keys, reason) for keys, reason in plan.errors])
        changes = plan.changes
        changes.stranded = await _stranded(plan)
        if dry_run:
            return changes
        if changes:
            await _write(changes, reform, plan.known)
        moved = [await _move_role(role, clock) for role in changes.stranded if move_people]
        roles = [pair for pair in moved if pair is not None]
        if changes or roles:
            await note_change("reform", reform.title, now, _details(reform, changes, roles))
    return changes


def _placed(tree: Located, keys: Keys, reason: Text) -> PackError:
    place = tree.at(keys)
    return PackError(place.file.name, dotted(keys), reason, place.line)


async def _stranded(plan: ReformPlan) -> list[Stranded]:
    heirs: dict[str, list[str]] = {}
    for unit in plan.here.values():
        for code in unit.predecessors:
            heirs.setdefault(code, []).append(unit.code)
    grants = (
        await RoleGrant.filter(area__code__in=sorted(plan.ending), revoked_at=None)
        .order_by("id")
        .values("id", "role", "person__name", "area__name", code="area__code")
    )
    return [
        Stranded(
            grant_id=row["id"],
            person=row["person__name"],
            role=row["role"],
            area=row["area__name"],
            successor=heirs[row["code"]][0] if len(heirs.get(row["code"], ())) == 1 else "",
        )
        for row in grants
    ]


async def _write(changes: Changes, reform: Reform, known: dict[str, Area]) -> None:
    eve = reform.date - timedelta(days=1)
    rows = dict(known)
    for unit in changes.begins:  # in the order of their levels, so that parents come first
        rows[unit.code] = await Area.create(
            code=unit.code,
            level=unit.level,
            name=unit.name,
            folded=fold(unit.name),
            parent=rows[unit.parent] if unit.parent else None,
            valid_from=reform.date,
            households=_sum_of_households(a for new, a in changes.successions if new == unit.code)
            if unit.level == "village"
            else None,
            info=unit.info,
            kept=NEW_UNIT_KEPT,
        )
    for code, predecessor in changes.successions:
        await AreaPredecessor.create(area=rows[code], predecessor=predecessor)
    for area in changes.ends:
        await _set(area, "valid_to", eve)
    for area, parent in changes.moves:
        before = area.parent_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        if before is not None:
            await AreaFormerParent.get_or_create(
                area_id=area.id, valid_to=eve, defaults={"parent_id": before}
            )
        await _set(area, "parent_id", rows[parent].id)


async def _set(area: Area, column: str, value: object) -> None:
    setattr(area, column, value)
    area.kept = sorted({*(area.kept or ()), column})
    await area.save(update_fields=[column, "kept"])


def _sum_of_households(villages: Iterable[Area]) -> int | None:
    """Return the households of merged villages, None unless every one is known and not made up."""
    total = 0
    for village in villages:
        if village.households is None or MADE_UP in village.info:
            return None
        total += village.households
    return total or None


async def _move_role(role: Stranded, clock: Clock) -> tuple[int, int] | None:
    """Return the ids of the role that ended and of the one in its place, None if none is."""
    if not role.successor:
        return None
    old = await RoleGrant.get(id=role.grant_id)
    area = await Area.get(code=role.successor)
    same: dict[str, Any] = {
        "person_id": old.person_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        "role": old.role,
        "area_id": area.id,
        "owner": old.owner,
    }
    new = await RoleGrant.get_or_none(**same, revoked_at=None)
    if new is None:
        new = await RoleGrant.create(**same, granted_at=clock.now())
    await RoleGrant.filter(id=old.id).update(revoked_at=clock.now())
    return old.id, new.id


def _details(reform: Reform, changes: Changes, roles: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "date": reform.date.isoformat(),
        "begins": [unit.code for unit in changes.begins],
        "ends": [area.code for area in changes.ends],
        "moves": [[area.code, parent] for area, parent in changes.moves],
        "roles": [list(pair) for pair in roles],
    }
