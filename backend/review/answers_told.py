"""What the village head hears of answers asked again: parts of the one message of `told`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from backend.models import AnswerReview, Submission
from backend.review.answers_back import AnswerBack, worded
from conversations.text import N_, Text
from locales import Catalog

ANSWER: Final = "q."
"""How the button of a question that is asked again begins; the decision's id follows."""


@dataclass(frozen=True, slots=True)
class Span:
    """The decisions that one message tells: made at `since` or later, and before `until`. UTC."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Say whether a decision of this moment is among them."""
        return at >= self.since and (self.until is None or at < self.until)


async def answers_told(
    submission: Submission,
    span: Span,
    named: dict[str, str],
    words: Catalog,
    zone: tzinfo,
) -> tuple[list[Text | str], list[tuple[str, str]]]:
    """Return what to say of the decisions of a span, and the buttons."""
    about = str(submission.current_key)
    before: dict[str, AnswerReview] = {}
    last: dict[str, AnswerReview] = {}
    for row in await AnswerReview.filter(about=about).order_by("number"):
        if span.until is None or row.at < span.until:
            (last if span.holds(row.at) else before)[row.path] = row
    shown = await worded(last.values(), words, zone)
    again = [b for b in shown if b.row.open]
    lifted = [b for b in shown if b.row.decision == "undone" and _was_asked(before, b)]
    parts: list[Text | str] = []
    if again:
        parts.append(Text("Thank you for answering {title} ({area}, {period}).", named))
        lines = [words.get(N_("Please answer this once more:"))]
        for back in again:
            lines += _lines(back, words)
        parts += ["\n".join(lines), Text("Please send RESEND, and then answer.")]
    if lifted:
        sentence = N_("{title} ({area}, {period}): this need not be answered again.")
        lines = [words.get(sentence, **named), *(f"• {b.question}" for b in lifted)]
        parts += ["\n".join(lines), Text("Thank you.")]
    label = words.get(N_("Answer again"))
    buttons = [(label, f"0:{ANSWER}{b.row.id}") for b in again]
    if len(buttons) > 1:
        buttons = [(f"{name} ({n})", data) for n, (name, data) in enumerate(buttons, 1)]
    return parts, buttons


def _was_asked(before: dict[str, AnswerReview], back: AnswerBack) -> bool:
    """Say whether the person has heard the question already."""
    earlier = before.get(back.row.path)
    return earlier is not None and earlier.decision == "rejected"


def _lines(back: AnswerBack, words: Catalog) -> list[str]:
    answered = words.get(N_("You answered: {value}"), value=back.value or "–")
    return [f"• {back.question}", answered, *([back.reason] if back.reason else [])]
