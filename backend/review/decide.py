"""Deciding about a photo. Rows are only added; the photo's row is changed by compare-and-set.

Whoever decides says which decision they have seen last (`expected`, the photo's
`review_number`). Of two who decide at the same moment one is first, the other learns what was
decided, by whom and when, and nothing of theirs is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tortoise.transactions import in_transaction

from backend import audit
from backend.access import photo_to_review
from backend.models import Evidence, Review
from backend.plans.store import NoPlanError, active_pack
from backend.review.history import Decision, State, reviews_of, standing, state_after
from backend.review.reasons import REASONS, own_words
from backend.review.told import Told, tell
from backend.status.recorded import VIETNAM

__all__ = ["Decided", "Decision", "Overtaken", "State", "decide", "to_review"]


@dataclass(frozen=True, slots=True)
class Decided:
    """What holds now. `again`: it held already, so that no row was added (a press came twice)."""

    evidence_id: int
    state: State
    number: int
    """The photo's `review_number` now: what the next decision has to expect."""
    review: Review | None
    """The row of this decision; None when there was nothing to undo."""
    again: bool = False
    told: Told | None = None
    """What the people who sent it hear of that, and when; None where no row was added."""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else was first. `review` is the last decision, `by_name` who made it."""

    evidence_id: int
    state: State
    number: int
    review: Review
    by_name: str


async def to_review(by: int, evidence_id: int, now: datetime) -> Evidence | None:
    """Return a photo of a submission in force that the person may decide about.

    With its area, file and submission. None: not there, or not theirs to decide.
    """
    plan = await Evidence.get_or_none(id=evidence_id).values_list("submission__plan", flat=True)
    try:
        pack = await active_pack(str(plan), now.date()) if plan else None
    except NoPlanError:
        return None
    return await photo_to_review(by, evidence_id, pack) if pack else None


async def decide(  # noqa: PLR0913  (what is decided, on what knowledge, why and when)
    by: int,
    evidence_id: int,
    decision: Decision,
    *,
    expected: int,
    reason: str = "",
    words: str = "",
    now: datetime,
    zone: tzinfo = VIETNAM,
) -> Decided | Overtaken | None:
    """Approve a photo, hand it back, or undo the last decision; joins the caller's transaction.

    Args:
        by: the person's id.
        evidence_id: the photo's row.
        decision: approved, rejected, or undone: what held before the last decision holds again.
        expected: `review_number` that the person has seen, 0 before any decision.
        reason: a code of `REASONS`; for a rejection this or `words` is needed.
        words: a reason of one's own, cut to `reasons.MOST_WORDS` characters.
        now: aware UTC.
        zone: the office's, whose night keeps messages back until the morning.

    What the sender hears of it is queued in the same transaction (`backend.review.told`).

    Returns:
        None when there is no such photo in force, or it is not theirs to decide, or it is to be
        approved and its time of being kept is over, so that nobody can see it.

    Raises:
        ValueError: a rejection without a reason, or a code that is not in the list.

    """
    words = own_words(words) if decision is Decision.REJECTED else ""
    reason = reason if decision is Decision.REJECTED else ""
    if reason and reason not in REASONS:
        raise ValueError("no such reason")
    if decision is Decision.REJECTED and not (reason or words):
        raise ValueError("a rejection needs a reason")
    wanted = Review(
        evidence_id=evidence_id,
        number=expected + 1,
        decision=decision,
        reason=reason,
        words=words,
        by_id=by,
        at=now,
    )
    async with in_transaction():
        evidence = await to_review(by, evidence_id, now)
        if evidence is None or (decision is Decision.APPROVED and evidence.file.removed_at):
            return None
        if evidence.review_number == expected:
            held = standing(await reviews_of(evidence))
            if unchanged := _unchanged(evidence, held, wanted):
                return unchanged
            held = held[:-1] if decision is Decision.UNDONE else [*held, wanted]
            if await _first(evidence_id, expected, state_after(held)):
                await wanted.save()
                await audit.record(
                    f"review.{decision}",
                    by=by,
                    subject=f"photo:{evidence_id}",
                    at=now,
                    details={"number": wanted.number, **({"reason": reason} if reason else {})},
                )
                told = await tell(evidence.submission_id, now, zone)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
                return Decided(evidence_id, state_after(held), wanted.number, wanted, told=told)
        return await _overtaken(evidence_id, wanted)


def _unchanged(evidence: Evidence, held: list[Review], wanted: Review) -> Decided | None:
    """Return what holds when deciding so would change nothing."""
    last = held[-1] if held else None
    if wanted.decision == Decision.UNDONE:
        same = last is None
    else:
        same = last is not None and _alike(last, wanted)
    if not same:
        return None
    return Decided(evidence.id, state_after(held), evidence.review_number, last, again=True)


def _alike(one: Review, other: Review) -> bool:
    return (one.decision, one.reason, one.words) == (other.decision, other.reason, other.words)


async def _first(evidence_id: int, expected: int, state: State) -> bool:
    """Set what holds, unless somebody was first; copies not yet submitted follow."""
    now = {"review": state, "review_number": expected + 1}
    if not await Evidence.filter(id=evidence_id, review_number=expected).update(**now):
        return False
    await Evidence.filter(copied_from=evidence_id, review_number=expected).update(**now)
    return True


async def _overtaken(evidence_id: int, wanted: Review) -> Decided | Overtaken | None:
    """Return what was decided meanwhile; the same person's same press come twice is no clash."""
    evidence = await Evidence.get(id=evidence_id)
    reviews = await reviews_of(evidence)
    if not reviews or evidence.review_number < wanted.number:
        return None
    last = reviews[-1]
    state = State(evidence.review)
    own = last.by.id == wanted.by_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    if own and last.number == wanted.number and _alike(last, wanted):
        return Decided(evidence_id, state, last.number, last, again=True)
    return Overtaken(evidence_id, state, evidence.review_number, last, last.by.name)
