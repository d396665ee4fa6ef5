"""Stages in words: where a unit stands, since when, and how long it stood in each before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from backend.stages.steps import STANDARD
from backend.status.model import Progress, StageSpell, StageState, UnitStages
from conversations.text import N_
from locales import Catalog

MOST_UNITS = 8
_STANDARD = {step.id: step.name for step in STANDARD}


def stage_name(spell: StageSpell, catalog: Catalog) -> str:
    """Return the stage as the plan prints it; the standard ones in the reader's language."""
    return catalog.get(spell.name) if _STANDARD.get(spell.stage) == spell.name else spell.name


def stage_line(state: StageState, catalog: Catalog) -> str:
    """Return «Thẩm định, 12 ngày (từ 03/11/2026)», and that the plan allows less where it says so."""
    now = state.now
    line = catalog.get(
        N_("{stage}, {days} days (since {day})"),
        stage=stage_name(now, catalog),
        days=now.days,
        day=now.since,
    )
    if now.overdue and now.days_at_most is not None:
        over = catalog.get(N_("the plan allows {days} days"), days=now.days_at_most)
        line = f"{line}, {over}"
    return line


def unit_lines(unit: UnitStages, catalog: Catalog) -> list[str]:
    """Return where one unit stands: a line for each criteria set, then the stages before."""
    lines = []
    for state in unit.states:
        head = stage_line(state, catalog)
        if len(unit.states) > 1 and state.set_name:
            head = f"{state.set_name}: {head}"
        lines.append(catalog.get(N_("Stage: {stage}"), stage=head))
        lines += [
            catalog.get(
                N_("• before: {stage}, {days} days"), stage=stage_name(s, catalog), days=s.days
            )
            for s in state.spells[:-1]
        ]
    return lines


def stages_lines(progress: Progress, catalog: Catalog) -> list[str]:
    """Return where the communes stand, how many villages stand in each stage, and who is overdue."""
    if not progress.stages:
        return []
    lines = [catalog.get(N_("Stages:"))]
    others = [u for u in progress.stages if u.level != "village"]
    lines += [
        f"• {unit.name}: {stage_line(state, catalog)}"
        for unit in others[:MOST_UNITS]
        for state in unit.states
    ]
    counts: Counter[str] = Counter()
    for unit in progress.stages:
        if unit.level == "village":
            counts.update(stage_name(s.now, catalog) for s in unit.states)
    lines += [
        catalog.get(
            N_("• {stage}: {count} {unit}"), stage=name, count=count, unit=progress.unit_word
        )
        for name, count in counts.items()
    ]
    late = [u.name for u in progress.stages if any(s.now.overdue for s in u.states)]
    if late:
        names = ", ".join(late[:MOST_UNITS])
        lines.append(
            catalog.get(
                N_("Longer in a stage than the plan allows ({count}): {names}"),
                count=len(late),
                names=names,
            )
        )
    return lines


def of_unit(stages: Sequence[UnitStages], code: str) -> UnitStages | None:
    """Return the stages of one unit, None when nobody has moved it."""
    return next((u for u in stages if u.code == code), None)
