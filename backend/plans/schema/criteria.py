"""Criteria and indicators: what is measured, against what, and who answers for it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from backend.plans.schema.basics import Code, Number, Source, Strict
from backend.plans.schema.units import Tier


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
