"""What a person reads at a photo question: how many are here, the advice on one, whether it may wait."""

from __future__ import annotations

from conversations.forms.model import Question, QuestionType
from conversations.interview.advice import advice_on, advised
from conversations.interview.sitting import Sitting
from conversations.interview.state import Doubt
from conversations.text import Paragraph, Text


def doubts_of(sitting: Sitting, question: Question) -> list[Doubt]:
    """Return the photos of this question that the person has not decided about, oldest first."""
    entry = sitting.answers.get(question.path)
    refs = entry.value.split() if entry and entry.open else []
    return [d for d in sitting.doubts if d.ref in refs and advice_on(d.code)]


def doubt_of(sitting: Sitting, question: Question) -> Text | None:
    """Return the advice on them, None when there are none."""
    return advised([d.code for d in doubts_of(sitting, question)])


def words_at(sitting: Sitting, question: Question) -> list[Paragraph]:
    """Return what stands under a photo question: what is here, what is advised, what may be sent."""
    entry = sitting.answers.get(question.path)
    count = len(entry.value.split()) if entry else 0
    if entry is not None and count and not entry.open:
        return [
            Text(
                "{count} photos are here. Send KEEP to keep them, AGAIN to start over.",
                {"count": count},
            )
        ]
    if advice := doubt_of(sitting, question):
        return [advice]
    if count:
        more = question.max_photos - count
        return [Text("You may send {more} more. Send DONE when all are sent.", {"more": more})]
    if may_be_late(sitting, question):
        return [Text("No photo yet? Send SKIP, and send the photo later.")]
    return []


def may_be_late(sitting: Sitting, question: Question) -> bool:
    """Say whether the photo may come after the questionnaire is sent, or not at all."""
    return question.late_ok or not sitting.evaluation.required(question.path)


def kept_already(sitting: Sitting) -> Text | None:
    """Return what to say to a KEEP that comes after the photo of the question before was kept."""
    before: Question | None = None
    for question in sitting.asked:
        if question.path in sitting.asking:
            break
        before = question
    entry = sitting.answers.get(before.path) if before else None
    if before is None or before.type is not QuestionType.IMAGE or not (entry and entry.value):
        return None
    return Text("The photo is kept already.")
