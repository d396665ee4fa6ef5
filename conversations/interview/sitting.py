"""One step's working copy of an interview: what is answered, what is left, what is offered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from conversations.forms.fitting import fitted
from conversations.forms.model import ASKED, Context, Evaluation, Form, Question, QuestionType
from conversations.interview.effects import Effect, PhotosDropped
from conversations.interview.state import Batch, Entry, State
from conversations.interview.transitions import Signal, move

TOGETHER = frozenset(
    {QuestionType.INTEGER, QuestionType.DECIMAL, QuestionType.TEXT, QuestionType.DATE}
)
"""Types that a field-list group asks in one message; others of it are asked one by one."""

MAX_TOGETHER = 26
"""Most questions in one message: they are told apart by a letter."""

SELECTS = frozenset({QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE})


class Place(NamedTuple):
    """Where a question stands: «3», or «8b» for the second of those asked in one message.

    (0, "") is no place: the question is not relevant.
    """

    number: int
    letter: str = ""

    def __str__(self) -> str:
        """Return it as people see and type it."""
        return f"{self.number}{self.letter}"


class Sitting:
    """Begins as a copy of a State, is changed by one event, and ends as the next State."""

    def __init__(self, form: Form, state: State, now: datetime) -> None:
        self.form = form
        self.state = state
        self.phase = state.phase
        self.left = state.left
        self.asking = state.asking
        self.prompt = state.prompt
        self.picked = state.picked
        self.filled = ""
        self.filled_at = 0.0
        self.doubts = state.doubts
        self.batch: Batch | None = None
        self.answers = dict(state.answers)
        self.aside = dict(state.aside)
        self.fixed = dict(state.fixed)
        self.context = Context(
            now, form_language(form, state.lang), state.external, state.last_saved
        )
        self.effects: list[Effect] = []
        self._evaluation: Evaluation | None = None
        self._open: list[tuple[Question, bool]] | None = None
        self._asked: list[Question] | None = None
        self._units: list[list[Question]] | None = None

    def result(self) -> tuple[State, tuple[Effect, ...]]:
        """Return the state after the event, and what is to be done."""
        old = self.state
        state = State(
            form_id=old.form_id,
            form_version=old.form_version,
            instance_id=old.instance_id,
            deprecated_id=old.deprecated_id,
            lang=old.lang,
            phase=self.phase,
            left=self.left,
            asking=self.asking,
            prompt=self.prompt,
            picked=self.picked,
            filled=self.filled,
            filled_at=self.filled_at,
            doubts=tuple(d for d in self.doubts if self._holds(d.ref)),
            batch=self.batch,
            place=old.place,
            begun=old.begun,
            answers=self.answers,
            aside=self.aside,
            fixed=self.fixed,
            offered=old.offered,
            external=old.external,
            last_saved=old.last_saved,
        )
        return state, tuple(self.effects)

    def _holds(self, ref: str) -> bool:
        """Say whether a doubted photo still answers a question that is not closed."""
        return any(entry.open and ref in entry.value.split() for entry in self.answers.values())

    def signal(self, signal: Signal) -> None:
        """Change the phase as the table says."""
        self.phase, self.left = move(self.phase, signal, self.left)

    # seeing

    def _look_again(self) -> None:
        """Forget what was seen: the answers have changed."""
        self._evaluation = self._open = self._asked = self._units = None

    @property
    def evaluation(self) -> Evaluation:
        """The form with the present answers."""
        if self._evaluation is None:
            values = dict(self.fixed)
            for path, entry in self.answers.items():
                values[path] = entry.value
            self._evaluation = self.form.evaluate(values, self.context)
        return self._evaluation

    @property
    def asked(self) -> list[Question]:
        """The questions to be answered as things stand, in order."""
        if self._asked is None:
            self._asked = [q for q, relevant in self._askable() if relevant]
        return self._asked

    def _askable(self) -> list[tuple[Question, bool]]:
        """Return what a person answers, in order, and whether it is relevant as things stand."""
        if self._open is None:
            see = self.evaluation
            self._open = [
                (q, see.relevant(q.path))
                for q in self.form.questions
                if q.type in ASKED and not see.read_only(q.path)
            ]
        return self._open

    @property
    def current(self) -> Question | None:
        """The first question that is being asked."""
        return self.form.question(self.asking[0]) if self.asking else None

    @property
    def units(self) -> list[list[Question]]:
        """What may be asked, in messages: what a group asks together shares one number.

        Questions that an answer could still call for are counted too, so that a number and the
        total stay what they are from the first question to the summary.
        """
        if self._units is None:
            units: list[list[Question]] = []
            for q, relevant in self._askable():
                if not relevant and q.path not in self.form.uncertain:
                    continue
                last = units[-1][-1] if units else None
                together = last is not None and q.group is not None and q.group == last.group
                kinds = together and last is not None and {q.type, last.type} <= TOGETHER
                if kinds and len(units[-1]) < MAX_TOGETHER:
                    units[-1].append(q)
                else:
                    units.append([q])
            self._units = units
        return self._units

    def unit_of(self, path: str) -> list[Question]:
        """Return the questions that share a message with this one, itself among them."""
        return next((u for u in self.units if any(q.path == path for q in u)), [])

    def place(self, path: str) -> Place:
        """Return a question's place."""
        for number, unit in enumerate(self.units, 1):
            for i, q in enumerate(unit):
                if q.path == path:
                    return Place(number, chr(ord("a") + i) if len(unit) > 1 else "")
        return Place(0)

    def is_open(self, question: Question) -> bool:
        """Say whether the question still waits for its answer."""
        entry = self.answers.get(question.path)
        return entry is None or entry.open

    def next_questions(self) -> tuple[str, ...]:
        """Return what to ask next: the first open question, with its group where that goes."""
        relevant = {q.path for q in self.asked}
        first = next((q for q in self.asked if self.is_open(q)), None)
        if first is None:
            return ()
        unit = self.unit_of(first.path)
        waiting = [first.path]
        for q in unit[unit.index(first) + 1 :]:
            if q.path in relevant:
                if not self.is_open(q):
                    break
                waiting.append(q.path)
        return tuple(waiting)

    def unsettled(self) -> Iterator[tuple[Question, bool]]:
        """Yield answers that do not hold with the others as they are now; True for a hard check."""
        see = self.evaluation
        for q in self.asked:
            entry = self.answers.get(q.path)
            if entry is None or not entry.value:
                continue
            if not self.is_possible(q, entry.value):
                yield q, True
            elif q.has_soft and not entry.confirmed and not see.soft_ok(q.path, entry.value):
                yield q, False

    def is_possible(self, question: Question, value: str) -> bool:
        """Say whether a value passes the constraint and is still among the choices."""
        see = self.evaluation
        if question.has_constraint and not see.constraint_ok(question.path, value):
            return False
        if question.type not in SELECTS:
            return True
        return set(value.split()) <= {c.value for c in see.choices(question.path)}

    def offer(self, question: Question) -> Entry | None:
        """Return what may be kept by one word: the present answer, an earlier one, a default.

        A default or a calculation that is no value of the question's type is no offer.
        """
        path = question.path
        entry = self.answers.get(path) or self.aside.get(path)
        if entry is not None and (entry.value or entry.unknown):
            return entry if not entry.value or self.is_possible(question, entry.value) else None
        if (entry is not None and path in self.answers) or question.type is QuestionType.IMAGE:
            return None
        see = self.evaluation
        value = self.state.offered.get(path) or see.default(path) or see.value(path)
        value = fitted(question.type, value)
        return Entry(value) if value and self.is_possible(question, value) else None

    # changing

    def put(self, path: str, entry: Entry) -> None:
        """Record an answer. Answers that it makes irrelevant are set aside, not lost."""
        self.answers[path] = entry
        self.aside.pop(path, None)
        self._look_again()
        see = self.evaluation
        gone = [p for p in self.answers if not see.relevant(p)]
        for p in gone:
            dropped = self.answers.pop(p)
            self.aside[p] = dropped
            if self.form.question(p).type is QuestionType.IMAGE and dropped.value:
                self.effects.append(PhotosDropped(p, tuple(dropped.value.split())))
        if gone:
            self._look_again()

    def settle_read_only(self) -> None:
        """Give questions that are shown and not asked their default, once."""
        see = self.evaluation
        changed = False
        for q in self.form.questions:
            if q.type not in ASKED or q.path in self.fixed or not see.read_only(q.path):
                continue
            value = fitted(q.type, self.state.offered.get(q.path) or see.default(q.path))
            if value and see.relevant(q.path):
                self.fixed[q.path] = value
                changed = True
        if changed:
            self._look_again()

    def forget(self, path: str) -> None:
        """Take an answer away, so that its question is open again."""
        self.answers.pop(path, None)
        self._look_again()


def form_language(form: Form, lang: str) -> str:
    """Return the form's own name of a language: «Tiếng Việt (vi)» for "vi"; "" if it has none."""
    for name in form.languages:
        if name == lang or name.endswith(f"({lang})"):
            return name
    return form.languages[0] if form.languages else ""
