"""From what a person sent to a recorded answer: parse, check, record, and say what comes next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from conversations.answers import words
from conversations.answers.choices import read_choice, read_choices
from conversations.answers.courtesy import without_courtesy
from conversations.answers.dates import read_date
from conversations.answers.numbers import read_number
from conversations.answers.positions import read_position
from conversations.answers.reading import Problem, Reading, Understood
from conversations.answers.several import split_reply
from conversations.forms.model import Question, QuestionType
from conversations.interview import photo_words, showing
from conversations.interview.sitting import SELECTS, Sitting
from conversations.interview.state import Entry
from conversations.interview.summarising import unit_of
from conversations.interview.transitions import Phase, Signal
from conversations.text import Paragraph, Text, fold

_APART = re.compile(r"[,;/\n]|\sv\w\s", re.IGNORECASE)
"""What stands between two answers, or inside a date."""
NUMBERS = frozenset({QuestionType.INTEGER, QuestionType.DECIMAL})


def advance(sitting: Sitting, lead: Sequence[Paragraph] = (), *, after_photo: bool = False) -> None:
    """Ask what is next: an open question, an answer that no longer holds, or the summary."""
    sitting.picked = ()
    sitting.settle_read_only()
    waiting = sitting.next_questions()
    if waiting:
        _to(sitting, Signal.ASK, waiting)
        showing.ask(sitting, lead, notes=True, after_photo=after_photo)
        return
    for question, hard in sitting.unsettled():
        if hard:
            value = sitting.answers[question.path].value
            problem = showing.constraint_problem(sitting, question, value)
            _to(sitting, Signal.ASK, (question.path,))
            clash = [*lead, problem, *showing.earlier_words(sitting, question, value)]
            showing.ask(sitting, clash, after_photo=after_photo)
        else:
            _to(sitting, Signal.DOUBT, (question.path,))
            showing.ask(sitting, lead, after_photo=after_photo)
        return
    _to(sitting, Signal.COMPLETE, ())
    showing.ask(sitting, lead, notes=True, after_photo=after_photo)


def ask_for(sitting: Sitting, *paths: str) -> None:
    """Ask one question, or all of one message, answered before or not."""
    sitting.picked = ()
    _to(sitting, Signal.ASK, paths)
    showing.ask(sitting)


def answer_typed(sitting: Sitting, text: str) -> None:
    """Take words as the answer to what is being asked."""
    if len(sitting.asking) > 1:
        _answer_group(sitting, text)
        return
    question = _current(sitting)
    offer = sitting.offer(question)
    folded = without_courtesy(fold(text).strip(" .!"))
    if offer is not None and question.type not in SELECTS:
        if folded in words.YES and question.type is not QuestionType.TEXT:
            keep(sitting)
            return
        if folded in words.NO and question.type in NUMBERS:
            problem = Text("Please send the right number. If there is none, send 0.")
            showing.ask(sitting, [problem])
            return
    reading = read(sitting, question, text)
    if isinstance(reading, Problem):
        if pieces := _with_what_follows(sitting, question, text):
            sitting.asking = tuple(pieces)
            _take_pieces(sitting, pieces)
        else:
            showing.ask(sitting, [reading.text])
        return
    take(sitting, question, reading, text)


def take(sitting: Sitting, question: Question, reading: Understood, typed: str = "") -> None:
    """Check an understood answer and go on; a clash is told with the question again."""
    problem = _record(sitting, question, reading, typed)
    if problem is not None:
        if sitting.phase is not Phase.ASKING:
            _to(sitting, Signal.ASK, (question.path,))
        earlier = showing.earlier_words(sitting, question, reading.value)
        showing.ask(sitting, [problem, *earlier])
        return
    _after(sitting, [question.path])


def keep(sitting: Sitting) -> None:
    """Take what is on record as the answer."""
    kept: list[str] = []
    for path in sitting.asking:
        question = sitting.form.question(path)
        offer = sitting.offer(question)
        if offer is None:
            continue
        reading = Understood(offer.value, estimate=offer.estimate, unknown=offer.unknown)
        problem = _record(sitting, question, reading, offer.typed)
        if problem is not None:
            earlier = showing.earlier_words(sitting, question, reading.value)
            showing.ask(sitting, [problem, *earlier])
            return
        kept.append(path)
    if kept:
        _after(sitting, kept, named=len(kept) < len(sitting.asking))
    else:
        showing.ask(sitting, [photo_words.kept_already(sitting) or _nothing_here(sitting)])


def _nothing_here(sitting: Sitting) -> Text:
    if _current(sitting).type is QuestionType.IMAGE:
        return Text("A photo is asked for here. Please send a photo.")
    return Text("There is nothing on record yet. Please send the answer.")


def confirm(sitting: Sitting) -> None:
    """Take a doubtful answer as it is."""
    path = sitting.asking[0]
    sitting.put(path, replace(sitting.answers[path], confirmed=True))
    advance(sitting, showing.noted(sitting, [path]))


def answer_doubt(sitting: Sitting, text: str) -> None:
    """Take words under a question whether an answer is right."""
    folded = without_courtesy(fold(text).strip(" .!"))
    question = _current(sitting)
    if folded in words.YES:
        confirm(sitting)
        return
    if folded in words.NO:
        ask_for(sitting, question.path)
        return
    reading = read(sitting, question, text)
    if isinstance(reading, Problem):
        showing.ask(sitting, [reading.text])
    elif reading.value == sitting.answers[question.path].value:
        sitting.put(question.path, Entry(reading.value, text, reading.estimate))
        confirm(sitting)
    else:
        take(sitting, question, reading, text)


def skip(sitting: Sitting) -> None:
    """Leave out what may be left out."""
    for path in sitting.asking:
        question = sitting.form.question(path)
        late = question.type is QuestionType.IMAGE and question.late_ok
        if sitting.evaluation.required(path) and not late:
            showing.ask(sitting, [showing.required_problem(sitting, question)])
            return
    asking = sitting.asking
    for path in asking:
        sitting.put(path, Entry(""))
    advance(sitting, showing.noted(sitting, asking))


def pick(sitting: Sitting, question: Question, value: str) -> None:
    """Take the press of a choice: the answer, or one more (or less) of several."""
    if question.type is QuestionType.SELECT_ONE:
        take(sitting, question, Understood(value))
        return
    chosen = set(sitting.picked) ^ {value}
    order = [c.value for c in sitting.evaluation.choices(question.path)]
    sitting.picked = tuple(v for v in order if v in chosen)
    showing.ask(sitting)


def read(sitting: Sitting, question: Question, text: str) -> Reading:
    """Understand words as an answer to this question."""
    unknown_ok = question.unknown_ok
    match question.type:
        case QuestionType.INTEGER | QuestionType.DECIMAL:
            whole = question.type is QuestionType.INTEGER
            also = [word for _, word in question.units]
            unit = unit_of(sitting, question) or "".join(also[:1])
            return read_number(text, whole=whole, unit=unit, also=also, unknown_ok=unknown_ok)
        case QuestionType.DATE:
            return read_date(text, sitting.context.now.date(), unknown_ok=unknown_ok)
        case QuestionType.SELECT_ONE:
            choices = sitting.evaluation.choices(question.path)
            return read_choice(text, choices, unknown_ok=unknown_ok)
        case QuestionType.SELECT_MULTIPLE:
            choices = sitting.evaluation.choices(question.path)
            return read_choices(text, choices, unknown_ok=unknown_ok)
        case QuestionType.GEOPOINT:
            return read_position(text, unknown_ok=unknown_ok)
        case QuestionType.IMAGE:
            return Problem(Text("A photo is asked for here. Please send a photo."))
    if unknown_ok and words.UNKNOWN.match(fold(text)):
        return Understood("", unknown=True)
    return Understood(text)


def _answer_group(sitting: Sitting, text: str) -> None:
    letters = {sitting.place(p).letter: p for p in sitting.asking}
    if words.UNKNOWN.match(fold(text)):
        _take_pieces(sitting, dict.fromkeys(sitting.asking, text))  # said of all that was asked
        return
    numbers = all(sitting.form.question(p).type in NUMBERS for p in sitting.asking)
    pieces = split_reply(text, list(letters), numbers=numbers)
    if isinstance(pieces, Problem):
        showing.ask(sitting, [pieces.text])
    else:
        _take_pieces(sitting, {letters[letter]: pieces[letter] for letter in sorted(pieces)})


def _with_what_follows(sitting: Sitting, question: Question, text: str) -> dict[str, str]:
    """Return the answers of «3 lần, 15/11» by path, else nothing.

    They are the answer to the one question asked and to those of its message that it calls for.
    """
    unit = sitting.unit_of(question.path)
    relevant = {q.path for q in sitting.asked}
    following = [q for q in unit[unit.index(question) + 1 :] if q.path not in relevant]
    letters = {sitting.place(q.path).letter: q for q in (question, *following)}
    apart = following and _APART.search(text)  # «1 200» is one number
    pieces = split_reply(text, list(letters)) if apart else {}
    if isinstance(pieces, Problem) or len(pieces) < 2:  # noqa: PLR2004  (one more at least)
        return {}
    values = dict(sitting.fixed)
    values.update((path, entry.value) for path, entry in sitting.answers.items())
    for letter, words_of_it in sorted(pieces.items()):
        q = letters[letter]
        reading = read(sitting, q, words_of_it)
        see = sitting.form.evaluate(values, sitting.context)
        if not see.relevant(q.path) or (q is question and isinstance(reading, Problem)):
            return {}
        if isinstance(reading, Understood):
            values[q.path] = reading.value
    if question.path not in {letters[letter].path for letter in pieces}:
        return {}
    return {letters[letter].path: pieces[letter] for letter in sorted(pieces)}


def _take_pieces(sitting: Sitting, pieces: Mapping[str, str]) -> None:
    """Take the words that answer each of several questions, and say which do not fit."""
    asked = sitting.asking
    taken: list[str] = []
    problems: list[Paragraph] = []
    earlier: list[Paragraph] = []
    for path, typed in pieces.items():
        question = sitting.form.question(path)
        number = str(sitting.place(path))
        reading = read(sitting, question, typed)
        problem: Paragraph | None
        if isinstance(reading, Problem):
            problem = reading.text
        else:
            problem = _record(sitting, question, reading, typed)
        if problem is None:
            taken.append(question.path)
        elif problems and isinstance(reading, Understood):
            # It may only clash with the one before it: kept on record, offered with the question.
            sitting.aside[question.path] = Entry(reading.value, typed, reading.estimate)
        else:
            problems.append(
                Text("Question {number}: {problem}", {"number": number, "problem": problem})
            )
            if isinstance(reading, Understood):
                earlier = showing.earlier_words(sitting, question, reading.value)
    if not problems:
        _after(sitting, taken, named=len(taken) < len(asked) or _any_unknown(sitting, taken))
        return
    relevant = {q.path for q in sitting.asked}
    still = [p for p in asked if p not in taken and p in relevant]
    sitting.asking = tuple(still)
    showing.ask(sitting, [*showing.noted(sitting, taken, named=True), *problems, *earlier])


def _any_unknown(sitting: Sitting, paths: Sequence[str]) -> bool:
    return any(e.unknown for p in paths if (e := sitting.answers.get(p)) is not None)


def _record(
    sitting: Sitting, question: Question, reading: Understood, typed: str
) -> Paragraph | None:
    """Put the answer, or return why it cannot be one."""
    path, value = question.path, reading.value
    see = sitting.evaluation
    if not value and not reading.unknown:
        if see.required(path):
            return showing.required_problem(sitting, question)
    elif value and not sitting.is_possible(question, value):
        return showing.constraint_problem(sitting, question, value)
    old = sitting.answers.get(path)
    confirmed = old is not None and old.confirmed and old.value == value
    sitting.put(path, Entry(value, typed, reading.estimate, reading.unknown, confirmed))
    return None


def _after(sitting: Sitting, paths: Sequence[str], *, named: bool = False) -> None:
    """Ask to confirm a doubtful one of the answers just given, or go on.

    `named` tells with each noted answer which question it is of.
    """
    see = sitting.evaluation
    for path in paths:
        entry = sitting.answers.get(path)
        question = sitting.form.question(path)
        if entry is None or not question.has_soft or entry.confirmed:
            continue
        if not see.soft_ok(path, entry.value):
            sitting.picked = ()
            _to(sitting, Signal.DOUBT, (path,))
            showing.ask(
                sitting, showing.noted(sitting, [p for p in paths if p != path], named=named)
            )
            return
    advance(sitting, showing.noted(sitting, paths, named=named))


def _current(sitting: Sitting) -> Question:
    return sitting.form.question(sitting.asking[0])


def _to(sitting: Sitting, signal: Signal, asking: tuple[str, ...]) -> None:
    sitting.signal(signal)
    sitting.asking = asking
