"""What a person is shown: the present question, help, and what was understood.

Every Ask is complete in itself: progress, question, hint, numbered choices, and which words may
be sent. Nothing here changes an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from conversations.answers.commands import Command
from conversations.forms.model import ASKED, Question, QuestionType
from conversations.interview.effects import Ask, Option
from conversations.interview.photo_words import doubt_of, may_be_late, words_at
from conversations.interview.sitting import Sitting
from conversations.interview.state import Entry
from conversations.interview.summarising import summary, value_shown
from conversations.interview.transitions import Phase
from conversations.text import Paragraph, Param, Text

_KEEP = Option(Command.KEEP, Text("Keep"))
_AGAIN = Option(Command.AGAIN, Text("Start again"))
_DONE = Option(Command.DONE, Text("Done"))
_SKIP = Option(Command.SKIP, Text("Skip"))
_LATER = Option(Command.SKIP, Text("Send later"))
_UNKNOWN = Option(Command.UNKNOWN, Text("Not known"))
_RIGHT = Option(Command.YES, Text("Right"))
_CORRECT = Option(Command.EDIT, Text("Correct it"))
_SEND = Option(Command.SEND, Text("Send"))
_STOP = Option(Command.YES, Text("Cancel it"))
_GO_ON = Option(Command.NO, Text("Go on"))


def ask(
    sitting: Sitting,
    lead: Iterable[Paragraph] = (),
    *,
    notes: bool = False,
    after_photo: bool = False,
    brief: bool = False,
) -> None:
    """Add the Ask for where the interview stands, after the paragraphs of `lead`.

    `notes` puts the form's notes that stand before the question in front of it; `brief` leaves
    out the words of an image question that was asked just before.
    """
    sitting.prompt += 1
    paragraphs = list(lead)
    if notes:
        paragraphs += _notes(sitting)
    paragraphs += _body(sitting, brief=brief)
    question = sitting.current if sitting.phase is Phase.ASKING else None
    kind = question.type if question else None
    sitting.effects.append(
        Ask(
            prompt=sitting.prompt,
            path=question.path if question else "",
            paragraphs=tuple(paragraphs),
            options=options(sitting),
            wants_photo=kind is QuestionType.IMAGE,
            wants_location=kind is QuestionType.GEOPOINT,
            after_photo=after_photo,
        )
    )


def options(sitting: Sitting) -> tuple[Option, ...]:
    """Return the buttons of the present Ask. Choices come first, in the order of their numbers."""
    match sitting.phase:
        case Phase.CANCELLING:
            return (_STOP, _GO_ON)
        case Phase.REVIEWING:
            return (_SEND,)
        case Phase.CONFIRMING:
            return (_RIGHT, _CORRECT)
    question = sitting.current
    if question is None or len(sitting.asking) > 1:
        return ()
    if question.type is QuestionType.IMAGE:
        return _photo_options(sitting, question)
    return _answer_options(sitting, question)


def _photo_options(sitting: Sitting, question: Question) -> tuple[Option, ...]:
    entry = sitting.answers.get(question.path)
    if doubt_of(sitting, question):
        return (_KEEP,)
    if entry is not None and entry.value:
        return (_DONE,) if entry.open else (_KEEP, _AGAIN)
    return (_LATER,) if may_be_late(sitting, question) else ()


def _answer_options(sitting: Sitting, question: Question) -> tuple[Option, ...]:
    see = sitting.evaluation
    found = [
        Option(c.value, f"✓ {c.label}" if c.value in sitting.picked else c.label)
        for c in see.choices(question.path)
    ]
    if sitting.picked:
        found.append(_DONE)
    elif sitting.offer(question) is not None:
        found.append(_KEEP)
    if question.unknown_ok:
        found.append(_UNKNOWN)
    if not see.required(question.path):
        found.append(_SKIP)
    return tuple(found)


def noted(sitting: Sitting, paths: Sequence[str], *, named: bool = False) -> list[Paragraph]:
    """Return the echo of answers just given; none for answers that are gone again.

    `named` puts each question's number in front: not all that were asked got an answer.
    """
    shown = [
        _noted_one(sitting, p, e, named=named)
        for p in paths
        if (e := sitting.answers.get(p)) is not None
    ]
    if not shown:
        return []
    together = shown[0]
    for one in shown[1:]:
        together = Text("{first}; {second}", {"first": together, "second": one})
    return [Text("Noted: {value}", {"value": together})]


def _noted_one(sitting: Sitting, path: str, entry: Entry, *, named: bool) -> Text:
    value = value_shown(sitting, sitting.form.question(path), entry)
    if named:
        return Text("{number}) {label}", {"number": str(sitting.place(path)), "label": value})
    return Text("{value}", {"value": value})


def help_for(sitting: Sitting) -> list[Paragraph]:
    """Return what can be sent just now, and the words that work everywhere."""
    paragraphs: list[Paragraph] = []
    if sitting.phase is Phase.ASKING and (question := sitting.current):
        paragraphs.append(_how_to_answer(sitting, question))
    paragraphs.append(
        Text(
            "EDIT goes back to the question before. PAUSE stops for now, nothing is lost. "
            "CANCEL ends this questionnaire."
        )
    )
    return paragraphs


def required_problem(sitting: Sitting, question: Question) -> Paragraph:
    """Return why a question cannot be left blank."""
    message = sitting.evaluation.required_message(question.path)
    return message or Text("This question needs an answer.")


def constraint_problem(sitting: Sitting, question: Question, value: str) -> Paragraph:
    """Return the form's own message with the numbers that clash."""
    message = sitting.evaluation.constraint_message(question.path, value)
    return message or Text("This answer does not fit the others. Please look at it again.")


def earlier_words(sitting: Sitting, question: Question, value: str) -> list[Paragraph]:
    """Return how to mend an answer given before, for one that clashes with the others."""
    clashes = question.compares and value and not value.startswith("-")
    if not clashes or sitting.place(question.path).number <= 1:
        return []
    return [Text("If an earlier answer is wrong, send EDIT and its number, for example: EDIT 1.")]


# inside


def _body(sitting: Sitting, *, brief: bool) -> list[Paragraph]:
    if sitting.phase is Phase.CANCELLING:
        return [
            Text("Really cancel? The answers given so far will not be sent."),
            Text("Send CANCEL once more to cancel, or NO to go on."),
        ]
    if sitting.phase is Phase.REVIEWING:
        return summary(sitting)
    question = sitting.current
    if question is None:
        return []
    if sitting.phase is Phase.CONFIRMING:
        return _doubt(sitting, question)
    if len(sitting.asking) > 1:
        return _group(sitting)
    return _question(sitting, question, brief=brief)


def _question(sitting: Sitting, question: Question, *, brief: bool) -> list[Paragraph]:
    see = sitting.evaluation
    path = question.path
    label = see.label(path) or question.name
    paragraphs: list[Paragraph] = [
        Text("Question {number}/{total}. {label}", _head(sitting, path, label))
    ]
    if hint := see.hint(path):
        paragraphs.append(hint)
    if question.type is QuestionType.IMAGE:
        words = words_at(sitting, question)
        return words if brief else paragraphs + words
    if choices := see.choices(path):
        lines = [
            f"{i}. {'✓ ' if c.value in sitting.picked else ''}{c.label}"
            for i, c in enumerate(choices, 1)
        ]
        paragraphs.append("\n".join(lines))
    if question.type is QuestionType.SELECT_MULTIPLE:
        paragraphs.append(Text("You may choose several, for example: 1, 3."))
        if sitting.picked:
            paragraphs.append(Text("Send DONE when you have chosen them all."))
    offer = sitting.offer(question)
    if offer is not None and not sitting.picked:
        paragraphs.append(_offered(sitting, question, offer, hint))
    if question.type is QuestionType.GEOPOINT:
        paragraphs.append(Text("Please send your position from the phone."))
    if not see.required(path):
        paragraphs.append(Text("You may leave it out: send SKIP."))
    return paragraphs


def _offered(sitting: Sitting, question: Question, offer: Entry, hint: str) -> Text:
    """Return what may be kept; a value that the hint has just told is not told twice."""
    unanswered = question.path not in sitting.answers
    if unanswered and offer.value in re.findall(r"\w+", hint):
        return Text("Send KEEP if it is still right, or send the new answer.")
    return Text(
        "On record: {value}. Send KEEP if it is still right, or send the new answer.",
        {"value": value_shown(sitting, question, offer)},
    )


def _head(sitting: Sitting, path: str, label: str) -> dict[str, Param]:
    return {
        "number": str(sitting.place(path)),
        "total": len(sitting.units),
        "label": label,
    }


def _group(sitting: Sitting) -> list[Paragraph]:
    see = sitting.evaluation
    questions = [sitting.form.question(p) for p in sitting.asking]
    places = [sitting.place(p) for p in sitting.asking]
    head: dict[str, Param] = {
        "number": places[0].number,
        "total": len(sitting.units),
        "label": sitting.form.group_label(questions[0].group or "", see),
    }
    lines: list[Text] = []
    offered = False
    for place, q in zip(places, questions, strict=True):
        words = see.label(q.path) or q.name
        if hint := see.hint(q.path):
            words = f"{words} ({hint})"
        line = Text("{number}) {label}", {"number": str(place), "label": words})
        offer = sitting.offer(q)
        if offer is not None:
            offered = True
            line = Text(
                "{line} (on record: {value})",
                {"line": line, "value": value_shown(sitting, q, offer)},
            )
        lines.append(line)
    together = lines[0]
    for line in lines[1:]:
        together = Text("{first}\n{second}", {"first": together, "second": line})
    paragraphs: list[Paragraph] = [
        Text("Question {number}/{total}. {label}", head),
        together,
        Text("You may answer all at once, one answer a line, or one by one."),
    ]
    if offered:
        paragraphs.append(Text("Send KEEP to keep what is on record."))
    return paragraphs


def _doubt(sitting: Sitting, question: Question) -> list[Paragraph]:
    entry = sitting.answers[question.path]
    label = sitting.evaluation.label(question.path) or question.name
    place = _head(sitting, question.path, label)
    paragraphs: list[Paragraph] = [Text("Question {number}/{total}. {label}", place)]
    if message := sitting.evaluation.soft_message(question.path, entry.value):
        paragraphs.append(message)
    paragraphs.append(
        Text(
            "Is it really {value}? If so send RIGHT, or send the right answer.",
            {"value": value_shown(sitting, question, entry)},
        )
    )
    return paragraphs


def _notes(sitting: Sitting) -> list[Paragraph]:
    """Return the notes and shown values between the question before and the present one."""
    see = sitting.evaluation
    waiting = set(sitting.asking[:1]) if sitting.phase is not Phase.REVIEWING else set()
    asked = {q.path for q in sitting.asked}
    found: list[Paragraph] = []
    for q in sitting.form.questions:
        if q.path in waiting:
            return found
        if q.path in asked:
            found = []
        elif q.type is QuestionType.NOTE:
            if see.relevant(q.path) and (label := see.label(q.path)):
                found.append(label)
        elif q.type in ASKED and (value := see.value(q.path)):
            shown = value_shown(sitting, q, Entry(value))
            label = see.label(q.path) or q.name
            found.append(Text("{label}: {value}", {"label": label, "value": shown}))
    return found


def _how_to_answer(sitting: Sitting, question: Question) -> Text:
    if len(sitting.asking) > 1:
        return Text("Send one answer a line, in the order of the questions.")
    match question.type:
        case QuestionType.INTEGER | QuestionType.DECIMAL:
            if question.unknown_ok:
                return Text(
                    "Send one number, for example 95. None: 0. Not sure: about 50. Not known: UNKNOWN."
                )
            return Text("Send one number, for example 95. None: 0. Not sure: about 50.")
        case QuestionType.DATE:
            return Text("Send the day, for example 15/11/2026 or yesterday.")
        case QuestionType.SELECT_ONE:
            return Text("Send the number of your answer, for example 1.")
        case QuestionType.SELECT_MULTIPLE:
            return Text("Send the numbers of your answers, for example: 1, 3.")
        case QuestionType.IMAGE:
            return Text("Take a photo and send it here. Send DONE when all are sent.")
        case QuestionType.GEOPOINT:
            return Text("Send your position from the phone, or type it: 14.35, 107.60.")
    return Text("Write your answer in your own words.")
