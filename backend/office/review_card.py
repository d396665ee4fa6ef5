"""Everything that a reviewer sees of one photo, worded for the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

from backend.access import photo_for
from backend.evidence.signals import village_point
from backend.forms import load_form
from backend.models import Answer, Area, Evidence, PhotoLook, Review, Submission
from backend.plans.schema import Pack, printed_code
from backend.reports.words import period_name
from backend.review.beside import Beside, beside
from backend.review.history import Decision, State, reviews_of
from backend.review.place import Point, in_words, on_drawing, seen_from
from backend.review.queue import due_of
from backend.review.reasons import REASONS, offered, said
from backend.review.signals import alike_to, signals_for
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
class Like:
    """A photo that is nearly the same; `photo` is None where the reviewer may not see it."""

    photo: Evidence | None
    words: str


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
    """Return the card of a photo that `person_id` may decide about, its area and file loaded."""
    submission = await Submission.get(id=photo.submission_id).prefetch_related("form_version")  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    answers = await Answer.filter(submission_id=submission.id)
    village = photo.area
    commune = await Area.get_or_none(id=village.parent_id)  # type: ignore[attr-defined]  # the same
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
        signals=await signals_for(photo, words),
        alike=await _alike(photo, person_id, words),
        place=await _place(photo, words),
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


async def _alike(photo: Evidence, person_id: int, words: Catalog) -> list[Like]:
    found = []
    for other in await alike_to(photo):
        seen = await photo_for(person_id, other.evidence_id)
        period = period_name(other.period, words)
        if seen is None:
            line = words.get(N_("used in another place, {period}"), period=period)
        else:
            line = f"{seen.area.name}, {period}"
        same = (
            words.get(N_("the same file"))
            if other.same_file
            else words.get(N_("{bits} of 128 points differ"), bits=other.distance)
        )
        found.append(Like(seen, f"{line} ({same})"))
    return found


async def _place(photo: Evidence, words: Catalog) -> Place | None:
    look = await PhotoLook.get_or_none(file_id=photo.file.id)
    if look is None or look.latitude is None or look.longitude is None:
        return None
    here = Point(look.latitude, look.longitude)
    village = await village_point(photo.area)
    if village is None:
        return Place(here.shown)
    seen = seen_from(Point(*village), here)
    return Place(here.shown, words.say(in_words(seen)), on_drawing(seen, DRAWN))
