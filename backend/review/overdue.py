"""Photos and answers handed back that have not come again for longer than the office waits.

The office waits `Reminding.escalate_days`: as long as for anything else before others hear of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from backend.lists import numbers
from backend.models import AnswerReview, Evidence, Review
from backend.plans.schema import Pack
from backend.review.history import Decision, State, reviews_of, standing

Thing = tuple[int, str, str]
"""An area's id, a questionnaire and a period."""


async def overdue_returns(
    area_ids: Sequence[int], periods: Collection[str], pack: Pack, now: datetime
) -> set[Thing]:
    """Return of which submissions a photo or an answer was handed back so long ago. Reads only."""
    before = now - timedelta(days=pack.reminding.escalate_days)
    rows = await Evidence.filter(
        area_id__in=numbers(area_ids),
        period__in=sorted(periods),
        review=State.REJECTED,
        dropped_at=None,
        submission__current_key__isnull=False,
        submission__plan=pack.id,
    )
    found = {
        (int(area), str(questionnaire), str(period))
        for area, questionnaire, period in await AnswerReview.filter(
            open=True,
            at__lt=before,
            submission__area_id__in=numbers(area_ids),
            submission__period__in=sorted(periods),
            submission__plan=pack.id,
        ).values_list("submission__area_id", "submission__questionnaire", "submission__period")
    }
    since = await _handed_back_at(rows)
    for row in rows:
        if since.get(row.id, now) < before:
            found.add((row.area_id, row.questionnaire, row.period))  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return found


async def overdue_days(photos: Sequence[Evidence], pack: Pack, now: datetime) -> Mapping[int, int]:
    """Return of the overdue ones of these photos how many days ago they were handed back, by id."""
    rejected = [photo for photo in photos if photo.review == State.REJECTED]
    since = await _handed_back_at(rejected)
    return {n: days for n, at in since.items() if (days := days_overdue(at, pack, now))}


def days_overdue(since: datetime, pack: Pack, now: datetime) -> int:
    """Return how many days ago something was handed back, 0 while the office still waits for it."""
    waited = now - since
    return max(1, waited.days) if waited > timedelta(days=pack.reminding.escalate_days) else 0


async def _handed_back_at(rows: Sequence[Evidence]) -> dict[int, datetime]:
    """Return when each of these photos was handed back, as it holds now, by id."""
    if not rows:
        return {}
    decided = {
        (int(evidence), int(number)): at
        for evidence, number, at in await Review.filter(
            evidence_id__in=numbers({i for r in rows for i in (r.id, r.copied_from) if i}),
            decision=Decision.REJECTED,
        ).values_list("evidence_id", "number", "at")
    }
    found = {}
    for row in rows:
        at = decided.get((row.id, row.review_number))
        if at is None and row.copied_from:
            at = decided.get((row.copied_from, row.review_number))
        if at is None:  # undone meanwhile, or copied more than once: what stands is looked up
            held = standing(await reviews_of(row))
            at = held[-1].at if held else None
        if at is not None:
            found[row.id] = at
    return found
