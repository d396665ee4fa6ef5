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
    """Where a value comes from: `line` of the document `doc`, and the words that say it.

    Words that run over several lines, such as a table's row, stand in `line` to `to_line`.
    """

    doc: str
    line: int | None = None
    to_line: int | None = None
    quote: str = ""


class Number(Strict):
    """A number that a source states, or null when none does."""

    value: Decimal | None = None
    source: Source | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Cadence(StrEnum):
    """How often something is due."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SIX_MONTH = "six_month"
    NINE_MONTH = "nine_month"
    ANNUAL = "annual"
    ONE_OFF = "one_off"
    AD_HOC = "ad_hoc"
    UNSTATED = "unstated"
    """Again and again («thường xuyên»), and the source does not say how often."""


class DaySet(Strict):
    """A report's day as the office has set it: for periods whose last day it is valid on.

    A `before` that is null with `before_day` null is «no day».
    """

    before_day: int | None = Field(default=None, ge=1, le=31)
    before: date | None = None
    cadence: Cadence | None = None
    """How often, where the plan does not say it."""
    valid_from: date | None = None
    valid_to: date | None = None


class Document(Strict):
    """A source document; `file` is its text in the pack, when the pack carries it."""

    title: str
    issuer: str = ""
    dated: str = ""
    file: str = ""


class FormerParent(Strict):
    """What a unit lay in until the end of a day."""

    parent: Code
    valid_to: date


Tier = Literal["", "ntm", "advanced", "model"]
"""How far a unit is recognised: đạt chuẩn, nâng cao, kiểu mẫu; "" where the source says nothing."""


class Recognition(Strict):
    """A recognition that the plan says a unit has, under one criteria set (null: it says none).

    Recognised under one set is not recognised under the next one.
    """

    criteria_set: Code | None = None
    tier: Tier = ""
    year: int | None = None
    source: Source | None = None


class AreaSpec(Strict):
    """One unit. `name` is the official spelling, `names` are others that people and documents use.

    `source` is where the plan names it, as printed; `name_source` is where the official spelling
    stands when the plan prints another. `target_year` is the year by whose end the plan wants
    the unit recognised. `communes_stated` and `villages_stated` are how many the plan says there
    are, which may be more than it names.
    """

    code: Code
    level: Literal["province", "district", "commune", "village"]
    name: str
    parent: Code | None = None
    names: list[str] = []
    name_source: Source | None = None
    communes_stated: Number = Number()
    villages_stated: Number = Number()
    recognised: list[Recognition] = []
    households: Number = Number()
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: list[Code] = []
    former_parents: list[FormerParent] = []
    """What it lay in before; `parent` is what it lies in since the day after the last of these."""
    source: Source | None = None
    info: dict[str, str] = {}
    target_year: int | None = None


class Compare(StrEnum):
    """How an indicator's value meets its threshold."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUALS = "equals"


class Owner(Strict):
    """Who answers for something, and for which part of it.

    `cooperating` are named as helping, `reports_to` hear of it besides the usual way.
    """

    name: str
    scope: str = ""
    cooperating: list[str] = []
    reports_to: list[str] = []
    source: Source | None = None


class Consolidation(Strict):
    """The second step of a report: `lead` puts a criterion together and sends it on.

    It does so once all owners of its indicators have reported (`backend.plans.consolidation`).
    """

    lead: str
    to: str = ""
    source: Source | None = None


class IndicatorKey(Strict):
    """An indicator of any set: 17.6 of one set is not 17.6 of another."""

    criteria_set: Code
    code: Code


def printed_code(code: str) -> str:
    """Return an indicator's code as papers print it: «17.8» of "17.8-nha-tieu"."""
    head, dash, _ = code.partition("-")
    return head if dash and head.replace(".", "").isdecimal() else code


class EvidenceRule(Strict):
    """What a plan says of photos that nobody has approved yet; null: it says nothing."""

    counts_before_approval: bool | None = None
    """False: what is met counts only once its photos are approved."""
    source: Source | None = None


class Indicator(Strict):
    """One indicator, keyed by (criteria set, code).

    Without a `questionnaire` no answer counts it: the plan names it and who answers for it.
    `numerator` and `denominator` are sums of question names of one questionnaire, e.g.
    ["collected", "self_treated"]; without a denominator the value is the count itself.
    With a denominator the threshold is in percent.
    """

    code: Code
    name: str
    criterion: Code
    questionnaire: Code | Literal[""] = ""
    numerator: list[str] = []
    denominator: list[str] = []
    compare: Compare = Compare.AT_LEAST
    threshold: Number = Number()
    thresholds_set: list[Number] = Field(default=[], max_length=0, exclude=True)
    """Laid over by `backend.office_settings`, never written in a pack: what the office has set,
    oldest first; the last that is valid on a day goes before `threshold`."""
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
    evidence: EvidenceRule = EvidenceRule()
    """Goes before the plan's own `Pack.evidence`."""
    official: IndicatorKey | None = None
    """The official indicator that this one of a working set helps to estimate; its owners are theirs."""

    @property
    def printed(self) -> str:
        """Return the code as papers print it: a suffix that only keeps two apart is left out."""
        return printed_code(self.code)


class Criterion(Strict):
    """A criterion, met only when all its indicators that are not informative are met.

    `owners` answer for it as a whole; otherwise those of its indicators do.
    """

    code: Code
    name: str
    owners: list[Owner] = []
    consolidation: Consolidation | None = None
    source: Source | None = None


class Decision(Strict):
    """A decision that issued a criteria set, or amended it."""

    number: str
    issuer: str = ""
    dated: date | None = None
    amends: bool = False
    source: Source | None = None


class CriteriaSet(Strict):
    """A set of criteria with its decisions and validity, e.g. for the years 2021 to 2025.

    `criteria_stated` is how many criteria the plan says it has, listed here or not. A set that
    `replaces` another one is another set: nothing of the old one counts in it.

    `working` marks a set that this product made from the questionnaires, so that answers can be
    counted before the office has entered an official one. It is nobody's decision.
    """

    id: Code
    name: str
    level: Literal["district", "commune", "village"]
    tier: Tier = ""
    decisions: list[Decision] = []
    replaces: Code | None = None
    criteria_stated: Number = Number()
    criteria: list[Criterion]
    indicators: list[Indicator] = []
    source: Source | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    working: bool = False


class Obligation(Strict):
    """Something that somebody must report, periodically or once.

    `before_day` is exclusive: «trước ngày 13» means that the 12th is the last safe day. It is
    counted in the last month of the period. Null means that the source names no day; an ad-hoc
    report gets its day from the officer who asks for it.
    """

    id: Code
    name: str
    cadence: Cadence
    before_day: int | None = Field(default=None, ge=1, le=31)
    before: date | None = None
    obliged: str = ""
    via: str = ""
    to: str = ""
    obliged_roles: list[Literal["department_officer", "commune_officer"]] = []
    """Whose roles `obliged` means, for notices; empty: the departments alone."""
    email: str = ""
    """Where the file goes besides, as printed."""
    note: str = ""
    source: Source | None = None
    days_set: list[DaySet] = Field(default=[], max_length=0, exclude=True)
    """Like `Indicator.thresholds_set`, for the day."""


class Survey(Strict):
    """A questionnaire that every village answers once a period."""

    questionnaire: Code
    period: Literal["monthly", "quarterly", "annual"] = "quarterly"
    obligation: Code | None = None
    """The obligation whose deadline, less `village_lead_days`, is the village's own."""


class TargetKind(StrEnum):
    """What a target's numbers mean."""

    COUNT = "count"
    """So many units; `of` is how many there are."""
    SHARE = "share"
    """Percent."""
    AVERAGE = "average"
    RANGE = "range"
    """From `at_least` to `at_most`, both the plan's own («02-03 xã»)."""
    FLOOR = "floor"
    """No unit of the level `each` below `at_least` («không còn xã đạt dưới 7 tiêu chí»)."""
    EXISTS = "exists"
    """Every recognised unit of the level `each` has `at_least` recognised ones of the level `has`."""
    KEEP = "keep"
    """What was met stays met («không để tụt tiêu chí»)."""
    RECOGNISED = "recognised"
    """The units in `areas` are to be recognised."""
    DONE = "done"
    """Something to have done by then; no number says when it is enough."""


Level = Literal["province", "district", "commune", "village"]


class Target(Strict):
    """What the plan strives for, by a year's end.

    Two numbers for one thing, from two papers or as a count and as a share, are two targets that
    name one another in `beside`; neither is worked out from the other.
    """

    id: Code
    name: str
    year: int
    kind: TargetKind = TargetKind.COUNT
    of: Number = Number()
    more_than: bool = False
    """«trên 65%»: `at_least` itself is not enough."""
    measure: Literal["", "cumulative", "added", "per_year"] = ""
    """Of all so far («lũy kế»), newly in the year («có thêm»), or a change in each year."""
    standing: Literal["", "assigned", "striven"] = ""
    """Assigned from above («giao»), or what the plan itself strives for («phấn đấu»)."""
    beside: Code | None = None
    tier: Tier = ""
    criteria_set: Code | None = None
    """The set whose criteria are meant."""
    each: Level | None = None
    has: Level | None = None
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
    """One step of the workflow: who does it, and how many days it may take (null: not stated)."""

    id: Code
    name: str
    by: str = ""
    level: Level | None = None
    """The units that go through it; null where the source does not tell them apart."""
    by_roles: list[Literal["commune_officer", "department_officer", "district_officer"]] | None = (
        None
    )
    """Whose roles `by` means, for who may move a unit here; null: only an admin."""
    from_status: bool = False
    """The program moves a village here when the village's own figures meet everything."""
    recognises: bool = False
    """Whoever has come here is recognised under the criteria set."""
    days_at_most: Number = Number()
    source: Source | None = None


class Sponsor(Strict):
    """Who helps one unit and gets its summary («Sở, ngành phụ trách hỗ trợ»)."""

    area: Code
    by: list[Owner] = Field(min_length=1)


class Inspection(Strict):
    """One row of an inspection calendar: who looks at what, where, from when to when.

    `when` is the time as printed («Quý III và Quý IV/2022»), `begin` and `end` are its days.
    """

    id: Code
    name: str
    areas: list[Code] = []
    when: str = ""
    begin: date | None = None
    end: date | None = None
    lead: str = ""
    cooperating: list[str] = []
    note: str = ""
    source: Source | None = None


class Activity(Strict):
    """Something that villages do, besides criteria: once a month, or until a day.

    `questionnaire` with `question` says which answer counts it, `photo` which image shows it;
    `at_least` is how many times or how much in each `every`.
    """

    id: Code
    name: str
    every: Cadence | None = None
    """Null: the source names no frequency."""
    at_least: Number = Number()
    until: date | None = None
    by: str = ""
    questionnaire: Code | Literal[""] = ""
    question: str = ""
    photo: str = ""
    note: str = ""
    source: Source | None = None


class Task(Strict):
    """One task of one village for one criterion in one month or quarter ("2024-05", "2024-Q2")."""

    id: Code
    name: str
    area: Code
    criterion: Code
    period: str
    by: str = ""
    source: Source | None = None


class TaskPlan(Strict):
    """The duty to list tasks per village, criterion and month or quarter, and the list itself.

    `tasks` is null while nobody has listed any.
    """

    id: Code
    name: str
    criteria_set: Code
    periods: list[Literal["monthly", "quarterly"]] = ["monthly"]
    by: str = ""
    tasks: list[Task] | None = None
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
    on_day_off: Literal["earlier", "none"] = "earlier"
    """What becomes of a last day on a weekend or public holiday: the working day before it, or
    nothing. No plan says it; later is never chosen."""
    escalate_days: int = Field(default=2, ge=0, le=60)
    """How many days after the commune the supervising office hears who is late."""
    report_offsets: list[int] = [7, 1]
    """How many days before a report's last day its owners hear of it."""
    activity_day: int | None = Field(default=25, ge=1, le=28)
    """On which day of a month villages that showed no photo of a monthly activity are reminded
    of it; null: never. The plan says only «1 lần/tháng»."""
    leads_set: list[Number] = Field(default=[], max_length=0, exclude=True)
    """Like `Indicator.thresholds_set`, for `village_lead_days`."""
    days_off: list[date] = Field(default=[], max_length=0, exclude=True)
    """Further days on which the office rests; laid over like the others."""
    working_days: list[date] = Field(default=[], max_length=0, exclude=True)
    """Days off on which the office works all the same («làm bù»)."""


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
    evidence: EvidenceRule = EvidenceRule()
    """For every indicator that says nothing itself."""
    keep_position: bool = False
    """Whether the position inside a photo is kept (a consent matter); default: dropped."""
