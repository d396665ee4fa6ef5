"""GỬI: from the answers of an interview to a submission."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from conversations.forms.compiled import CompiledForm
from conversations.forms.fitting import computed
from conversations.forms.model import ASKED, QuestionType
from conversations.forms.submission import submission_xml
from conversations.interview.answering import advance
from conversations.interview.effects import Answer, Say, Submitted
from conversations.interview.sitting import Sitting
from conversations.interview.transitions import Signal
from conversations.text import Paragraph, Text


def submit(sitting: Sitting) -> None:
    """Submit, or ask what no longer holds (a day may have passed since the summary was shown)."""
    if sitting.next_questions() or next(sitting.unsettled(), None) is not None:
        advance(sitting)
        return
    sitting.signal(Signal.SEND)
    sitting.aside = {}
    missing = missing_photos(sitting)
    thanks: list[Paragraph] = [Text("Sent. Thank you very much.")]
    if missing:
        thanks.append(Text("The photo can still be sent here later."))
    sitting.effects += [
        Submitted(relevant_answers(sitting), missing, submission(sitting)),
        Say(tuple(thanks)),
    ]


def relevant_answers(sitting: Sitting) -> dict[str, Answer]:
    """Return every relevant answer by path, calculates and hidden values included, no blanks."""
    see = sitting.evaluation
    found: dict[str, Answer] = {}
    for q in sitting.form.questions:
        entry = sitting.answers.get(q.path)
        if q.type is QuestionType.NOTE or not see.relevant(q.path):
            continue
        if q.type in ASKED and entry is not None:
            if entry.value or entry.unknown:
                found[q.path] = Answer(entry.value, entry.estimate, entry.unknown, entry.typed)
        elif value := computed(q.type, see.value(q.path)):
            found[q.path] = Answer(value)
    return found


def missing_photos(sitting: Sitting) -> tuple[str, ...]:
    """Return the paths of required photos that have not come yet."""
    return tuple(
        q.path
        for q in sitting.asked
        if q.type is QuestionType.IMAGE
        and not sitting.answers[q.path].value
        and sitting.evaluation.required(q.path)
    )


def submission(sitting: Sitting) -> str:
    """Return the submission XML."""
    values = dict(sitting.fixed)
    values.update((path, entry.value) for path, entry in sitting.answers.items())
    return submission_xml(
        cast("CompiledForm", sitting.form),
        values,
        sitting.context,
        instance_id=sitting.state.instance_id,
        deprecated_id=sitting.state.deprecated_id or None,
        started=datetime.fromisoformat(sitting.state.begun),
        ended=sitting.context.now,
    )
