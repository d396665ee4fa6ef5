"""What the office states for a plan's other rules, read and written, and what comes out of it.

A department (or the supervising office for it) says that its part of a criterion is reported; the
supervising office says how many criteria a commune has met. Rows are only ever added: the newest
of each holds.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from tortoise.transactions import in_transaction

from backend import audit
from backend.access import may_ask_of, may_report_part
from backend.goals.shapes import Exists, Floor, Goals
from backend.models import Area, OwnerReport, UnitFigure
from backend.plans.consolidation import Consolidated, Part, Reported, consolidation
from backend.plans.goals import below_floor, without_any
from backend.plans.schema import Pack, Target, TargetKind
from backend.stages.moves import moves_of
from backend.stages.steps import recognised_units

MOST_FIGURE: Final = Decimal(10_000)


def two_steps(pack: Pack) -> bool:
    """Say whether reports of criteria go two steps in this plan, owners first and then a lead."""
    return any(
        c.consolidation is not None for s in pack.criteria_sets if not s.working for c in s.criteria
    )


async def goals_of(pack: Pack, period: str, now: datetime) -> Goals:
    """Return what the plan's rules come to; `now` is in the office's zone. Few statements, no writes."""
    criteria: tuple[Consolidated, ...] = ()
    if two_steps(pack):
        criteria = consolidation(pack, await reported(pack.id, period))
    floors = [t for t in pack.targets if t.kind is TargetKind.FLOOR]
    rules = [t for t in pack.targets if t.kind is TargetKind.EXISTS]
    figures = await _figures(pack.id) if floors else {}
    return Goals(
        period,
        criteria,
        tuple(_floor(pack, t, figures) for t in floors),
        tuple([await _exists(pack, t, now) for t in rules]),
    )


async def reported(plan: str, period: str) -> set[Reported]:
    """Return which owners have reported which part for a period."""
    found: set[Reported] = set()
    rows = OwnerReport.filter(plan=plan, period=period).order_by("id")
    async for row in rows:
        part = (row.criteria_set, row.code, row.owner, row.scope)
        if row.reported:
            found.add(part)
        else:
            found.discard(part)
    return found


async def report_part(  # noqa: PLR0913, PLR0917  (who, of what, which part, whether, when)
    person_id: int, pack: Pack, period: str, set_id: str, part: Part, now: datetime, *, done: bool
) -> bool:
    """Write down that an owner has reported a part, or has not after all; False without the right."""
    root = await Area.get_or_none(code=pack.root)
    known = any(c.set_id == set_id and part in c.parts for c in consolidation(pack, frozenset()))
    if root is None or not known or not await may_report_part(person_id, root.id, part.owner):
        return False
    async with in_transaction():
        row = await OwnerReport.create(
            plan=pack.id,
            period=period,
            criteria_set=set_id,
            code=part.code,
            owner=part.owner,
            scope=part.scope,
            reported=done,
            person_id=person_id,
            at=now,
        )
        action = "part.reported" if done else "part.withdrawn"
        await audit.record(action, by=person_id, subject=f"part:{row.id}", at=now)
    return True


async def state_figure(  # noqa: PLR0913, PLR0917  (who, of what and whom, how many, when)
    person_id: int, pack: Pack, target: Target, code: str, value: Decimal | None, now: datetime
) -> bool:
    """Write down a unit's number for a floor; None takes it back. False without the right."""
    area = await Area.get_or_none(code=code)
    if area is None or area.level != target.each or not await may_ask_of(person_id, area.id):
        return False
    if value is not None and not (value.is_finite() and 0 <= value <= MOST_FIGURE):
        return False
    async with in_transaction():
        row = await UnitFigure.create(
            plan=pack.id,
            target=target.id,
            area_id=area.id,
            value=value,
            person_id=person_id,
            at=now,
        )
        await audit.record("figure.set", by=person_id, subject=f"figure:{row.id}", at=now)
    return True


def _floor(pack: Pack, target: Target, figures: dict[tuple[str, str], Decimal | None]) -> Floor:
    units = [
        a
        for a in pack.areas
        if a.level == target.each and (not target.areas or a.code in target.areas)
    ]
    numbers = tuple((unit, figures.get((target.id, unit.code))) for unit in units)
    known = {unit.code: number for unit, number in numbers}
    return Floor(target, numbers, below_floor(target, known))


async def _exists(pack: Pack, target: Target, now: datetime) -> Exists:
    levels = {target.each, target.has}
    codes = [a.code for a in pack.areas if a.level in levels]
    recognised = recognised_units(pack, dict(await moves_of(pack.id, codes)), now)
    asked = sum(a.code in recognised for a in pack.areas if a.level == target.each)
    names = {a.code: a.name for a in pack.areas}
    return Exists(target, asked, tuple(names[c] for c in without_any(pack, target, recognised)))


async def _figures(plan: str) -> dict[tuple[str, str], Decimal | None]:
    found: dict[tuple[str, str], Decimal | None] = {}
    rows = UnitFigure.filter(plan=plan).order_by("id")
    for target, code, value in await rows.values_list("target", "area__code", "value"):
        found[str(target), str(code)] = value
    return found
