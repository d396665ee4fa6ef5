"""Answers as a person reads them: one value, one short label, and the summary of them all."""

from __future__ import annotations

import re

from conversations.answers.numbers import number_param
from conversations.forms.fitting import fitted
from conversations.forms.model import Question, QuestionType
from conversations.interview.sitting import Sitting
from conversations.interview.state import Entry
from conversations.text import Paragraph, Param, Text
from conversations.xpath.values import date_of_text

SHORT_LABEL_CHARS = 60
SHOWN_TEXT_CHARS = 200
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,20})?", re.ASCII)
"""Numbers that can be written as such; a calculation may hold any text, which is shown as it is."""


def value_shown(sitting: Sitting, question: Question, entry: Entry) -> Param:
    """Return an answer as a person reads it: numbers formatted, labels for choices."""
    shown = _plain_value(sitting, question, entry)
    return Text("about {number}", {"number": shown}) if entry.estimate else shown


def summary(sitting: Sitting) -> list[Paragraph]:
    """Return every answer with its number, and how to send them or correct one."""
    together: Text | None = None
    for q in sitting.asked:
        entry = sitting.answers.get(q.path) or Entry("")
        line = Text(
            "{number}. {label}: {value}",
            {
                "number": str(sitting.place(q.path)),
                "label": short_label(sitting, q),
                "value": value_shown(sitting, q, entry),
            },
        )
        together = (
            Text("{first}\n{second}", {"first": together, "second": line}) if together else line
        )
    paragraphs: list[Paragraph] = [Text("These are your answers:")]
    if together:
        paragraphs.append(together)
    paragraphs.append(
        Text("If they are right, send SEND. If not, send the question's number (for example: 3).")
    )
    return paragraphs


def short_label(sitting: Sitting, question: Question) -> str:
    """Return a question in one short line: its first clause, cut at a word."""
    label = " ".join((sitting.evaluation.label(question.path) or question.name).split())
    for mark in ("?", ":", " ("):
        head, found, _ = label.partition(mark)
        if found and head:
            label = head
    label = label.rstrip(" .")
    if len(label) <= SHORT_LABEL_CHARS:
        return label
    return label[:SHORT_LABEL_CHARS].rpartition(" ")[0].rstrip(",;") + "…"


def unit_of(sitting: Sitting, question: Question) -> str:
    """Return what a number counts in the person's language, "" when the form does not say it."""
    languages = sitting.form.languages
    return question.unit_in(sitting.context.lang, languages[0] if languages else "")


def _plain_value(sitting: Sitting, question: Question, entry: Entry) -> Param:
    value = entry.value
    if entry.unknown:
        return Text("not known")
    if question.type is QuestionType.IMAGE:
        if not value:
            return Text("no photo yet")
        return Text("{count} photos", {"count": len(value.split())})
    if not value:
        return Text("left out")
    match question.type:
        case QuestionType.INTEGER | QuestionType.DECIMAL if _NUMBER.fullmatch(value):
            return _counted(sitting, question, value)
        case QuestionType.DATE if day := date_of_text(fitted(QuestionType.DATE, value)):
            return day
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE:
            labels = {c.value: c.label for c in sitting.evaluation.choices(question.path)}
            return ", ".join(labels.get(v, v) for v in value.split())
        case QuestionType.GEOPOINT:
            return ", ".join(value.split()[:2])
    return value if len(value) <= SHOWN_TEXT_CHARS else value[:SHOWN_TEXT_CHARS] + "…"


def _counted(sitting: Sitting, question: Question, value: str) -> Param:
    """Return a number with what it counts, where the form says it in the person's language."""
    unit = unit_of(sitting, question)
    number = number_param(value)
    return Text("{number} {unit}", {"number": number, "unit": unit}) if unit else number
