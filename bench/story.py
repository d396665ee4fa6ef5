"""The exchange that every variant has: the water questionnaire, filled in again and again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.reception.effects import outgoing_of
from bot.turn.shapes import InterviewRow
from conversations.forms.compiled import CompiledForm
from conversations.forms.load import load
from conversations.interview.events import Typed
from conversations.interview.state import State
from conversations.interview.step import begin, step
from locales import catalog

SOURCE = Path(__file__).parents[1] / "conversations" / "questionnaires" / "nuoc.md"
MOMENT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
INTERVIEW = InterviewRow(1, 1, "nuoc", 1, "2026", "")
"""As which the sentences are made; the people of a run have one each in their database."""
ANSWERS = ["120", "110", "95 hộ", "0", "480 440", "khoảng 5", "bỏ qua", "gửi"]


@dataclass(frozen=True, slots=True)
class Story:
    """What a person writes and what the bot then says, once round."""

    lines: list[tuple[str, str]]

    def to_json(self) -> str:
        """Return it for another process."""
        return json.dumps(self.lines)


def first(form: CompiledForm) -> State:
    """Return the state of an interview that has asked its first question."""
    return begin(form, lang="vi", now=MOMENT, instance_id="uuid:bench")[0]


def tell(xml: str) -> Story:
    """Play the questionnaire once; the last line leads back to the first question."""
    form, vi = load(xml), catalog("vi")
    state, effects = begin(form, lang="vi", now=MOMENT, instance_id="uuid:bench")
    opening = outgoing_of(effects, vi, INTERVIEW)[-1].text
    lines = []
    for words in ANSWERS:
        state, effects = step(form, state, Typed(words), MOMENT)
        said = outgoing_of(effects, vi, INTERVIEW)
        lines.append((words, said[-1].text if state.phase.name != "SUBMITTED" else opening))
    if state.phase.name != "SUBMITTED":
        raise SystemExit(f"the story does not end: {state.phase}, {lines[-1][1]}")
    return Story(lines)
