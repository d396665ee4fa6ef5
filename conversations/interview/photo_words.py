"""What a person reads at a photo question: how many are here, the advice on one, whether it may wait."""

from __future__ import annotations

from conversations.forms.model import Question
from conversations.interview.advice import KEEP_IT, advice_on
from conversations.interview.sitting import Sitting
from conversations.text import Paragraph, Text


def doubt_of(sitting: Sitting, question: Question) -> Text | None:
    """Return the advice on a photo of this question that the person has not decided about."""
    entry = sitting.answers.get(question.path)
    doubt = sitting.doubt
    if doubt is None or entry is None or not entry.open or doubt.ref not in entry.value.split():
        return None
    return advice_on(doubt.code)


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
        return [Text("{first} {second}", {"first": advice, "second": KEEP_IT})]
    if count:
        more = question.max_photos - count
        return [Text("You may send {more} more. Send DONE when all are sent.", {"more": more})]
    if may_be_late(sitting, question):
        return [Text("No photo yet? Send SKIP, and send the photo later.")]
    return []


def may_be_late(sitting: Sitting, question: Question) -> bool:
    """Say whether the photo may come after the questionnaire is sent, or not at all."""
    return question.late_ok or not sitting.evaluation.required(question.path)
