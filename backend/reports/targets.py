"""Targets of a plan in words: what is wanted, and what the villages' own answers give."""

from __future__ import annotations

from decimal import Decimal

from backend.reports.numbers import shown_number, shown_rate
from backend.status.model import Progress, TargetState
from conversations.text import N_
from locales import Catalog

NUMBERLESS = frozenset({"keep", "recognised", "done"})
"""Kinds of targets that are names, not numbers."""


def targets_lines(progress: Progress, catalog: Catalog) -> list[str]:
    """Return one line a target under a heading, nothing when the plan names none."""
    if not progress.targets:
        return []
    lines = [catalog.get(N_("Targets (villages' own assessment, not yet recognition):"))]
    lines += ["• " + _target_line(t, progress.unit_word, catalog) for t in progress.targets]
    return lines


def _target_line(target: TargetState, unit_word: str, catalog: Catalog) -> str:
    unit = f" {target.unit}" if target.unit and target.unit != "%" else target.unit
    wanted = [
        shown_number(value, catalog)
        for value in dict.fromkeys((target.at_least, target.at_most))
        if value is not None
    ]
    goal = "–".join(wanted) + unit if wanted else catalog.get(N_("no number in the plan"))
    if wanted and target.of is not None:
        goal = f"{'–'.join(wanted)}/{shown_number(target.of, catalog)}{unit}"
    if wanted and target.more_than:
        goal = f"> {goal}"
    if not wanted and target.kind in NUMBERLESS:
        return f"{target.name} ({target.year})"
    parts = [catalog.get(N_("target {goal}"), goal=goal)]
    if target.baseline is not None:
        parts.append(
            f"{target.baseline_label} {shown_number(target.baseline, catalog)}{unit}".strip()
        )
    if target.estimate is not None:
        parts.append(
            f"{target.estimate_label} {shown_number(target.estimate, catalog)}{unit}".strip()
        )
    if target.self_assessed is not None:
        own = _own_assessment(target.self_assessed, target, unit_word, catalog)
        parts.append(catalog.get(N_("own assessment {value}"), value=own))
    if target.remaining and target.at_least is not None:
        parts.append(
            catalog.get(
                N_("{count} more to reach {goal}"),
                count=shown_number(target.remaining, catalog) + unit,
                goal=shown_number(target.at_least, catalog),
            )
        )
    return f"{target.name} ({target.year}): " + ", ".join(parts)


def _own_assessment(value: Decimal, target: TargetState, unit_word: str, catalog: Catalog) -> str:
    """Return what the villages' answers give: a rate as beside its indicator, of how many villages."""
    if not target.of_rate:
        unit = f" {target.unit}" if target.unit and target.unit != "%" else target.unit
        return shown_number(value, catalog) + unit
    shown = shown_rate(value, target.at_least or target.at_most, catalog)
    if target.estimated:
        shown = catalog.get(N_("about {value}"), value=shown)
    reported = catalog.get(
        N_("{done}/{all} {unit} reported"),
        done=target.reported,
        all=target.expected,
        unit=unit_word,
    )
    return f"{shown} ({reported})"
