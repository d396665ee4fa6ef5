"""Everything that a reviewer sees of one photo, worded for the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

from backend.evidence.signals import others_of, signals_with, village_point
from backend.forms import load_form
from backend.models import Answer, Area, Evidence, PhotoLook, Review, Submission
from backend.plans.schema import Pack, printed_code
from backend.review.beside import Beside, beside
from backend.review.history import Decision, State, reviews_of
from backend.review.likes import Like, likes_of
from backend.review.place import Point, in_words, on_drawing, seen_from
from backend.review.queue import due_of
from backend.review.reasons import REASONS, offered, said
from backend.review.signals import MOST_ALIKE, signal_text
from backend.shown_answers import ShownAnswer, shown_answers
from conversations.forms.model import Context
from conversations.text import N_
from locales import Catalog

STATE_WORDS: Final = {
    State.WAITING: N_("waiting for review"),
    State.APPROVED: N_("approved"),
    State.REJECTED: N_("was handed back"),
}
DECISION_WORDS: Final = {
    Decision.APPROVED: N_("approved"),
    Decision.REJECTED: N_("was handed back"),
    Decision.UNDONE: N_("last decision undone"),
}
DRAWN: Final = 40.0
"""Radius of the drawing of the position, in its own units."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the photo was taken. `drawn` is None while the village's own point is not known."""

    coordinates: str
    words: str = ""
    drawn: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One photo for review."""

    photo: Evidence
    submission: Submission
    state: State
    state_word: str
    village: Area
    commune: str
    title: str
    question: str
    feeds: tuple[str, ...]
    due: date | None
    answers: list[ShownAnswer]
    beside: Beside
    signals: list[str]
    alike: list[Like]
    place: Place | None
    history: list[str]
    reasons: list[tuple[str, str]]


async def card_of(
    photo: Evidence, pack: Pack, person_id: int, words: Catalog, zone: tzinfo
) -> Card:
    """Return the card of a photo that `photo_to_review` gave for `person_id`."""
    submission = photo.submission
    assert submission is not None  # noqa: S101  (only photos of submissions are judged)
    await submission.fetch_related("form_version")
    answers = await Answer.filter(submission_id=submission.id)
    village = photo.area
    commune = await Area.get_or_none(id=village.parent_id)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    look = await PhotoLook.get_or_none(file_id=photo.file.id)
    others = await others_of(photo, look)
    state = State(photo.review)
    return Card(
        photo=photo,
        submission=submission,
        state=state,
        state_word=words.get(STATE_WORDS[state]),
        village=village,
        commune=commune.name if commune else "",
        title=submission.form_version.title,
        question=await _question(photo, submission, answers, words, zone),
        feeds=_feeds(photo, pack),
        due=await due_of(pack, photo.questionnaire, photo.period),
        answers=await shown_answers(submission, answers, words, zone),
        beside=await beside(photo),
        signals=[signal_text(s, words) for s in await signals_with(photo, look, others)],
        alike=await likes_of(others[:MOST_ALIKE], person_id, words),
        place=await _place(photo, look, words),
        history=[history_line(r, words, zone) for r in await reviews_of(photo)],
        reasons=[(code, words.get(REASONS[code])) for code in offered(photo.purpose)],
    )


def history_line(review: Review, words: Catalog, zone: tzinfo) -> str:
    """Return one decision in a line: when, who, what, why."""
    what = words.get(DECISION_WORDS[Decision(review.decision)])
    why = said(review.reason, review.words, words)
    line = words.get(
        N_("{time} · {name}: {decision}"),
        time=review.at.astimezone(zone),
        name=review.by.name or "–",
        decision=what,
    )
    return f"{line}. {why}" if why else line


async def _question(
    photo: Evidence, submission: Submission, answers: list[Answer], words: Catalog, zone: tzinfo
) -> str:
    form = await load_form(submission.form_version.id, submission.form_version.sha256)
    now = submission.answered_at.astimezone(zone)
    seen = form.evaluate({a.path: a.value for a in answers}, Context(now=now, lang=words.lang))
    known = any(q.path == photo.path for q in form.questions)
    return seen.label(photo.path) if known else ""


def _feeds(photo: Evidence, pack: Pack) -> tuple[str, ...]:
    """Return the indicators whose evidence this photo is, as papers print them."""
    name = photo.path.rpartition("/")[2]
    return tuple(
        f"{printed_code(i.code)} {i.name}"
        for s in pack.criteria_sets
        for i in s.indicators
        if i.questionnaire == photo.questionnaire and name in i.photo
    )


async def _place(photo: Evidence, look: PhotoLook | None, words: Catalog) -> Place | None:
    if look is None or look.latitude is None or look.longitude is None:
        return None
    here = Point(look.latitude, look.longitude)
    village = await village_point(photo.area)
    if village is None:
        return Place(here.shown)
    seen = seen_from(Point(*village), here)
    return Place(here.shown, words.say(in_words(seen)), on_drawing(seen, DRAWN))
