"""Command words inside an interview: which of them do something where it stands, and what."""

from __future__ import annotations

from conversations.answers.commands import WHICH, Command, Ordered
from conversations.answers.reading import Understood
from conversations.forms.model import Question, QuestionType
from conversations.interview import photo_words, showing
from conversations.interview.answering import (
    advance,
    answer_doubt,
    answer_typed,
    ask_for,
    confirm,
    keep,
    skip,
    take,
)
from conversations.interview.closing import submit
from conversations.interview.effects import Cancelled, Paused, Say
from conversations.interview.photos import drop_photos, finish_photos
from conversations.interview.sitting import Sitting
from conversations.interview.transitions import Phase, Signal
from conversations.text import Paragraph, Text


def ordered(sitting: Sitting, order: Ordered, text: str) -> None:
    """Carry out a command word; `text` is the whole message, "" for a pressed button."""
    command = order.command
    if sitting.phase is Phase.CANCELLING:
        if command is not Command.PAUSE:
            answer_cancelling(sitting, agreed=command in {Command.CANCEL, Command.YES})
            return
        sitting.signal(Signal.DECLINE)
    match command:
        case Command.PAUSE:
            sitting.signal(Signal.PAUSE)
            sitting.effects.append(Paused())
            say_paused(sitting)
        case Command.CANCEL:
            sitting.signal(Signal.CANCEL)
            showing.ask(sitting)
        case Command.HELP:
            showing.ask(sitting, showing.help_for(sitting))
        case Command.OTHER:
            showing.ask(sitting, [Text("I do not know this command. HELP shows what works here.")])
        case Command.EDIT | Command.BACK:
            edit(sitting, order.number, order.letter) if order.number else _back(sitting, command)
        case _:
            order_here(sitting, command, text)


def order_here(sitting: Sitting, command: Command, text: str) -> None:
    """Carry out a command that means something else in each phase."""
    if sitting.phase is Phase.CONFIRMING:
        _order_in_doubt(sitting, command)
    elif sitting.phase is Phase.REVIEWING:
        _order_under_summary(sitting, command)
    elif (question := sitting.current) and question.type is QuestionType.IMAGE:
        _order_at_photos(sitting, question, command)
    else:
        order_at_question(sitting, command, text)


def _order_in_doubt(sitting: Sitting, command: Command) -> None:
    if command in {Command.YES, Command.KEEP}:
        confirm(sitting)
    elif command is Command.UNKNOWN:
        answer_doubt(sitting, "?")
    elif command in {Command.NO, Command.AGAIN}:
        ask_for(sitting, sitting.asking[0])
    elif command is Command.SEND:
        showing.ask(sitting, [Text("Please answer this question first.")])
    else:
        showing.ask(sitting)


def _order_under_summary(sitting: Sitting, command: Command) -> None:
    # Only GỬI: «xong» after the last photo must not send unread answers.
    if command is Command.SEND:
        submit(sitting)
    elif command is Command.KEEP and (kept := photo_words.kept_already(sitting)):
        showing.ask(sitting, [kept])
    else:
        showing.ask(sitting)


def _order_at_photos(sitting: Sitting, question: Question, command: Command) -> None:
    entry = sitting.answers.get(question.path)
    if entry is None or not entry.value:
        order_at_question(sitting, command, "")
    elif command is Command.AGAIN:
        drop_photos(sitting, question)
    elif command in {Command.UNKNOWN, Command.NO}:
        showing.ask(sitting)
    else:
        finish_photos(sitting, question)
        advance(sitting, showing.noted(sitting, [question.path]))


def order_at_question(sitting: Sitting, command: Command, text: str) -> None:
    """Carry out a command under the present question; of a text question it may be the answer."""
    question = sitting.form.question(sitting.asking[0])
    match command:
        case Command.SKIP:
            skip(sitting)
        case Command.KEEP | Command.YES:
            keep(sitting)
        case Command.UNKNOWN | Command.NO:
            answer_typed(sitting, "?" if command is Command.UNKNOWN else "ko")
        case Command.DONE if sitting.picked:
            take(sitting, question, Understood(" ".join(sitting.picked)))
        case Command.DONE | Command.NEXT if question.path in sitting.answers:
            advance(sitting)
        case Command.SEND if question.path in sitting.answers:
            advance(sitting, _left(sitting))
        case Command.SEND:
            showing.ask(sitting, _left(sitting))
        case _ if question.type is QuestionType.TEXT and text:
            answer_typed(sitting, text)
        case _:
            showing.ask(sitting, [Text("Please answer this question first.")])


def _left(sitting: Sitting) -> list[Paragraph]:
    """Say how many questions are still open, if any."""
    left = sum(sitting.is_open(q) for q in sitting.asked)
    return [Text("{count} questions are left before sending.", {"count": left})] if left else []


def answer_cancelling(sitting: Sitting, *, agreed: bool) -> None:
    """Take the answer to «really cancel?»."""
    if agreed:
        sitting.signal(Signal.AGREE)
        sitting.effects += [Cancelled(), Say((Text("The questionnaire is cancelled."),))]
    else:
        sitting.signal(Signal.DECLINE)
        showing.ask(sitting, [Text("Let us go on.")])


def edit(sitting: Sitting, number: int, letter: str) -> None:
    """Go back to a question by its number, and in a group by its letter ("" for all of it)."""
    units = sitting.units
    if number == WHICH and sitting.phase is not Phase.REVIEWING:
        showing.ask(
            sitting, [Text("Which question? Send EDIT and its number, for example: EDIT 3.")]
        )
        return
    if number == WHICH:
        showing.ask(sitting, [Text("Which question? Please send its number.")])
        return
    if not 1 <= number <= len(units):
        last = Text("There are questions 1 to {last} here.", {"last": len(units)})
        showing.ask(sitting, [last])
        return
    paths = [q.path for q in units[number - 1]]
    named = [p for p in paths if letter and sitting.place(p).letter == letter] or paths
    known = [p for p in named if p in sitting.answers or p in sitting.asking]
    if known:
        ask_for(sitting, *known)
        return
    said = f"{number}{letter}" if len(named) < len(paths) else f"{number}"
    if any(q.path in named for q in sitting.asked):
        reason = Text("Question {number} comes later.", {"number": said})
    else:
        reason = Text("Question {number} is not needed after your other answers.", {"number": said})
    showing.ask(sitting, [reason])


def _back(sitting: Sitting, command: Command) -> None:
    units = sitting.units
    if sitting.phase is Phase.CONFIRMING:
        ask_for(sitting, sitting.asking[0])
    elif sitting.phase is Phase.REVIEWING and command is Command.EDIT:
        showing.ask(sitting, [Text("Which question? Please send its number.")])
    else:
        at = sitting.place(sitting.asking[0]).number if sitting.asking else len(units) + 1
        relevant = {q.path for q in sitting.asked}
        before = [[q.path for q in unit if q.path in relevant] for unit in units[: at - 1]]
        if any(before):
            ask_for(sitting, *next(paths for paths in reversed(before) if paths))
        else:
            showing.ask(sitting, [Text("This is the first question.")])


def say_paused(sitting: Sitting) -> None:
    """Say that all is kept while the interview rests."""
    sitting.effects.append(
        Say((Text("All is kept. Send any message when you want to go on, even weeks later."),))
    )
