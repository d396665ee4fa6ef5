"""A form seen with one set of answers.

Everything is computed when asked for and remembered, so that one step pays only for what it
looks at. A node that is not relevant reads as blank in every expression. A dependency cycle
(refused at publish) cannot loop: the node that is being computed reads as blank.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from conversations.forms.model import Choice, Context, QuestionType
from conversations.forms.nodes import Node, Words
from conversations.xpath.reading import matching
from conversations.xpath.scope import Row, Run
from conversations.xpath.values import (
    Value,
    date_of_text,
    is_blank,
    number_of_text,
    to_bool,
    to_text,
)

_NO_ROW: Row = {}
_MISSING = "-"


class Parts(Protocol):
    """What of a compiled form is looked at."""

    @property
    def nodes(self) -> Mapping[str, Node]: ...

    @property
    def itext(self) -> Mapping[str, Words]: ...

    @property
    def instances(self) -> Mapping[str, Sequence[Row]]: ...

    @property
    def conditional(self) -> frozenset[str]: ...


class Evaluation:
    """See `conversations.forms.model.Evaluation`; also the Scope of running expressions."""

    __slots__ = (
        "_answers", "_computing", "_conditional", "_context", "_form", "_relevant", "_values", "item",
    )  # fmt: skip

    def __init__(self, form: Parts, answers: Mapping[str, str], context: Context) -> None:
        self._form = form
        self._conditional = form.conditional
        self._answers = answers
        self._context = context
        self._relevant: dict[str, bool] = {}
        self._values: dict[str, Value] = {}
        self._computing: set[str] = set()
        self.item: Row = _NO_ROW

    # the contract

    def value(self, path: str) -> str:
        """Return the value of a node as an XForm string, blank when it is not relevant."""
        if not self.relevant(path):
            return ""
        node = self._form.nodes[path]
        if node.calculate is not None:
            return self._stored(node, self.read(path))
        given = self._given(node)
        return canonical(given) if node.kind == "number" else given

    def relevant(self, path: str) -> bool:
        """Say whether a node and all groups around it are relevant."""
        if path not in self._conditional:
            return True
        known = self._relevant.get(path)
        if known is not None:
            return known
        node = self._form.nodes[path]
        self._relevant[path] = True  # a cycle meets this and stops
        result = (not node.parent or self.relevant(node.parent)) and (
            node.relevant is None or to_bool(node.relevant(self))
        )
        self._relevant[path] = result
        return result

    def required(self, path: str) -> bool:
        """Say whether an answer must be given; never where the filter leaves no choice.

        Here we leave JavaRosa, which would hold a person at that question for ever.
        """
        node = self._form.nodes[path]
        if node.itemset is not None and node.itemset.filters and not self.choices(path):
            return False
        return self._holds(node.required, otherwise=False)

    def read_only(self, path: str) -> bool:
        return self._holds(self._form.nodes[path].read_only, otherwise=False)

    def constraint_ok(self, path: str, value: str) -> bool:
        """Say whether `value` would satisfy the constraint; a blank always does."""
        test = self._form.nodes[path].constraint
        return test is None or value == "" or to_bool(test(self._with(path, value)))

    def soft_ok(self, path: str, value: str) -> bool:
        """Say whether `value` passes the soft check; a blank always does."""
        test = self._form.nodes[path].soft
        return test is None or value == "" or to_bool(test(self._with(path, value)))

    def label(self, path: str) -> str:
        return self._words(self._form.nodes[path].label)

    def hint(self, path: str) -> str:
        return self._words(self._form.nodes[path].hint)

    def constraint_message(self, path: str, value: str) -> str:
        return self._with(path, value)._words(self._form.nodes[path].constraint_message)  # noqa: SLF001  (the same class)

    def required_message(self, path: str) -> str:
        return self._words(self._form.nodes[path].required_message)

    def soft_message(self, path: str, value: str) -> str:
        return self._with(path, value)._words(self._form.nodes[path].soft_message)  # noqa: SLF001  (the same class)

    def choices(self, path: str) -> tuple[Choice, ...]:
        """Return the choices left by the choice filter, in order."""
        itemset = self._form.nodes[path].itemset
        if itemset is None:
            return ()
        found = []
        for row in matching(self, itemset.instance, itemset.filters):
            label = row.get(itemset.label, "")
            shown = self.itext(label) if itemset.translated else label
            value = row.get(itemset.value, "")
            found.append(Choice(value, shown or value))
        return tuple(found)

    def default(self, path: str) -> str:
        """Return the dynamic default as it is now, else the static one, "" without either."""
        node = self._form.nodes[path]
        if node.default is not None:
            return self._stored(node, node.default(self))
        return node.static_default

    # the scope of running expressions

    def read(self, path: str) -> Value:
        """Return the typed value of a node, "" when blank or not relevant."""
        known = self._values.get(path)
        if known is not None:
            return known
        if path in self._computing or (path in self._conditional and not self.relevant(path)):
            return ""
        node = self._form.nodes[path]
        if node.calculate is None:
            value = typed(self._given(node), node.kind)
        else:
            self._computing.add(path)
            try:
                value = calculated(node.calculate(self), integer=node.integer)
            finally:
                self._computing.discard(path)
        self._values[path] = value
        return value

    def is_relevant(self, path: str) -> bool:
        return self.relevant(path)

    def rows(self, instance: str) -> Sequence[Row]:
        rows = self._form.instances.get(instance)
        return self._context.external.get(instance, ()) if rows is None else rows

    def last_saved(self, path: str) -> Value:
        node = self._form.nodes.get(path)
        return typed(self._context.last_saved.get(path, ""), node.kind if node else "")

    def today(self) -> Value:
        return self._context.now.date()

    def now(self) -> datetime:
        return self._context.now

    def itext(self, key: str) -> str:
        words = self._form.itext.get(key)
        return self._words(words) if words else ""

    def choice_name(self, value: str, path: str) -> str:
        return next((c.label for c in self.choices(path) if c.value == value), "")

    # inside

    def _given(self, node: Node) -> str:
        given = self._answers.get(node.path)
        if given is not None:
            return given
        hidden = node.question is not None and node.question.type is QuestionType.HIDDEN
        return self.default(node.path) if hidden else ""

    def _stored(self, node: Node, value: Value) -> str:
        """Return a computed value as Collect stores it: a moment where no date is expected."""
        if isinstance(value, date) and node.kind != "date":
            moment = value if isinstance(value, datetime) else midnight(value, self._context.now)
            return moment.isoformat(timespec="milliseconds")
        return stored_text(value)

    def _holds(self, test: Run | None, *, otherwise: bool) -> bool:
        return otherwise if test is None else to_bool(test(self))

    def _with(self, path: str, value: str) -> Evaluation:
        if self._answers.get(path, "") == value:
            return self
        return Evaluation(self._form, {**self._answers, path: value}, self._context)

    def _words(self, words: Words) -> str:
        sentence = words.get(self._context.lang)
        if sentence is None:
            if not words:
                return ""
            sentence = next(iter(words.values()))
        if len(sentence) == 1 and isinstance(sentence[0], str):
            return sentence[0]
        return "".join(
            p if isinstance(p, str) else output_text(p(self), self._context.lang) for p in sentence
        ).strip()


def typed(text: str, kind: str) -> Value:
    """Return an answer as expressions see it; what does not fit its kind stays text."""
    if not text:
        return ""
    if kind == "number":
        number = number_of_text(text)
        return text if math.isnan(number) else number
    if kind == "date":
        return date_of_text(text) or text
    return text


def canonical(text: str) -> str:
    """Return a number as it is kept: «2.50» is 2.5; what is no number stays as it is."""
    if not text or (text.isdecimal() and text[0] != "0"):
        return text
    number = number_of_text(text)
    return text if math.isnan(number) else to_text(number)


def calculated(value: Value, *, integer: bool) -> Value:
    """Return a calculation as its node keeps it: NaN is blank, an int node holds whole numbers."""
    if is_blank(value):
        return ""
    if integer and isinstance(value, float) and math.isfinite(value):
        return float(math.trunc(value))
    return value


def midnight(day: date, now: datetime) -> datetime:
    """Return the first moment of a day in the zone of `now`."""
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def stored_text(value: Value) -> str:
    """Return a value as it stands in a submission: booleans are 1 and 0, NaN is blank."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if is_blank(value) else to_text(value)


def output_text(value: Value, lang: str) -> str:
    """Return a value as it is shown inside a sentence: 22/11/2026, and 1.287,5 in Vietnamese.

    Here we leave JavaRosa, which shows 2026-11-22 and 1287.5: a village head reads these sentences.
    A number that an expression has made text of, as concat() does, is text and stays what it says.
    """
    if type(value) is float and lang == "vi" and not is_blank(value):
        whole, _, part = to_text(value).partition(".")
        grouped = f"{int(whole):,}".replace(",", ".") if whole.lstrip("-").isdecimal() else whole
        minus = "-" if whole == "-0" else ""
        return f"{minus}{grouped},{part}" if part else grouped
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.day:02}/{value.month:02}/{value.year}"
    return "" if is_blank(value) else to_text(value)
