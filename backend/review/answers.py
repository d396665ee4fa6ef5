"""Handing one answer of a submission back, so that exactly that question is asked again.

As with photos rows are only added, and who decides says which decision they have seen last
(`expected`, the answer's number): the second of two learns what the first decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tortoise.transactions import in_transaction

from backend import audit
from backend.access import submission_to_review
from backend.models import AnswerReview, Interview, Submission
from backend.plans.store import NoPlanError, active_pack
from backend.review.answers_back import AnswerDecision, last_decisions
from backend.review.reasons import OF_ANSWERS, own_words
from backend.review.told import Told, tell
from backend.shown_answers import shown_answers
from backend.status.recorded import VIETNAM
from locales import catalog


@dataclass(frozen=True, slots=True)
class AnswerDecided:
    """What holds now. `again`: it held already, so that no row was added (a press came twice)."""

    row: AnswerReview
    again: bool = False
    told: Told | None = None
    """What the people who answered hear of that, and when; None where no row was added."""


@dataclass(frozen=True, slots=True)
class AnswerOvertaken:
    """Somebody else was first: `row` is the last decision, `by_name` who made it."""

    row: AnswerReview
    by_name: str


async def decide_answer(  # noqa: PLR0913  (what is decided, on what knowledge, why and when)
    by: int,
    submission_id: int,
    path: str,
    decision: AnswerDecision,
    *,
    expected: int,
    reason: str = "",
    words: str = "",
    now: datetime,
    zone: tzinfo = VIETNAM,
) -> AnswerDecided | AnswerOvertaken | None:
    """Hand an answer back, or take that back; joins the caller's transaction.

    Args:
        by: the person's id.
        submission_id: the version in force.
        path: of the question.
        decision: rejected or undone.
        expected: the answer's last number that the person has seen, 0 before any decision.
        reason: a code of `reasons.OF_ANSWERS`; for a rejection this or `words` is needed.
        words: a reason of one's own, cut to `reasons.MOST_WORDS` characters.
        now: aware UTC.
        zone: the office's, whose night keeps messages back until the morning.

    Returns:
        None when that is no answer in force, or not theirs to decide.

    Raises:
        ValueError: a rejection without a reason, a code that is not in the list, or `answered`.

    """
    rejected = decision is AnswerDecision.REJECTED
    words, reason = (own_words(words), reason) if rejected else ("", "")
    if decision is AnswerDecision.ANSWERED or (reason and reason not in OF_ANSWERS):
        raise ValueError("no such decision or reason")
    if rejected and not (reason or words):
        raise ValueError("a rejection needs a reason")
    async with in_transaction():
        submission = await _held(by, submission_id, now)
        if submission is None or path not in await _may_be_asked(submission, zone):
            return None
        last = (await last_decisions(str(submission.current_key))).get(path)
        if last is not None and (found := _settled(last, by, expected, decision, (reason, words))):
            return found
        if last is None and not rejected:
            return None
        if last is not None and last.open:
            await AnswerReview.filter(id=last.id).update(open=False)
            # What runs is closed at the person's next message, in the words of their chat.
            rests = Interview.filter(id=last.asked_in or 0, status="paused")
            if not rejected:
                await rests.update(status="cancelled", changed_at=now)
        row = await AnswerReview.create(
            about=submission.current_key,
            path=path,
            number=last.number + 1 if last else 1,
            decision=decision,
            open=rejected,
            reason=reason,
            words=words,
            submission_id=submission.id,
            by_id=by,
            at=now,
        )
        await audit.record(
            f"answer.{decision}",
            by=by,
            subject=f"submission:{submission.id}",
            at=now,
            details={
                "question": path.rpartition("/")[2],
                "number": row.number,
                **({"reason": reason} if reason else {}),
            },
        )
        return AnswerDecided(row, told=await tell(submission.id, now, zone))


def _settled(
    last: AnswerReview, by: int, expected: int, decision: AnswerDecision, why: tuple[str, str]
) -> AnswerDecided | AnswerOvertaken | None:
    """Return what holds when deciding so comes too late or would change nothing."""
    same = last.decision == decision and (last.reason, last.words) == why
    if last.number > expected:
        own = last.by.id == by and last.number == expected + 1
        return (
            AnswerDecided(last, again=True) if same and own else AnswerOvertaken(last, last.by.name)
        )
    nothing_to_undo = decision is AnswerDecision.UNDONE and not last.open
    return AnswerDecided(last, again=True) if (same and last.open) or nothing_to_undo else None


async def _held(by: int, submission_id: int, now: datetime) -> Submission | None:
    """Return the version in force that the person decides about, locked until the commit."""
    found = await Submission.get_or_none(id=submission_id).values_list("plan", "current_key")
    if not found or not found[1]:
        return None
    plan, key = found
    # On both databases an update comes before all reading: nobody else decides or corrects now.
    await Submission.filter(id=submission_id, current_key=key).update(current_key=key)
    try:
        pack = await active_pack(str(plan), now.date())
    except NoPlanError:
        return None
    return await submission_to_review(by, submission_id, pack)


async def _may_be_asked(submission: Submission, zone: tzinfo) -> set[str]:
    """Return the paths of the answers that pages show: asked in words, and relevant."""
    answers = list(submission.answers)  # type: ignore[attr-defined]  # Tortoise adds the reverse relation
    shown = await shown_answers(submission, answers, catalog("vi"), zone)
    return {a.path for a in shown}
