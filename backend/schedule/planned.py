"""What the plan itself sets down for a month: tasks, inspections and activities. Pure.

Nothing that the plan does not say: what has no day stands in every month, as not dated.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backend.plans.periods import period_days, period_of
from backend.plans.schema import Activity, Cadence, Inspection, Pack, Task


class Sort(StrEnum):
    """What it is."""

    TASK = "task"
    INSPECTION = "inspection"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing of a month. `begin` and `end` are its days, None where the plan sets none."""

    sort: Sort
    id: str
    name: str
    by: str
    when: str
    """The time as the plan prints it, or the task's period; "" where it says nothing."""
    begin: date | None
    end: date | None
    areas: tuple[str, ...]
    """Codes of the units that it names; () for all."""
    criterion: str = ""

    @property
    def dated(self) -> bool:
        """Whether the plan says when: a day, or how often."""
        return self.begin is not None or self.end is not None or bool(self.when)


def planned(pack: Pack, month: str, codes: Collection[str]) -> list[Planned]:
    """Return what the plan sets down for a month ("2026-11") in some units: tasks first.

    What names no unit is for all of them.
    """
    first, last = period_days(month)
    quarter = period_of(Cadence.QUARTERLY, first)
    here = frozenset(codes)
    tasks = [
        _task(task)
        for plan in pack.task_plans
        for task in plan.tasks or ()
        if task.period in {month, quarter} and task.area in here
    ]
    inspections = [
        _inspection(one, here)
        for one in pack.inspections
        if (not one.areas or here & set(one.areas))
        and (one.begin is None or one.begin <= last)
        and (one.end is None or first <= one.end)
    ]
    activities = [
        _activity(one) for one in pack.activities if one.until is None or first <= one.until
    ]
    return [*tasks, *inspections, *activities]


def unlisted(pack: Pack) -> list[str]:
    """Return the lists of tasks that the plan asks for and that nobody has written yet."""
    return [plan.name for plan in pack.task_plans if plan.tasks is None]


def _task(task: Task) -> Planned:
    begin, end = period_days(task.period)
    return Planned(
        Sort.TASK,
        task.id,
        task.name,
        task.by,
        task.period,
        begin,
        end,
        (task.area,),
        task.criterion,
    )


def _inspection(one: Inspection, here: frozenset[str]) -> Planned:
    areas = tuple(code for code in one.areas if code in here)
    return Planned(Sort.INSPECTION, one.id, one.name, one.lead, one.when, one.begin, one.end, areas)


def _activity(one: Activity) -> Planned:
    return Planned(Sort.ACTIVITY, one.id, one.name, one.by, one.every or "", None, one.until, ())
