"""Constraints that nobody could satisfy, because they wait for a question that comes later.

`. <= ${later}` is false while `later` is blank: a person would be refused again and again. A rule
that allows for the blank, such as `. <= ${later} or ${later} = ''`, is in order. What the rule
means is not worked out: it is tried on a few answers, and refused when it takes none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from conversations.forms.compiled import CompiledForm
from conversations.forms.model import ASKED, Context, Question, QuestionType
from conversations.forms.publish.checked import Checked
from conversations.forms.publish.problems import Problem
from conversations.text import Text

_SOME_DAY: Final = Context(datetime(2026, 1, 15, tzinfo=UTC))
_NUMBERS: Final = ("0", "1", "2", "5", "10", "100", "1000", "999999999", "-1")
_TRIED: Final = {
    QuestionType.INTEGER: _NUMBERS,
    QuestionType.DECIMAL: (*_NUMBERS, "0.5", "99.5"),
    QuestionType.DATE: ("2026-01-15", "2025-06-01", "1990-01-01", "2040-12-31"),
    QuestionType.TEXT: ("a", "Nguyễn Văn A", "0901234567", "1", "a" * 50),
    QuestionType.GEOPOINT: ("14.35 107.6 0 0",),
    QuestionType.IMAGE: ("photo.jpg",),
}


def out_of_reach(checked: Checked, form: CompiledForm) -> Iterator[Problem]:
    """Yield a problem for each constraint that takes nothing before a later question is answered."""
    order = {path: number for number, path in enumerate(checked.entries)}
    asked = {question.path for question in form.questions if question.type in ASKED}
    for question in form.questions:
        path = question.path
        entry = checked.entries.get(path)
        if entry is None or path not in asked:
            continue
        behind = _behind(checked, entry.reads.get("constraint", frozenset()))
        later = [
            checked.entries[read].name
            for read in sorted(behind, key=lambda read: order.get(read, 0))
            if read in asked and order[read] > order[path]
        ]
        if not later:
            continue
        evaluation = form.evaluate({}, _SOME_DAY)
        if not any(evaluation.constraint_ok(path, value) for value in _values(form, question)):
            told = {"name": later[0]}
            reason = Text(
                "This rule needs the answer to {name}, which is asked later. Write it there.", told
            )
            yield Problem(reason, "survey", entry.row.number, "constraint")


def _behind(checked: Checked, reads: frozenset[str]) -> set[str]:
    """Return what an expression reads, also through calculations."""
    found: set[str] = set()
    waiting = list(reads)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            entry = checked.entries.get(path)
            waiting += entry.reads.get("calculation", ()) if entry else ()
    return found


def _values(form: CompiledForm, question: Question) -> tuple[str, ...]:
    itemset = form.nodes[question.path].itemset
    if itemset is None:
        return _TRIED.get(question.type, ())
    return tuple(row.get(itemset.value, "") for row in form.instances.get(itemset.instance, ()))
