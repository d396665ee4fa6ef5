"""SỬA at the question of a photo that was handed back: why it came back, and the new one in its place.

Only corrections ask the database, and only where a photo is asked for or comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from backend.evidence.signals import advice_instead
from backend.models import Evidence
from backend.review.history import State as Judged
from backend.review.history import reviews_of, standing
from backend.review.reasons import said
from bot.turn.shapes import InterviewRow
from conversations.forms.model import Form, QuestionType
from conversations.interview.advice import Advice
from conversations.interview.effects import Ask, Effect, PhotoKept, PhotosDropped
from conversations.interview.events import Event, Photographed
from conversations.interview.state import State
from conversations.interview.step import step
from conversations.interview.transitions import Phase
from conversations.text import Text
from locales import Catalog


async def step_instead(
    form: Form, interview: InterviewRow, state: State, event: Event, now: datetime
) -> tuple[State, tuple[Effect, ...]] | None:
    """Take a photo in the place of one of the same question that was handed back; else None."""
    if not isinstance(event, Photographed) or not state.deprecated_id:
        return None
    if state.phase is not Phase.ASKING or not state.asking:
        return None
    path = state.asking[0]
    entry = state.answers.get(path)
    refs = entry.value.split() if entry else []
    if form.question(path).type is not QuestionType.IMAGE or not refs or event.ref in refs:
        return None
    backs = [b for b in await _handed_back(interview.id, path) if b.file.sha256 in refs]
    if entry is None or not backs:
        return None
    refs.remove(old := backs[0].file.sha256)
    answers = {**state.answers, path: replace(entry, value=" ".join(refs), open=True)}
    if event.advice == Advice.AGAIN:
        event = replace(event, advice=await advice_instead(event.ref, backs[0]))
    after, effects = step(form, replace(state, answers=answers), event, now)
    if PhotoKept(path, event.ref) not in effects:
        return None
    return after, (PhotosDropped(path, (old,)), *effects)


async def with_reasons(
    interview: InterviewRow, state: State, effects: Sequence[Effect], words: Catalog
) -> tuple[Effect, ...]:
    """Say at a question why its photo was handed back, before the question itself."""
    if not state.deprecated_id:
        return tuple(effects)
    found = [
        await _with_reason(interview, state, e, words)
        if isinstance(e, Ask) and e.wants_photo
        else e
        for e in effects
    ]
    return tuple(found)


async def _with_reason(interview: InterviewRow, state: State, ask: Ask, words: Catalog) -> Ask:
    entry = state.answers.get(ask.path)
    refs = entry.value.split() if entry else []
    backs = [b for b in await _handed_back(interview.id, ask.path) if b.file.sha256 in refs]
    if not backs:
        return ask
    reasons = []
    for back in backs:
        held = standing(await reviews_of(back))
        reasons.append(said(held[-1].reason, held[-1].words, words) if held else "")
    why = dict.fromkeys(reason for reason in reasons if reason)
    first = Text("The office asks for a new photo here.")
    return replace(ask, paragraphs=(first, *why, *ask.paragraphs))


async def _handed_back(interview_id: int, path: str) -> list[Evidence]:
    found = Evidence.filter(
        interview_id=interview_id, path=path, dropped_at=None, review=Judged.REJECTED
    )
    return list(await found.order_by("id").prefetch_related("file", "area"))
