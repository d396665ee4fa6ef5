"""The answers of a submission with what was decided about each of them, worded for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from backend.models import Answer, AnswerReview, Submission
from backend.review.answers_back import AnswerDecision, last_decisions
from backend.review.reasons import said
from backend.shown_answers import ShownAnswer, shown_answers
from backend.submissions import current_key
from conversations.text import N_
from locales import Catalog

WORDS: Final = {
    AnswerDecision.REJECTED: N_("asked the village head again"),
    AnswerDecision.UNDONE: N_("took the question back"),
    AnswerDecision.ANSWERED: N_("answered it again"),
}


@dataclass(frozen=True, slots=True)
class AnswerCard:
    """One answer; `number` is what the next decision about it has to expect."""

    shown: ShownAnswer
    number: int = 0
    asked: bool = False
    """Whether the village head is being asked again."""
    line: str = ""
    """The last decision: when, who, what, why."""
    at: datetime | None = None
    """When that was."""


async def answer_cards(
    submission: Submission, answers: Sequence[Answer], words: Catalog, zone: tzinfo
) -> list[AnswerCard]:
    """Return the answers in the form's order; area and form version are loaded."""
    key = current_key(
        submission.plan, submission.questionnaire, submission.area.code, submission.period
    )
    last = await last_decisions(key)
    cards = []
    for shown in await shown_answers(submission, answers, words, zone):
        row = last.get(shown.path)
        if row is None:
            cards.append(AnswerCard(shown))
        else:
            line = decision_line(row, words, zone)
            cards.append(AnswerCard(shown, row.number, row.open, line, row.at))
    return cards


def decision_line(row: AnswerReview, words: Catalog, zone: tzinfo) -> str:
    """Return one decision about an answer in a line."""
    line = words.get(
        N_("{time} · {name}: {decision}"),
        time=row.at.astimezone(zone),
        name=row.by.name or "–",
        decision=words.get(WORDS[AnswerDecision(row.decision)]),
    )
    why = said(row.reason, row.words, words)
    return f"{line}. {why}" if why else line
