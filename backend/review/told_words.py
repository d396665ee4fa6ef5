"""What is said of decisions about a submission's photos and answers, as what holds now has it.

The same words are made when a decision is queued and once more when the message is about to go
out (`backend.review.still_told`): by then a photo may have come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from backend.models import Evidence, Review, Submission
from backend.plans.schema import Pack
from backend.reports.words import period_name
from backend.review.answers_told import Span, answers_told
from backend.review.asked import questions_of
from backend.review.history import Decision, State, reviews_of, standing, state_after
from backend.review.reasons import said
from conversations.text import N_, Text
from locales import Catalog

AGAIN: Final = "r."
"""How the button of a photo that is to be taken again begins; its id follows."""
MOST_BUTTONS: Final = 6


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a submission as the person may have heard of it."""

    evidence: Evidence
    reviews: tuple[Review, ...]
    span: Span
    reason: str

    @property
    def now(self) -> State:
        """What holds now."""
        return state_after(standing(self.reviews))

    @property
    def before(self) -> State:
        """What held before the decisions that are being told."""
        return state_after(standing(r for r in self.reviews if r.at < self.span.since))

    @property
    def decided(self) -> bool:
        """Whether any of those decisions is about it."""
        return any(self.span.holds(r.at) for r in self.reviews)

    def approved_by(self, at: datetime) -> bool:
        """Say whether it was approved at that moment or earlier, whatever became of that."""
        return any(r.decision == Decision.APPROVED and r.at <= at for r in self.reviews)

    def rejected_after(self, at: datetime) -> bool:
        """Say whether it was handed back after a moment, whatever became of that."""
        return any(r.decision == Decision.REJECTED and r.at > at for r in self.reviews)


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads; "" for nothing. Buttons are labels with their data."""

    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()


async def photos_of(submission: Submission, span: Span, words: Catalog) -> list[Photo]:
    """Return the photos of the version in force, in the order in which they came."""
    found = []
    rows = Evidence.filter(submission_id=submission.id, dropped_at=None).order_by("id")
    for evidence in await rows:
        reviews = tuple(await reviews_of(evidence))
        held = standing(reviews)
        why = said(held[-1].reason, held[-1].words, words) if held else ""
        found.append(Photo(evidence, reviews, span, why))
    return found


def all_approved(photos: Sequence[Photo]) -> bool:
    """Say whether there are photos and every one of them is approved."""
    return bool(photos) and all(p.now is State.APPROVED for p in photos)


async def decisions_said(  # noqa: PLR0913, PLR0917  (what is said hangs on all of these)
    submission: Submission,
    photos: Sequence[Photo],
    span: Span,
    words: Catalog,
    pack: Pack,
    zone: tzinfo,
) -> Message:
    """Return the message of the decisions of a span, empty when they leave nothing to say."""
    named = names_in(submission, words)
    again = [p for p in photos if p.decided and p.now is State.REJECTED]
    parts = await _of_photos(submission, photos, named, words, zone)
    label = words.get(N_("Send the photo again"))
    buttons = [(label, f"0:{AGAIN}{p.evidence.id}") for p in again]
    said_of_answers, asked = await answers_told(submission, span, named, words, zone)
    parts += said_of_answers
    if not parts:
        return Message()
    if len(again) > 1:
        buttons = [(f"{name} ({n})", data) for n, (name, data) in enumerate(buttons, 1)]
    text = words.join([_sample(pack, words), *parts])
    return Message(text, tuple([*buttons, *asked][:MOST_BUTTONS]))


def approval_said(submission: Submission, words: Catalog, pack: Pack) -> Message:
    """Return what is said once all photos of a questionnaire are approved."""
    text = Text(
        "The photos of {title} ({area}, {period}) are approved. Thank you.",
        names_in(submission, words),
    )
    return Message(words.join([_sample(pack, words), text]))


def names_in(submission: Submission, words: Catalog) -> dict[str, str]:
    """Return how a submission is named in a sentence; its area and form version are loaded."""
    return {
        "title": submission.form_version.title,
        "area": submission.area.name,
        "period": period_name(submission.period, words),
    }


async def _of_photos(
    submission: Submission,
    photos: Sequence[Photo],
    named: dict[str, str],
    words: Catalog,
    zone: tzinfo,
) -> list[Text | str]:
    again = [p for p in photos if p.decided and p.now is State.REJECTED]
    lifted = [
        p
        for p in photos
        if p.decided and p.now is not State.REJECTED and p.before is State.REJECTED
    ]
    if not again and not lifted:
        return []
    labels = await questions_of(submission, words, zone)
    parts: list[Text | str] = []
    if again:
        parts.append(Text("Thank you for the photos of {title} ({area}, {period}).", named))
        lines = [words.get(N_("Please take these again:"))]
        for photo in again:
            lines.append(f"• {labels.get(photo.evidence.path, submission.form_version.title)}")
            if photo.reason:
                lines.append(photo.reason)
        parts += [
            "\n".join(lines),
            Text("Please send RESEND, and then the new photo."),
        ]
    if lifted:
        lines = [f"• {labels.get(p.evidence.path, submission.form_version.title)}" for p in lifted]
        sentence = N_("{title} ({area}, {period}): this photo need not be taken again.")
        parts += [
            "\n".join([words.get(sentence, **named), *dict.fromkeys(lines)]),
            Text("Thank you."),
        ]
    return parts


def _sample(pack: Pack, words: Catalog) -> str:
    return words.get(N_("This is sample data, for trying out.")) if pack.sample else ""
