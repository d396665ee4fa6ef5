"""The shape of a plan pack. Everything that differs between offices and years is here as data.

A pack is a folder of YAML files; `backend.plans.load` merges them (and the pack it extends) and
validates them against `Pack`. A value that no source states is null, and the program says so.
`Sourced` values carry where they come from: a seed's line, a decision, or the office itself.

One module a subject; everybody imports from here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backend.plans.schema.basics import (
    Cadence,
    Code,
    Document,
    Level,
    Number,
    Source,
    Strict,
)
from backend.plans.schema.criteria import (
    Compare,
    Consolidation,
    CriteriaSet,
    Criterion,
    Decision,
    EvidenceRule,
    Indicator,
    IndicatorKey,
    Owner,
    printed_code,
)
from backend.plans.schema.duties import (
    Activity,
    DaySet,
    Inspection,
    Obligation,
    Sponsor,
    Stage,
    Survey,
    Task,
    TaskPlan,
)
from backend.plans.schema.keeping import Keeping
from backend.plans.schema.reminding import (
    Reminding,
)
from backend.plans.schema.targets import (
    Target,
    TargetKind,
)
from backend.plans.schema.units import (
    AreaSpec,
    FormerParent,
    Recognition,
    Tier,
)

__all__ = [
    "Activity",
    "AreaSpec",
    "Cadence",
    "Code",
    "Compare",
    "Consolidation",
    "CriteriaSet",
    "Criterion",
    "DaySet",
    "Decision",
    "Document",
    "EvidenceRule",
    "FormerParent",
    "Indicator",
    "IndicatorKey",
    "Inspection",
    "Keeping",
    "Level",
    "Number",
    "Obligation",
    "Owner",
    "Pack",
    "Recognition",
    "Reminding",
    "Source",
    "Sponsor",
    "Stage",
    "Strict",
    "Survey",
    "Target",
    "TargetKind",
    "Task",
    "TaskPlan",
    "Tier",
    "printed_code",
]


class Pack(Strict):
    """A whole plan."""

    id: Code
    name: str
    year: int
    extends: Code | None = None
    sample: bool = False
    """True for data made up for trying out; it is labelled so wherever it is shown."""
    historical: bool = False
    """True for a plan whose year is over; shown as an example, not as a present duty."""
    unit_word: str = "thôn"
    root: Code
    """Area the plan is for."""
    judges: list[Literal["district", "commune", "village"]] = ["village"]
    """Which units the plan judges. Where villages are none of them, their answers are summed."""
    supervising_office: str = ""
    documents: dict[str, Document] = {}
    areas: list[AreaSpec]
    criteria_sets: list[CriteriaSet] = []
    obligations: list[Obligation] = []
    surveys: list[Survey] = []
    targets: list[Target] = []
    stages: list[Stage] = []
    sponsors: list[Sponsor] = []
    inspections: list[Inspection] = []
    activities: list[Activity] = []
    task_plans: list[TaskPlan] = []
    reminding: Reminding = Reminding()
    reminding_in: dict[str, Reminding] = Field(default={}, max_length=0, exclude=True)
    """By a unit's code, where an office has set something for that unit: laid over, never a file's."""
    keeping: Keeping = Keeping()
    evidence: EvidenceRule = EvidenceRule()
    """For every indicator that says nothing itself."""
    keep_position: bool = False
    """Whether the position inside a photo is kept (a consent matter); default: dropped."""
