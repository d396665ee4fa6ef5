"""The shape of a plan pack. Everything that differs between offices and years is here as data.

A pack is a folder of YAML files; `backend.plans.load` merges them (and the pack it extends) and
validates them against `Pack`. A value that no source states is null, and the program says so.
`Sourced` values carry where they come from: a seed's line, a decision, or the office itself.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Strict(BaseModel):
    """Unknown keys are mistakes and are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a value comes from: `line` of the document `doc`, and the words that say it."""

    doc: str
    line: int | None = None
    quote: str = ""


class Number(Strict):
    """A number that a source states, or null when none does."""

    value: Decimal | None = None
    source: Source | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Document(Strict):
    """A source document; `file` is its text in the pack, when the pack carries it."""

    title: str
    issuer: str = ""
    dated: str = ""
    file: str = ""


class AreaSpec(Strict):
    """One unit. `names` are further spellings that people and documents use.

    `target_year` is the year by whose end the plan wants the unit recognised.
    """

    code: Code
    level: Literal["province", "district", "commune", "village"]
    name: str
    parent: Code | None = None
    names: list[str] = []
    households: Number = Number()
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: list[Code] = []
    source: Source | None = None
    info: dict[str, str] = {}
    target_year: int | None = None


class Compare(StrEnum):
    """How an indicator's value meets its threshold."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUALS = "equals"


class Owner(Strict):
    """Who answers for an indicator, and for which part of it."""

    name: str
    scope: str = ""
    source: Source | None = None


class Indicator(Strict):
    """One indicator, keyed by (criteria set, code).

    `numerator` and `denominator` are sums of question names of one questionnaire, e.g.
    ["collected", "self_treated"]; without a denominator the value is the count itself.
    With a denominator the threshold is in percent.
    """

    code: Code
    name: str
    criterion: Code
    questionnaire: Code
    numerator: list[str]
    denominator: list[str] = []
    compare: Compare = Compare.AT_LEAST
    threshold: Number = Number()
    reference: Number = Number()
    """A line to show beside the value (an estimate of the source); never a threshold."""
    reference_label: str = ""
    informative: bool = False
    """Shown, but no part of the criterion's status."""
    estimate_label: str = ""
    """Shown beside the value when it only estimates the official one."""
    owners: list[Owner] = []
    photo: list[str] = []
    """Image questions whose photos are this indicator's evidence."""


class Criterion(Strict):
    """A criterion, met only when all its indicators that are not informative are met."""

    code: Code
    name: str
    source: Source | None = None


class CriteriaSet(Strict):
    """A set of criteria with its decision and validity.

    `working` marks a set that this product made from the questionnaires, so that answers can be
    counted before the office has entered an official one. It is nobody's decision.
    """

    id: Code
    name: str
    level: Literal["district", "commune", "village"]
    criteria: list[Criterion]
    indicators: list[Indicator] = []
    source: Source | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    working: bool = False


class Cadence(StrEnum):
    """How often something is due."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SIX_MONTH = "six_month"
    NINE_MONTH = "nine_month"
    ANNUAL = "annual"
    ONE_OFF = "one_off"
    AD_HOC = "ad_hoc"


class Obligation(Strict):
    """Something that somebody must report, periodically or once.

    `before_day` is exclusive: «trước ngày 13» means that the 12th is the last safe day. It is
    counted in the last month of the period. Null means that the source names no day.
    """

    id: Code
    name: str
    cadence: Cadence
    before_day: int | None = Field(default=None, ge=1, le=31)
    before: date | None = None
    obliged: str = ""
    via: str = ""
    to: str = ""
    source: Source | None = None


class Survey(Strict):
    """A questionnaire that every village answers once a period."""

    questionnaire: Code
    period: Literal["monthly", "quarterly", "annual"] = "quarterly"
    obligation: Code | None = None
    """The obligation whose deadline, less `village_lead_days`, is the village's own."""


class Target(Strict):
    """What the plan strives for, by a year's end."""

    id: Code
    name: str
    year: int
    unit: str = ""
    at_least: Number = Number()
    at_most: Number = Number()
    baseline: Number = Number()
    baseline_label: str = ""
    estimate: Number = Number()
    estimate_label: str = ""
    areas: list[Code] = []
    """Units that the plan names for this target."""
    indicator_set: Code | None = None
    indicator: Code | None = None
    """With `indicator_set`, the indicator whose rolled-up value stands beside the target."""
    counts: Literal["", "villages"] = ""
    """"villages": the villages that assess themselves as meeting all stand beside the target."""
    note: str = ""
    """What the office should know of it, e.g. that a source contradicts itself."""
    source: Source | None = None


class Stage(Strict):
    """One step of the workflow: who does it and who decides."""

    id: Code
    name: str
    by: str = ""
    source: Source | None = None


class Reminding(Strict):
    """When people are reminded. These are the office's own settings, never a plan's."""

    village_lead_days: int | None = Field(default=None, ge=0, le=60)
    offsets: list[int] = [7, 3, 1, 0]
    at: time = time(7, 30)
    quiet_from: time = time(21, 0)
    quiet_to: time = time(6, 30)
    weekly_day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    weekly_at: time = time(7, 30)


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
    supervising_office: str = ""
    documents: dict[str, Document] = {}
    areas: list[AreaSpec]
    criteria_sets: list[CriteriaSet] = []
    obligations: list[Obligation] = []
    surveys: list[Survey] = []
    targets: list[Target] = []
    stages: list[Stage] = []
    reminding: Reminding = Reminding()
    keep_position: bool = False
    """Whether the position inside a photo is kept (a consent matter); default: dropped."""
