"""How answers become đạt or chưa đạt. Pure arithmetic; nothing is rounded before it is compared.

The rules, from domain.md 5.1 and design.md 4:

- a missing or unknown answer gives insufficient_data, never not_met;
- nobody to count (a denominator of 0) gives not_applicable;
- no threshold in force gives no_threshold, whatever the answers say;
- 100 * numerator is compared with threshold * denominator, in Decimal;
- a plan may say that what is met counts only once its photos are approved: until then it is
  insufficient_data, never not_met; a further photo of a question that has an approved one takes
  nothing away while it waits (`proven`);
- a criterion is met only if all its indicators are; a village only if all its criteria are;
- a roll-up sums numerators and denominators over the villages that reported, and has a status
  of its own only when all of them did.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from backend.plans.schema import Compare, Indicator, Number
from backend.schedule.in_force import holds
from backend.status.model import Count, IndicatorResult, Proof, Status

PERCENT: Final = Decimal(100)
_WEIGHT: Final = (
    Status.NOT_MET,
    Status.INSUFFICIENT_DATA,
    Status.NO_THRESHOLD,
    Status.MET,
)
"""What decides a whole, strongest first. A part that is not applicable decides nothing."""


_WEAKEST: Final = (Proof.REJECTED, Proof.WAITING, Proof.NONE, Proof.APPROVED)
"""What decides over several photos, or villages, strongest first."""


@dataclass(frozen=True, slots=True)
class Photos:
    """What is known of a submission's photos."""

    missing: Collection[str] = ()
    """Names of the questions that ask for a photo and have none."""
    states: Mapping[str, Collection[Proof]] = field(default_factory=dict)
    """Of each photo that came, by the paths of the questions (in a repeat several have one name)."""
    count_before: bool | None = None
    """What the plan says of photos that are not approved yet; None: nothing, no status changes."""


def weakest(proofs: Iterable[Proof]) -> Proof:
    """Return what holds for all of these together; of none, none."""
    found = set(proofs)
    return next((proof for proof in _WEAKEST if proof in found), Proof.NONE)


def combined(parts: Iterable[Status]) -> Status:
    """Return the status of what is met only when all its parts are."""
    found = set(parts)
    return next((status for status in _WEIGHT if status in found), Status.NOT_APPLICABLE)


def in_force(number: Number, day: date) -> Decimal | None:
    """Return a plan's number if it holds on this day, else None."""
    return number.value if holds(number, day) else None


def threshold_on(indicator: Indicator, day: date) -> Decimal | None:
    """Return the threshold that holds on a day: the office's own, else the plan's, else None."""
    for found in reversed(indicator.thresholds_set):
        if holds(found, day):
            return found.value
    return in_force(indicator.threshold, day)


def indicator_result(
    set_id: str,
    indicator: Indicator,
    counts: Mapping[str, Count] | None,
    *,
    on: date,
    photos: Photos | None = None,
) -> IndicatorResult:
    """Return one indicator of one village.

    `counts` are the questionnaire's answers by question name, None when it was not submitted;
    `on` is the day whose threshold holds.
    """
    given = counts or {}
    numerator, guess = _sum(given, indicator.numerator)
    denominator, guess_too = _sum(given, indicator.denominator)
    threshold = threshold_on(indicator, on)
    status = _status(indicator, numerator, denominator, threshold)
    rate = _rate(numerator, denominator)
    photos = photos or Photos()
    lacking = any(name in photos.missing for name in indicator.photo)
    proof = _proof(indicator, photos)
    held = (
        status is Status.MET
        and photos.count_before is False
        and (lacking or not all(proven(states) for states in _of(indicator, photos)))
    )
    return IndicatorResult(
        set_id=set_id,
        code=indicator.code,
        name=indicator.name,
        status=Status.INSUFFICIENT_DATA if held else status,
        numerator=numerator,
        denominator=denominator,
        rate=rate,
        threshold=threshold,
        missing=_missing(indicator.compare, numerator, denominator, threshold)
        if status is Status.NOT_MET
        else None,
        estimate=guess or guess_too,
        photo_missing=lacking,
        proof=proof,
        held=held,
        reported=0 if counts is None else 1,
        informative=indicator.informative,
        of_rate=bool(indicator.denominator),
    )


def rolled_up(indicator: Indicator, results: Sequence[IndicatorResult]) -> IndicatorResult:
    """Return one indicator over several villages; `results` are of that indicator, one a village.

    Rates are never averaged. A count has its threshold in each village, so that the whole is
    met when each is; its sum is shown. Raises ValueError for no villages.
    """
    if not results:
        raise ValueError("nothing to sum")
    first = results[0]
    known = [r for r in results if _known(indicator, r)]
    numerator = sum((r.numerator or Decimal(0) for r in known), Decimal(0)) if known else None
    denominator = (
        sum((r.denominator or Decimal(0) for r in known), Decimal(0))
        if known and indicator.denominator
        else None
    )
    if indicator.denominator:
        status = _status(indicator, numerator, denominator, first.threshold)
        missing = _missing(indicator.compare, numerator, denominator, first.threshold)
    else:
        status = combined(r.status for r in known) if known else Status.INSUFFICIENT_DATA
        missing = sum(r.missing or 0 for r in known) or None
    if len(known) < len(results) and status in {Status.MET, Status.NOT_MET, Status.NOT_APPLICABLE}:
        status = Status.INSUFFICIENT_DATA
    held = status is Status.MET and any(r.held for r in known)
    return IndicatorResult(
        set_id=first.set_id,
        code=first.code,
        name=first.name,
        status=Status.INSUFFICIENT_DATA if held else status,
        numerator=numerator,
        denominator=denominator,
        rate=_rate(numerator, denominator),
        threshold=first.threshold,
        missing=missing if status is Status.NOT_MET else None,
        estimate=any(r.estimate for r in known),
        photo_missing=any(r.photo_missing for r in results),
        proof=weakest(r.proof for r in results if r.reported and r.proof)
        if indicator.photo
        else None,
        held=held,
        reported=len(known),
        expected=len(results),
        informative=first.informative,
        of_rate=first.of_rate,
    )


def proven(states: Collection[Proof]) -> bool:
    """Say whether the photos of one question are evidence enough for a plan that waits for approval.

    The plan asks for approved evidence, and one approved photo of the question is that. Whoever adds
    a further one has taken nothing away: were the village unmet until somebody looks at it, a head
    would be worse off for helping, and nothing of what was found true has changed. The flag beside
    the value still says that a photo waits. One that was handed back is another matter: there
    somebody of the office has looked, and has asked for it anew; until it comes (or the decision is
    undone) the question is open.
    """
    return Proof.REJECTED not in states and (
        Proof.APPROVED in states or Proof.WAITING not in states
    )


def _proof(indicator: Indicator, photos: Photos) -> Proof | None:
    if not indicator.photo:
        return None
    return weakest(proof for states in _of(indicator, photos) for proof in states)


def _of(indicator: Indicator, photos: Photos) -> list[Collection[Proof]]:
    """Return what is known of the photos of each question that is the indicator's evidence."""
    named = {*indicator.photo}
    return [s for path, s in photos.states.items() if path.rpartition("/")[2] in named]


def _sum(counts: Mapping[str, Count], names: Sequence[str]) -> tuple[Decimal | None, bool]:
    """Return the sum of these answers and whether one is an estimate; None if one is unknown."""
    if not names:
        return None, False
    total, guess = Decimal(0), False
    for name in names:
        count = counts.get(name)
        if count is None or count.number is None:
            return None, False
        total += count.number
        guess = guess or count.estimate
    return total, guess


def _known(indicator: Indicator, result: IndicatorResult) -> bool:
    return result.numerator is not None and not (
        indicator.denominator and result.denominator is None
    )


def _status(
    indicator: Indicator,
    numerator: Decimal | None,
    denominator: Decimal | None,
    threshold: Decimal | None,
) -> Status:
    if indicator.denominator and denominator == 0:
        return Status.NOT_APPLICABLE
    if numerator is None or (indicator.denominator and denominator is None):
        return Status.INSUFFICIENT_DATA
    if threshold is None:
        return Status.NO_THRESHOLD
    left = numerator if denominator is None else PERCENT * numerator
    right = threshold if denominator is None else threshold * denominator
    met = {
        Compare.AT_LEAST: left >= right,
        Compare.AT_MOST: left <= right,
        Compare.EQUALS: left == right,
    }[indicator.compare]
    return Status.MET if met else Status.NOT_MET


def _rate(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    if numerator is None or not denominator:
        return None
    return PERCENT * numerator / denominator


def _missing(
    compare: Compare,
    numerator: Decimal | None,
    denominator: Decimal | None,
    threshold: Decimal | None,
) -> int | None:
    """Return how many more, or how many too many; None where one number cannot say it."""
    if numerator is None or threshold is None:
        return None
    line = threshold if denominator is None else threshold * denominator / PERCENT
    if compare is Compare.AT_LEAST:
        return math.ceil(line) - math.floor(numerator)
    if compare is Compare.AT_MOST:
        return math.ceil(numerator) - math.floor(line)
    return None
