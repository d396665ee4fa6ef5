"""Moves between stages in the database. Only ever added to; who may is asked of `backend.access`.

Whoever moves a unit says which move of it they have seen last. Of two who move at the same moment,
or of one press that comes twice, the first counts; the other one learns that it was overtaken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from backend import audit
from backend.access import may_move_stage
from backend.lists import parts_of
from backend.models import Area, StageMove
from backend.plans.schema import Pack, Stage
from backend.stages.steps import Move, mover_roles, standing, steps_of

MOST_NOTE = 500


class OvertakenError(Exception):
    """The unit was moved after what the person saw; nothing was written."""


class DoneAlreadyError(OvertakenError):
    """The person did the very same after what they saw: a press that came twice."""


class OwnMoveError(OvertakenError):
    """Whoever moved the unit after what the person saw: it was they themselves."""


async def moves_of(plan: str, codes: Sequence[str]) -> Mapping[str, list[Move]]:
    """Return every move of these units (area codes), oldest first."""
    found: dict[str, list[Move]] = defaultdict(list)
    for some in parts_of(codes):
        for row in (
            await StageMove.filter(plan=plan, area__code__in=list(some))
            .order_by("id")
            .values(
                "id", "criteria_set", "stage", "at", "note", "undoes_id", "moved_by_id",
                code="area__code", by="moved_by__name",
            )
        ):  # fmt: skip
            found[row["code"]].append(
                Move(
                    id=row["id"],
                    criteria_set=row["criteria_set"],
                    stage=row["stage"],
                    at=row["at"],
                    by=row["by"] or "",
                    note=row["note"],
                    undoes=row["undoes_id"],
                    automatic=row["moved_by_id"] is None,
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Unit:
    """What is moved: a unit under one criteria set of a plan ("" where the plan has none)."""

    pack: Pack
    area: Area
    criteria_set: str

    def step(self, stage: str) -> Stage | None:
        """Return the stage of this id that units of this level go through."""
        return next((s for s in steps_of(self.pack, self.area.level) if s.id == stage), None)

    async def held(self) -> list[Move]:
        """Return the moves that hold, oldest first."""
        return standing(await self.moves())

    async def moves(self) -> list[Move]:
        """Return every move under this set, oldest first."""
        moves = (await moves_of(self.pack.id, [self.area.code])).get(self.area.code, [])
        return [m for m in moves if m.criteria_set == self.criteria_set]

    async def seen(self) -> int:
        """Return what the next move has to have seen: the id of the last one, 0 for none."""
        return last_of(await self.moves())


def last_of(moves: Sequence[Move]) -> int:
    """Return the id of the last of a unit's moves under one set, 0 for none."""
    return max((m.id for m in moves), default=0)


async def may_move(person_id: int, unit: Unit, stage: str) -> bool:
    """Say whether the person may move the unit to this stage, or take such a move back."""
    step = unit.step(stage)
    roles = mover_roles(step) if step else frozenset()
    return await may_move_stage(person_id, unit.area.id, roles)


async def move(  # noqa: PLR0913  (who, what, where to, why, when, on what knowledge)
    person_id: int, unit: Unit, stage: str, note: str, now: datetime, *, seen: int
) -> StageMove | None:
    """Record that a unit came to a stage; None when the person may not move it there.

    Nor can it come to where it stands. `seen` is `Unit.seen` as the person was shown it; raises
    OvertakenError when it holds no more.
    """
    if unit.step(stage) is None or not await may_move(person_id, unit, stage):
        return None
    async with in_transaction():
        held = standing(await _locked(unit, seen, person_id, stage))
        if held and held[-1].stage == stage:
            return None
        made = await StageMove.create(
            plan=unit.pack.id,
            area_id=unit.area.id,
            criteria_set=unit.criteria_set,
            stage=stage,
            moved_by_id=person_id,
            at=now,
            note=note.strip()[:MOST_NOTE],
        )
        await _noted("stage.moved", unit, made, person_id, now)
    return made


async def undo(
    person_id: int, unit: Unit, note: str, now: datetime, *, seen: int
) -> StageMove | None:
    """Take the last move back by another one; None when there is none or it is not the person's to.

    Who may move a unit to a stage may also take that move back. `seen` as for `move`.
    """
    async with in_transaction():
        held = standing(await _locked(unit, seen, person_id))
        if not held or not await may_move(person_id, unit, held[-1].stage):
            return None
        return await _take_back(unit, held, person_id, note.strip()[:MOST_NOTE], now)


async def _locked(
    unit: Unit, seen: int | None = None, person_id: int = 0, stage: str = ""
) -> list[Move]:
    """Return the unit's moves; nobody else adds one before this transaction ends.

    Raises OvertakenError for what the person who moves it to `stage` ("": back) has not `seen`.
    """
    await Area.filter(id=unit.area.id).select_for_update().first()
    moves = await unit.moves()
    if seen is not None and last_of(moves) != seen:
        after = [m for m in moves if m.id > seen]
        own = len(after) == 1 and (after[0].stage == stage if stage else bool(after[0].undoes))
        if own and await StageMove.exists(id=after[0].id, moved_by_id=person_id):
            raise DoneAlreadyError
        theirs = StageMove.filter(id__in=[m.id for m in after], moved_by_id=person_id)
        raise OwnMoveError if after and await theirs.count() == len(after) else OvertakenError
    return moves


async def follow_status(unit: Unit, *, met: bool, now: datetime) -> StageMove | None:
    """Move a village to self-assessment when its own figures meet all, and back when they no longer do.

    Nothing is moved that people have moved further; what the program did not do it does not undo.
    """
    steps = steps_of(unit.pack, unit.area.level)
    order = [s.id for s in steps]
    own = next((s.id for s in steps if s.from_status), None)
    if own is None:
        return None
    async with in_transaction():
        held = standing(await _locked(unit))
        stage = held[-1].stage if held else ""
        if met and (not stage or (stage in order and order.index(stage) < order.index(own))):
            made = await StageMove.create(
                plan=unit.pack.id,
                area_id=unit.area.id,
                criteria_set=unit.criteria_set,
                stage=own,
                at=now,
            )
            await _noted("stage.moved", unit, made, None, now)
            return made
        if not met and held and stage == own and held[-1].automatic:
            return await _take_back(unit, held, None, "", now)
    return None


async def _take_back(
    unit: Unit, held: Sequence[Move], person_id: int | None, note: str, now: datetime
) -> StageMove:
    async with in_transaction():
        made = await StageMove.create(
            plan=unit.pack.id,
            area_id=unit.area.id,
            criteria_set=unit.criteria_set,
            stage=held[-2].stage if len(held) > 1 else "",
            moved_by_id=person_id,
            at=now,
            note=note,
            undoes_id=held[-1].id,
        )
        await _noted("stage.undone", unit, made, person_id, now)
    return made


async def _noted(
    action: str, unit: Unit, made: StageMove, person_id: int | None, now: datetime
) -> None:
    await audit.record(
        action,
        by=person_id,
        subject=f"area:{unit.area.code}",
        at=now,
        details={"move": made.id, "stage": made.stage, "set": made.criteria_set},
    )
