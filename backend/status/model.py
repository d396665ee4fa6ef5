"""The shapes of status and progress. Made by `backend.status`, shown by `backend.reports`.

Everything here is a plain value: no database, no text in any language but names from the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from backend.goals.shapes import Goals
from backend.plans.schema import printed_code


class Status(StrEnum):
    """What is known of an indicator or criterion. Missing is never not_met (domain.md 5.1)."""

    MET = "met"
    NOT_MET = "not_met"
    INSUFFICIENT_DATA = "insufficient_data"
    NO_THRESHOLD = "no_threshold"
    NOT_APPLICABLE = "not_applicable"


class Proof(StrEnum):
    """What is known of an indicator's photos. It stands beside the status and is no status."""

    NONE = "none"
    """No photo has come."""
    WAITING = "waiting"
    """A photo waits to be looked at."""
    REJECTED = "rejected"
    """A photo was handed back and has not come again."""
    APPROVED = "approved"
    """All photos that came are approved."""


@dataclass(frozen=True, slots=True)
class Count:
    """One recorded answer that an indicator may use; unknown is None."""

    number: Decimal | None
    estimate: bool = False


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """An indicator in one area and period. `rate` is unrounded, in percent, None without one."""

    set_id: str
    code: str
    name: str
    status: Status
    numerator: Decimal | None
    denominator: Decimal | None
    rate: Decimal | None
    threshold: Decimal | None
    missing: int | None
    """How many more (households) reach the threshold; None when met or not countable."""
    estimate: bool = False
    photo_missing: bool = False
    proof: Proof | None = None
    """Of its photos; None for an indicator without any. Of a roll-up the weakest that was reported."""
    held: bool = False
    """The numbers say met, but the plan counts it only once its photos are approved."""
    reported: int = 1
    expected: int = 1
    """Villages that reported and that were expected, for a roll-up."""
    informative: bool = False
    of_rate: bool = False
    """Whether the threshold is in percent, also while there is no rate yet."""

    @property
    def printed(self) -> str:
        """The code as papers print it: «17.8» of "17.8-nha-tieu"."""
        return printed_code(self.code)


@dataclass(frozen=True, slots=True)
class SurveyState:
    """One questionnaire of one village: submitted, begun, or not begun."""

    questionnaire: str
    title: str
    period: str
    submitted_at: datetime | None
    begun: bool
    missing_photos: tuple[str, ...] = ()
    proof: Proof = Proof.NONE
    """Of all its photos together."""
    due: date | None = None
    """The village's own last day, None when the office has set none."""
    late: bool = False
    entered_by: str = ""
    """The officer who keyed it in for the village, "" when the village sent it itself."""


@dataclass(frozen=True, slots=True)
class StageSpell:
    """How long a unit stood in one stage; days of the office's calendar."""

    stage: str
    name: str
    since: date
    until: date | None
    """None: it stands there now."""
    days: int
    days_at_most: int | None = None
    """What the plan allows, None when it states nothing."""
    by: str = ""
    """Who moved it there, "" for the program."""
    note: str = ""
    recognises: bool = False

    @property
    def overdue(self) -> bool:
        """Whether it stands there longer than the plan allows."""
        return (
            self.until is None and self.days_at_most is not None and self.days > self.days_at_most
        )


@dataclass(frozen=True, slots=True)
class StageState:
    """Where a unit stands on its way to recognition under one criteria set."""

    set_id: str
    set_name: str
    now: StageSpell
    spells: tuple[StageSpell, ...]
    """All of them, oldest first, the present one included."""


@dataclass(frozen=True, slots=True)
class UnitStages:
    """The stages of one unit, whatever its level."""

    code: str
    name: str
    level: str
    states: tuple[StageState, ...]


@dataclass(frozen=True, slots=True)
class VillageProgress:
    """One village."""

    code: str
    name: str
    commune: str
    surveys: tuple[SurveyState, ...]
    indicators: tuple[IndicatorResult, ...]
    self_assessed: Status
    """All criteria that the plan counts, as the village's own answers have them; never «công nhận»."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Everything due on one day, merged (domain.md 1.2c). `last_day` is the last safe day."""

    last_day: date | None
    names: tuple[str, ...]
    obliged: str
    via: str
    to: str
    period: str
    """Names of the periods reported on, joined by ", " when the merged ones differ."""
    parts: tuple[tuple[str, str], ...] = ()
    """(obligation id, period) of everything merged here."""
    plan_day: date | None = None
    """The last safe day by the plan's own words when `last_day` was moved before a day off."""


@dataclass(frozen=True, slots=True)
class TargetState:
    """A target beside what is known of it."""

    id: str
    name: str
    year: int
    unit: str
    at_least: Decimal | None
    at_most: Decimal | None
    baseline: Decimal | None
    baseline_label: str
    estimate: Decimal | None
    estimate_label: str
    self_assessed: Decimal | None
    """What the villages' own answers give; shown apart from what is recognised."""
    remaining: Decimal | None
    source_line: str
    kind: str = "count"
    """`backend.plans.schema.TargetKind`: some kinds have no number and lack none."""
    of: Decimal | None = None
    """How many there are in all, when the source says."""
    more_than: bool = False
    """`at_least` itself is not enough («trên 65%»)."""
    of_rate: bool = False
    """Whether `self_assessed` is an indicator's rate, unrounded, in percent."""
    estimated: bool = False
    """Whether an estimate is among the answers that `self_assessed` comes from."""
    reported: int = 0
    expected: int = 0
    """Villages that reported the indicator and that were expected; 0 for what is no indicator."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What `/tiendo` is made of, for one area."""

    area_code: str
    area_name: str
    area_level: str
    plan_id: str
    plan_name: str
    sample: bool
    historical: bool
    unit_word: str
    period: str
    at: datetime
    expected: int
    """Surveys expected: villages × questionnaires."""
    submitted: int
    villages: tuple[VillageProgress, ...]
    communes: tuple[tuple[str, str, int, int], ...]
    """(code, name, submitted, expected) of the communes below."""
    indicators: tuple[IndicatorResult, ...]
    """Rolled up: numerators and denominators summed over villages that reported."""
    late: tuple[tuple[str, str], ...]
    """(village code, village name) with a survey past its day."""
    deadlines: tuple[Deadline, ...]
    targets: tuple[TargetState, ...]
    villages_stated: int | None = None
    """How many villages the plan says the area has, which may be more than it names."""
    stages: tuple[UnitStages, ...] = ()
    """Of the area itself and of the communes and villages below it, as far as anybody moved them."""
    goals: Goals | None = None
    """What the plan's rules come to, None for a part of the plan's area or a plan without any."""
    plan_year: int = 0
    """`Pack.year`, for «kế hoạch năm 2022 (ví dụ)»; 0 when whoever made this did not say."""
    set_names: tuple[tuple[str, str], ...] = ()
    """(id, name) of the plan's criteria sets."""
