"""A submission as a person reads it: the questions' own words, the choices' own labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from backend.forms import load_form
from backend.models import Answer, Submission
from backend.reports.numbers import shown_number
from conversations.forms.model import ASKED, Context, QuestionType
from conversations.text import N_
from locales import Catalog


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One question and what was answered; `note` says that it is an estimate."""

    question: str
    value: str
    note: str = ""
    path: str = ""


async def shown_answers(
    submission: Submission, answers: Iterable[Answer], catalog: Catalog, zone: tzinfo
) -> list[ShownAnswer]:
    """Return the answers in the form's order, worded by the form version they were given to."""
    form = await load_form(submission.form_version.id, submission.form_version.sha256)
    given = {answer.path: answer for answer in answers}
    now: datetime = submission.answered_at.astimezone(zone)
    evaluation = form.evaluate(
        {path: answer.value for path, answer in given.items()}, Context(now=now, lang=catalog.lang)
    )
    shown = []
    for question in form.questions:
        answer = given.get(question.path)
        if answer is None or question.type not in ASKED or question.type is QuestionType.IMAGE:
            continue
        if answer.unknown:
            value = catalog.get(N_("not known"))
        elif question.type in {QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE}:
            labels = {choice.value: choice.label for choice in evaluation.choices(question.path)}
            value = ", ".join(labels.get(part, part) for part in answer.value.split())
        elif answer.number is not None:
            unit = question.unit_in(catalog.lang, form.languages[0] if form.languages else "")
            value = f"{shown_number(answer.number, catalog)} {unit}".rstrip()
        elif question.type is QuestionType.DATE:
            value = _day(answer.value, catalog)
        else:
            value = answer.value
        note = catalog.get(N_("estimate")) if answer.estimate else ""
        shown.append(ShownAnswer(evaluation.label(question.path), value, note, question.path))
    return shown


def _day(value: str, catalog: Catalog) -> str:
    try:
        return catalog.date(date.fromisoformat(value))
    except ValueError:
        return value
