"""What a form is once it is loaded: the shapes the interview works with.

A Form is immutable, built once per published version by `conversations.forms.load.load`, and
shared by all interviews that began with that version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from conversations.record import record


class QuestionType(StrEnum):
    """The XLSForm types that this version executes; all others are refused at publish."""

    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    NOTE = "note"
    GEOPOINT = "geopoint"
    IMAGE = "image"
    CALCULATE = "calculate"
    HIDDEN = "hidden"


ASKED: frozenset[QuestionType] = frozenset(QuestionType) - {
    QuestionType.CALCULATE,
    QuestionType.HIDDEN,
    QuestionType.NOTE,
}
"""Types that wait for an answer. A note is shown, a calculate and a hidden are never seen."""


@record
class Choice:
    """One choice with its label in the language of the evaluation."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """One node of the form that can hold a value, in document order.

    Our own columns (domain.md 5, design.md 3) come from the `thonmoi` namespace on the bind:
    `soft` is an expression that should hold, asked to be confirmed when it does not;
    `unknown_ok` says whether «không rõ» is an answer; `purpose` names the evidence a photo is for;
    `max_photos` bounds an image question; `late_ok` lets a photo come after submission.
    """

    path: str
    name: str
    type: QuestionType
    group: str | None = None
    """Path of the innermost field-list group, asked in one message; None outside one."""
    has_soft: bool = False
    has_constraint: bool = False
    compares: bool = False
    """Its constraint looks at other answers: one of them may be the wrong one."""
    unknown_ok: bool = False
    purpose: str = ""
    max_photos: int = 1
    late_ok: bool = True
    unit: str = ""
    """Folded unit word that may follow a number («hộ»), from the thonmoi:unit column."""
    units: tuple[tuple[str, str], ...] = ()
    """What a number counts, by language, as people read it; "" is the form's own language."""

    def unit_in(self, lang: str, own: str) -> str:
        """Return what its number counts in a language, "" when that is not said.

        `own` is the form's own language.
        """
        words = dict(self.units)
        return words.get(lang, words.get("", "") if lang in {own, ""} else "")


VILLAGE: Final = "village"
"""The pulldata table that every interview is given: one row, the village it is about."""


@record
class Context:
    """What an expression may look at beyond the answers.

    `now` is aware and in the office's zone; `external` are pulldata tables by instance name;
    `last_saved` are last period's values by path.
    """

    now: datetime
    lang: str = ""
    external: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    last_saved: Mapping[str, str] = field(default_factory=dict)


class Evaluation(Protocol):
    """The form seen with one set of answers: lazy and memoised, made anew for each step.

    All values are XForm strings: "" is blank, select_multiple is space-separated, a date is
    ISO, a decimal has a point, a geopoint is "lat lon alt acc".
    """

    def value(self, path: str) -> str: ...
    def relevant(self, path: str) -> bool: ...
    def required(self, path: str) -> bool: ...
    def read_only(self, path: str) -> bool: ...
    def constraint_ok(self, path: str, value: str) -> bool:
        """Whether `value` would satisfy the constraint; a blank always does (JavaRosa)."""
        ...

    def soft_ok(self, path: str, value: str) -> bool: ...
    def label(self, path: str) -> str: ...
    def hint(self, path: str) -> str: ...
    def constraint_message(self, path: str, value: str) -> str:
        """The form's own message with its outputs filled in as if `value` were the answer."""
        ...

    def required_message(self, path: str) -> str: ...
    def soft_message(self, path: str, value: str) -> str: ...
    def choices(self, path: str) -> tuple[Choice, ...]:
        """The choices left by choice_filter, in order."""
        ...

    def default(self, path: str) -> str:
        """Static or dynamic default (once, when the question first becomes current)."""
        ...


class Form(Protocol):
    """A compiled form."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in document order."""
        ...

    @property
    def uncertain(self) -> frozenset[str]:
        """Paths of questions that an answer may make relevant or irrelevant."""
        ...

    def question(self, path: str) -> Question: ...
    def group_label(self, path: str, evaluation: Evaluation) -> str: ...
    def evaluate(self, answers: Mapping[str, str], context: Context) -> Evaluation:
        """See the form with these answers (path to XForm string); unknown paths are ignored."""
        ...
