"""One event in, a new state and what to do out. This is the whole of what the outside calls.

`begin`, `step` and `reopen` are pure: the same arguments give the same result. What moves the
phases stands in `transitions`; the sentences stand in `showing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from conversations.answers import words
from conversations.answers.commands import Command, Ordered, read_command, read_question_number
from conversations.answers.plain import clean
from conversations.answers.reading import Understood
from conversations.forms.model import Form, Question, QuestionType
from conversations.interview import photo_words, showing
from conversations.interview.answering import (
    advance,
    answer_doubt,
    answer_typed,
    ask_for,
    confirm,
    keep,
    pick,
    skip,
    take,
)
from conversations.interview.closing import submit
from conversations.interview.effects import Cancelled, Chosen, Effect, Paused, PhotoKept, Say
from conversations.interview.events import (
    Event,
    Located,
    Photographed,
    PhotoRefused,
    Pressed,
    Resumed,
    Typed,
    Unsupported,
)
from conversations.interview.photos import drop_photos, finish_photos, take_photo, take_position
from conversations.interview.sitting import SELECTS, Sitting
from conversations.interview.state import State
from conversations.interview.transitions import FINAL, Phase, Signal
from conversations.limits import MAX_TEXT_CHARS
from conversations.text import Paragraph, Text, fold

_CANNOT = (["khong"], ["ko"], ["chiu"])
"""First words of «không chụp lại được»: to the advice on a photo they mean KEEP."""

Result = tuple[State, tuple[Effect, ...]]


def begin(  # noqa: PLR0913  (an interview begins with all it will ever look at)
    form: Form,
    *,
    lang: str,
    now: datetime,
    instance_id: str,
    presets: Mapping[str, str] | None = None,
    external: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    last_saved: Mapping[str, str] | None = None,
    greeting: tuple[Paragraph, ...] = (),
) -> Result:
    """Begin an interview and ask its first question.

    Args:
        form: the published version; the interview keeps it to its end.
        lang: "vi", "en" or the form's own name of a language.
        now: aware, in the office's zone (also for `step`).
        instance_id: unique; "uuid:…" by OpenRosa's custom.
        presets: values by path; given to hidden questions, offered at others.
        external: the rows pulldata may look at, by table name.
        last_saved: last period's values by path.
        greeting: paragraphs before the first question.

    """
    given = dict(presets or {})
    fixed: dict[str, str] = {}
    for q in form.questions:
        if q.type is QuestionType.HIDDEN and q.path in given:
            fixed[q.path] = given.pop(q.path)
    state = State(
        form_id=form.id,
        form_version=form.version,
        instance_id=instance_id,
        lang=lang,
        begun=now.isoformat(),
        fixed=fixed,
        offered=given,
        external={name: [dict(row) for row in rows] for name, rows in (external or {}).items()},
        last_saved=dict(last_saved or {}),
    )
    sitting = Sitting(form, state, now)
    for q in form.questions:
        if q.type is QuestionType.HIDDEN and q.path not in fixed:
            default = sitting.evaluation.default(q.path)
            if default:
                sitting.fixed[q.path] = default
    sitting = Sitting(form, sitting.result()[0], now)
    advance(sitting, greeting)
    return sitting.result()


def reopen(form: Form, state: State, *, now: datetime, instance_id: str, ask: str = "") -> Result:
    """Begin to correct a submitted interview: its summary, under a new instance id.

    With `ask`, the path of a question that it has answered, that question instead. The old id
    is kept as the one that the new submission replaces. Effects say again which photos answer
    the new one.
    """
    sitting = Sitting(
        form,
        State(
            form_id=form.id,
            form_version=form.version,
            instance_id=instance_id,
            deprecated_id=state.instance_id,
            lang=state.lang,
            prompt=state.prompt,
            begun=now.isoformat(),
            answers=state.answers,
            fixed=state.fixed,
            offered=state.offered,
            external=state.external,
            last_saved=state.last_saved,
        ),
        now,
    )
    for q in sitting.asked:
        entry = sitting.answers.get(q.path)
        if q.type is QuestionType.IMAGE and entry is not None:
            sitting.effects += [PhotoKept(q.path, ref) for ref in entry.value.split()]
    if any(q.path == ask for q in sitting.asked) and ask in sitting.answers:
        ask_for(sitting, ask)
    else:
        advance(sitting)
    return sitting.result()


def step(form: Form, state: State, event: Event, now: datetime) -> Result:
    """Take one event. Whatever it is, nothing answered is lost and something is replied."""
    if state.phase in FINAL:
        return state, (Say((_over(state.phase),)),)
    sitting = Sitting(form, state, now)
    if sitting.phase is Phase.PAUSED and not _wake(sitting, event):
        return sitting.result()
    match event:
        case Typed(text):
            _typed(sitting, text)
        case Pressed():
            _pressed(sitting, event)
        case Photographed():
            take_photo(sitting, event)
        case Located():
            take_position(sitting, event)
        case PhotoRefused(reason):
            sitting.filled, sitting.filled_at = state.filled, state.filled_at
            showing.ask(sitting, [reason])
        case Unsupported():
            showing.ask(
                sitting, [Text("I can read only words and photos. Please type your answer.")]
            )
        case Resumed():
            showing.ask(sitting, notes=True)
    return sitting.result()


def _over(phase: Phase) -> Text:
    if phase is Phase.SUBMITTED:
        return Text("This questionnaire is already sent. Thank you.")
    return Text("This questionnaire was cancelled.")


def _wake(sitting: Sitting, event: Event) -> bool:
    """Go on after a pause. True when the event itself still wants to be taken.

    Words are not: whoever comes back after weeks must see the question before they answer it.
    """
    order = read_command(event.text) if isinstance(event, Typed) else None
    if order and order.command is Command.PAUSE:
        _say_paused(sitting)
        return False
    sitting.signal(Signal.RESUME)
    if isinstance(event, Typed) and not (order and order.command is Command.CANCEL):
        showing.ask(sitting, [Text("Let us go on.")], notes=True)
        return False
    return True


def _typed(sitting: Sitting, raw: str) -> None:
    text = clean(raw)
    if not text:
        showing.ask(sitting, [Text("Your message is empty. Please type your answer.")])
    elif len(text) > MAX_TEXT_CHARS:
        most = Text("This is too long: at most {most} letters.", {"most": MAX_TEXT_CHARS})
        showing.ask(sitting, [most])
    elif _is_choice(sitting, text):
        answer_typed(sitting, text)
    elif order := read_command(text, any_words=_takes_any_words(sitting)):
        _ordered(sitting, order, text)
    elif sitting.phase is Phase.CANCELLING:
        _answer_cancelling(sitting, agreed=fold(text).strip(" .!") in words.YES)
    elif sitting.phase is Phase.CONFIRMING:
        answer_doubt(sitting, text)
    elif sitting.phase is Phase.REVIEWING:
        _answer_summary(sitting, text)
    elif sitting.current is not None and sitting.current.type is QuestionType.IMAGE:
        _answer_without_photo(sitting, text)
    else:
        answer_typed(sitting, text)


def _is_choice(sitting: Sitting, text: str) -> bool:
    """Say whether the words are exactly a choice's own: these go before any command."""
    question = sitting.current if sitting.phase is Phase.ASKING else None
    if question is None or question.type not in SELECTS:
        return False
    folded = fold(text)
    return any(
        folded in {fold(c.label), fold(c.value)} for c in sitting.evaluation.choices(question.path)
    )


def _takes_any_words(sitting: Sitting) -> bool:
    """Say whether a text question waits: its answer may be a name like «Huy»."""
    question = sitting.current if sitting.phase is Phase.ASKING else None
    return question is not None and question.type is QuestionType.TEXT


def _pressed(sitting: Sitting, event: Pressed) -> None:
    option = None
    if event.prompt == sitting.prompt:
        present = showing.options(sitting)
        numbered = {f"#{i}": o for i, o in enumerate(present, 1)}
        option = next((o for o in present if o.value == event.value), numbered.get(event.value))
    if option is None:
        showing.ask(sitting, [Text("That button was for an earlier question.")])
        return
    sitting.effects.append(Chosen(event.prompt, option.label))
    question = sitting.current if sitting.phase is Phase.ASKING else None
    if question is not None and isinstance(option.label, str):
        pick(sitting, question, option.value)
    else:
        _ordered(sitting, Ordered(Command(option.value)), "")


def _ordered(sitting: Sitting, order: Ordered, text: str) -> None:
    command = order.command
    if sitting.phase is Phase.CANCELLING:
        if command is not Command.PAUSE:
            _answer_cancelling(sitting, agreed=command in {Command.CANCEL, Command.YES})
            return
        sitting.signal(Signal.DECLINE)
    match command:
        case Command.PAUSE:
            sitting.signal(Signal.PAUSE)
            sitting.effects.append(Paused())
            _say_paused(sitting)
        case Command.CANCEL:
            sitting.signal(Signal.CANCEL)
            showing.ask(sitting)
        case Command.HELP:
            showing.ask(sitting, showing.help_for(sitting))
        case Command.OTHER:
            showing.ask(sitting, [Text("I do not know this command. HELP shows what works here.")])
        case Command.EDIT | Command.BACK:
            _edit(sitting, order.number, order.letter) if order.number else _back(sitting, command)
        case _:
            _order_here(sitting, command, text)


def _order_here(sitting: Sitting, command: Command, text: str) -> None:
    if sitting.phase is Phase.CONFIRMING:
        _order_in_doubt(sitting, command)
    elif sitting.phase is Phase.REVIEWING:
        _order_under_summary(sitting, command)
    elif (question := sitting.current) and question.type is QuestionType.IMAGE:
        _order_at_photos(sitting, question, command)
    else:
        _order_at_question(sitting, command, text)


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
    if (
        command is Command.SEND
    ):  # only GỬI: «xong» after the last photo must not send unread answers
        submit(sitting)
    else:
        showing.ask(sitting)


def _order_at_photos(sitting: Sitting, question: Question, command: Command) -> None:
    entry = sitting.answers.get(question.path)
    if entry is None or not entry.value:
        _order_at_question(sitting, command, "")
    elif command is Command.AGAIN:
        drop_photos(sitting, question)
    elif command in {Command.UNKNOWN, Command.NO}:
        showing.ask(sitting)
    else:
        finish_photos(sitting, question)
        advance(sitting, showing.noted(sitting, [question.path]))


def _order_at_question(sitting: Sitting, command: Command, text: str) -> None:
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


def _answer_cancelling(sitting: Sitting, *, agreed: bool) -> None:
    if agreed:
        sitting.signal(Signal.AGREE)
        sitting.effects += [Cancelled(), Say((Text("The questionnaire is cancelled."),))]
    else:
        sitting.signal(Signal.DECLINE)
        showing.ask(sitting, [Text("Let us go on.")])


def _answer_summary(sitting: Sitting, text: str) -> None:
    place = read_question_number(text)
    if place:
        _edit(sitting, place.number, place.letter)
    elif fold(text).strip(" .!") in words.YES:
        submit(sitting)
    else:
        showing.ask(sitting, [Text("I did not understand.")])


def _answer_without_photo(sitting: Sitting, text: str) -> None:
    question = sitting.form.question(sitting.asking[0])
    folded = fold(text).strip(" .!")
    entry = sitting.answers.get(question.path)
    if words.NONE.match(folded) or folded in words.NO or words.UNKNOWN.match(folded):
        # «không» with photos here means no more of them, or none better: none is lost.
        here = entry is not None and entry.value
        _order_here(sitting, Command.DONE if here else Command.SKIP, text)
    elif photo_words.doubt_of(sitting, question) and folded.split()[:1] in _CANNOT:
        _order_here(sitting, Command.KEEP, text)
    elif folded in words.YES and photo_words.doubt_of(sitting, question):
        showing.ask(sitting)  # «vâng» to «please take it again»
    elif folded in words.YES and question.path in sitting.answers:
        _order_at_question(sitting, Command.DONE, text)
    else:
        answer_typed(sitting, text)


def _edit(sitting: Sitting, number: int, letter: str) -> None:
    units = sitting.units
    if not 1 <= number <= len(units):
        last = Text("There are questions 1 to {last} here.", {"last": len(units)})
        showing.ask(sitting, [last])
        return
    paths = [q.path for q in units[number - 1]]
    named = [p for p in paths if letter and sitting.place(p).letter == letter] or paths
    known = [p for p in named if p in sitting.answers or p in sitting.asking]
    if not known:
        later = Text("Question {number} comes later.", {"number": f"{number}"})
        showing.ask(sitting, [later])
        return
    ask_for(sitting, *known)


def _back(sitting: Sitting, command: Command) -> None:
    units = sitting.units
    if sitting.phase is Phase.CONFIRMING:
        ask_for(sitting, sitting.asking[0])
    elif sitting.phase is Phase.REVIEWING and command is Command.EDIT:
        showing.ask(sitting, [Text("Which question? Please send its number.")])
    else:
        at = sitting.place(sitting.asking[0]).number if sitting.asking else len(units) + 1
        if at > 1:
            ask_for(sitting, *(q.path for q in units[at - 2]))
        else:
            showing.ask(sitting, [Text("This is the first question.")])


def _say_paused(sitting: Sitting) -> None:
    sitting.effects.append(
        Say((Text("All is kept. Send any message when you want to go on, even weeks later."),))
    )
