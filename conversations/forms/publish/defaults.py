"""Defaults that no interview could offer: constants that are no value of their question's type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from conversations.forms.compiled import CompiledForm
from conversations.forms.fitting import fitted
from conversations.forms.model import ASKED, Context, Question, QuestionType
from conversations.forms.publish.checked import Checked
from conversations.forms.publish.problems import Problem
from conversations.limits import MAX_NUMBER_DIGITS, MAX_TEXT_CHARS
from conversations.text import Text

_ANY_DAY = Context(datetime(2000, 1, 1, tzinfo=UTC))
"""Only expressions that look at nothing are tried, so the day changes nothing."""


def wrong_defaults(checked: Checked, form: CompiledForm) -> Iterator[Problem]:
    """Yield a problem for each constant default that does not fit its question."""
    for question in form.questions:
        entry = checked.entries.get(question.path)
        if entry is None or question.type not in ASKED - {QuestionType.IMAGE}:
            continue
        for value in _constant(checked, form, question):
            if reason := _why_not(form, question, value, entry.row.cells.get("default", value)):
                yield Problem(reason, "survey", entry.row.number, "default")


def _constant(checked: Checked, form: CompiledForm, question: Question) -> Iterator[str]:
    """Yield the default if it is the same for everybody and on every day."""
    node = form.nodes[question.path]
    entry = checked.entries[question.path]
    cell = entry.row.cells.get("default", "")
    if node.default is None:
        if node.static_default:
            yield node.static_default
    elif not entry.reads.get("default") and not set("($/") & set(cell):
        yield form.evaluate({}, _ANY_DAY).default(question.path) or cell


def _why_not(form: CompiledForm, question: Question, value: str, cell: str) -> Text | None:
    fits = fitted(question.type, value)
    shown = cell if len(cell) <= 60 else f"{cell[:60]}…"  # noqa: PLR2004  (a glance at it)
    match question.type:
        case QuestionType.INTEGER if not fits:
            return Text(
                "The default “{value}” is not a whole number of at most {most} digits.",
                {"value": shown, "most": MAX_NUMBER_DIGITS},
            )
        case QuestionType.DECIMAL if not fits:
            return Text(
                "The default “{value}” is not a number of at most {most} digits; "
                "decimals follow a point.",
                {"value": shown, "most": MAX_NUMBER_DIGITS},
            )
        case QuestionType.DATE if not fits:
            return Text(
                "The default “{value}” is not a day; write it like this: 2026-11-15.",
                {"value": shown},
            )
        case QuestionType.GEOPOINT if not fits:
            return Text(
                "The default “{value}” is not a position; write it like this: 14.35 107.6 0 0.",
                {"value": shown},
            )
        case QuestionType.TEXT if not fits:
            return Text(
                "What stands here is too long: more than {most} letters.", {"most": MAX_TEXT_CHARS}
            )
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE:
            itemset = form.nodes[question.path].itemset
            rows = form.instances.get(itemset.instance) if itemset else None
            if rows is None or itemset is None:
                return None  # a list of its own file: not known here
            known = {row.get(itemset.value, "") for row in rows}
            if not fits or not set(fits.split()) <= known:
                return Text(
                    "The default “{value}” is not a name from the list of choices.",
                    {"value": shown},
                )
    return None
