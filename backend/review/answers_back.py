"""Answers that are asked for again, and which new version of a submission answers them.

An answer is followed through the versions of its submission (`AnswerReview.about`): a correction
of something else leaves the question open. The new answer closes it, or the old one said once
more in answer to the question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Final

from backend.lists import numbers
from backend.models import Answer, AnswerReview, Submission
from backend.review.reasons import said
from backend.shown_answers import ShownAnswer, shown_answers
from locales import Catalog

MOST: Final = 20
"""Answers handed back that one person is shown at a time."""


class AnswerDecision(StrEnum):
    """What becomes of an answer after it was submitted."""

    REJECTED = "rejected"
    UNDONE = "undone"
    ANSWERED = "answered"
    """By the village head, or whoever keys in for them; the others are officers'."""


@dataclass(frozen=True, slots=True)
class AnswerBack:
    """An answer that is asked for again, with the submission in force that it stands in."""

    row: AnswerReview
    submission: Submission
    """With its area and form version."""
    question: str
    value: str
    reason: str

    @property
    def title(self) -> str:
        """Name of the questionnaire."""
        return self.submission.form_version.title

    @property
    def village(self) -> str:
        """Name of the village."""
        return self.submission.area.name


async def last_decisions(about: str) -> dict[str, AnswerReview]:
    """Return the decision that holds about each answer, by path, with who made it."""
    rows = AnswerReview.filter(about=about).order_by("number").prefetch_related("by")
    return {row.path: row for row in await rows}


async def settle(before: Submission, new: Submission, by: int, interview_id: int) -> None:
    """Note which questions asked again a new version answers; joins the caller's transaction.

    `before` no longer is in force. Answered is what was asked in this very interview, and what
    now has another value. Everything else stays open.
    """
    rows = await AnswerReview.filter(about=str(new.current_key), open=True)
    if not rows:
        return
    old, fresh = [
        {a.path: (a.value, a.unknown) for a in await Answer.filter(submission_id=s.id)}
        for s in (before, new)
    ]
    for row in rows:
        if row.asked_in != interview_id and old.get(row.path) == fresh.get(row.path):
            continue
        await AnswerReview.filter(id=row.id).update(open=False)
        await AnswerReview.create(
            about=row.about,
            path=row.path,
            number=row.number + 1,
            decision=AnswerDecision.ANSWERED,
            submission_id=new.id,
            by_id=by,
            at=new.received_at,
        )


async def answers_back(
    areas: Collection[int], words: Catalog, zone: tzinfo, *, row_id: int | None = None
) -> list[AnswerBack]:
    """Return which answers of these areas are asked for again, oldest first, at most MOST.

    With `row_id` that one alone, if it still is.
    """
    wanted = AnswerReview.filter(open=True, submission__area_id__in=numbers(areas))
    if row_id is not None:
        wanted = wanted.filter(id=row_id)
    return await worded(await wanted.order_by("id").limit(MOST), words, zone)


async def worded(rows: Iterable[AnswerReview], words: Catalog, zone: tzinfo) -> list[AnswerBack]:
    """Return decisions with the questions and the answers of the version in force, in words.

    Without those whose question is no longer in it.
    """
    found = []
    kept: dict[str, tuple[Submission, dict[str, ShownAnswer]] | None] = {}
    for row in rows:
        if row.about not in kept:
            kept[row.about] = await _shown(row.about, words, zone)
        if (there := kept[row.about]) and (answer := there[1].get(row.path)):
            why = said(row.reason, row.words, words)
            found.append(AnswerBack(row, there[0], answer.question, answer.value, why))
    return found


async def _shown(
    about: str, words: Catalog, zone: tzinfo
) -> tuple[Submission, dict[str, ShownAnswer]] | None:
    submission = await Submission.get_or_none(current_key=about).prefetch_related(
        "area", "form_version", "answers"
    )
    if submission is None:
        return None
    answers = list(submission.answers)  # type: ignore[attr-defined]  # Tortoise adds the reverse relation
    return submission, {a.path: a for a in await shown_answers(submission, answers, words, zone)}
