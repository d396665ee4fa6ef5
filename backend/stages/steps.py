"""Which stages a plan has for a unit, and how long a unit has stood in each. Pure.

Only people move a unit to appraisal or recognition. The program itself makes one move: to the
stage that the plan marks `from_status`, when the village's own figures meet everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from backend.people import Role
from backend.plans.schema import CriteriaSet, Pack, Stage
from backend.status.model import StageSpell, StageState
from conversations.text import N_

STANDARD: Final = (
    Stage(id="registration", name=N_("Registration")),
    Stage(id="self-assessment", name=N_("Self-assessment"), from_status=True),
    Stage(id="appraisal", name=N_("Appraisal")),
    Stage(id="recognition", name=N_("Recognition"), recognises=True),
)
"""For a plan that names no stage at all; only an admin moves a unit then."""


@dataclass(frozen=True, slots=True)
class Move:
    """One recorded move. `by` is who made it, "" the program; `undoes` is the move it takes back."""

    id: int
    criteria_set: str
    stage: str
    at: datetime
    by: str = ""
    note: str = ""
    undoes: int | None = None
    automatic: bool = False


def steps_of(pack: Pack, level: str) -> tuple[Stage, ...]:
    """Return the stages that units of a level go through, in the plan's order."""
    if not pack.stages:
        return STANDARD if level in pack.judges else ()
    return tuple(s for s in pack.stages if s.level in {None, level})


def sets_of(pack: Pack, level: str, on: date) -> tuple[CriteriaSet, ...]:
    """Return the criteria sets under which units of a level are recognised on a day.

    The product's own working sets are nobody's decision and count only while there is no other.
    """
    present = [
        s
        for s in pack.criteria_sets
        if s.level == level
        and (s.valid_from is None or s.valid_from <= on)
        and (s.valid_to is None or on <= s.valid_to)
    ]
    return tuple(s for s in present if not s.working) or tuple(present)


def mover_roles(step: Stage) -> frozenset[Role]:
    """Return who may move a unit to a stage besides an admin."""
    return frozenset(Role(role) for role in step.by_roles or ())


def movers(step: Stage | None) -> frozenset[Role]:
    """Return who may move a unit to a stage, an admin included; only an admin for an unknown one."""
    return (mover_roles(step) if step else frozenset()) | {Role.ADMIN}


def standing(moves: Iterable[Move]) -> list[Move]:
    """Return the moves that hold, oldest first: those taken back are left out with what did so."""
    rows = list(moves)
    gone = {m.undoes for m in rows if m.undoes is not None}
    return [m for m in rows if m.undoes is None and m.id not in gone]


def state_of(
    pack: Pack, criteria_set: str, moves: Sequence[Move], now: datetime
) -> StageState | None:
    """Return where a unit stands under one set and how long it stood in each stage before.

    `now` is in the office's zone, and so are the days; None when nobody has moved it anywhere.
    """
    held = standing(m for m in moves if m.criteria_set == criteria_set)
    if not held:
        return None
    steps = {s.id: s for s in (*STANDARD, *pack.stages)}
    ends = [m.at.astimezone(now.tzinfo).date() for m in held[1:]]
    spells = tuple(
        _spell(move, steps, end, now) for move, end in zip(held, [*ends, None], strict=True)
    )
    last = spells[-1]
    named = next((s.name for s in pack.criteria_sets if s.id == criteria_set), "")
    return StageState(criteria_set, named, last, spells)


def _spell(move: Move, steps: dict[str, Stage], end: date | None, now: datetime) -> StageSpell:
    step = steps.get(move.stage)
    since = move.at.astimezone(now.tzinfo).date()
    days = ((end or now.date()) - since).days
    limit = step.days_at_most.value if step else None
    return StageSpell(
        stage=move.stage,
        name=step.name if step else move.stage,
        since=since,
        until=end,
        days=days,
        days_at_most=None if limit is None else int(limit),
        by=move.by,
        note=move.note,
        recognises=bool(step and step.recognises),
    )


def recognised_units(pack: Pack, moves: dict[str, Sequence[Move]], now: datetime) -> set[str]:
    """Return the units (area codes) that a stage which recognises has been reached by, and hold it.

    What the plan itself says of units recognised before is added to them.
    """
    found = {a.code for a in pack.areas if a.recognised}
    for code, rows in moves.items():
        for criteria_set in {m.criteria_set for m in rows}:
            state = state_of(pack, criteria_set, rows, now)
            if state is not None and state.now.recognises:
                found.add(code)
    return found
