"""One event in, a new state and what to do out. This is the whole of what the outside calls.

`begin`, `step` and `reopen` are pure: the same arguments give the same result. What moves the
phases stands in `transitions`; the sentences stand in `showing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from conversations.answers import words
from conversations.answers.commands import (
    WHICH,
    Command,
    Ordered,
    read_command,
    read_question_number,
)
from conversations.answers.courtesy import without_courtesy
from conversations.answers.plain import clean, without_pictures
from conversations.forms.model import Form, QuestionType
from conversations.interview import photo_words, showing
from conversations.interview.answering import (
    advance,
    answer_doubt,
    answer_typed,
    ask_for,
    pick,
)
from conversations.interview.closing import submit
from conversations.interview.effects import Chosen, Effect, PhotoKept, Say
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
from conversations.interview.ordering import (
    answer_cancelling,
    edit,
    order_at_question,
    order_here,
    ordered,
    say_paused,
)
from conversations.interview.photos import refuse_photo, take_photo, take_position
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
        case PhotoRefused():
            refuse_photo(sitting, event)
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
        say_paused(sitting)
        return False
    sitting.signal(Signal.RESUME)
    if isinstance(event, Typed) and not (order and order.command is Command.CANCEL):
        showing.ask(sitting, [Text("Let us go on.")], notes=True)
        return False
    return True


def _typed(sitting: Sitting, raw: str) -> None:
    text = clean(raw)
    if not _takes_any_words(sitting):
        text = without_pictures(text) or text
    if not text:
        showing.ask(sitting, [Text("Your message is empty. Please type your answer.")])
    elif len(text) > MAX_TEXT_CHARS:
        most = Text("This is too long: at most {most} letters.", {"most": MAX_TEXT_CHARS})
        showing.ask(sitting, [most])
    elif _is_choice(sitting, text):
        answer_typed(sitting, text)
    elif order := read_command(
        text,
        any_words=_takes_any_words(sitting),
        only_commands=not _takes_any_words(sitting) and not _takes_labels(sitting),
    ):
        ordered(sitting, order, text)
    elif sitting.phase is Phase.CANCELLING:
        answer_cancelling(sitting, agreed=without_courtesy(fold(text).strip(" .!")) in words.YES)
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


def _takes_labels(sitting: Sitting) -> bool:
    """Say whether a choice waits: its label may begin with any word."""
    question = sitting.current if sitting.phase is Phase.ASKING else None
    return question is not None and question.type in SELECTS


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
        ordered(sitting, Ordered(Command(option.value)), "")


def _answer_summary(sitting: Sitting, text: str) -> None:
    place = read_question_number(text)
    said = without_courtesy(fold(text).strip(" .!"))
    if place:
        edit(sitting, place.number, place.letter)
    elif said in words.YES and not text.rstrip().endswith("?"):
        submit(sitting)
    elif said in words.WRONG:
        ordered(sitting, Ordered(Command.EDIT, WHICH), text)
    else:
        showing.ask(sitting, [Text("I did not understand.")])


def _answer_without_photo(sitting: Sitting, text: str) -> None:
    question = sitting.form.question(sitting.asking[0])
    folded = without_courtesy(fold(text).strip(" .!"))
    entry = sitting.answers.get(question.path)
    if any(w.match(folded) for w in (words.NONE, words.ALL, words.UNKNOWN)) or folded in words.NO:
        # «không» with photos here means no more of them, or none better: none is lost.
        here = entry is not None and entry.value
        order_here(sitting, Command.DONE if here else Command.SKIP, text)
    elif entry is not None and entry.value and words.ANOTHER_PHOTO.match(folded):
        order_here(sitting, Command.AGAIN, text)
    elif entry is not None and entry.value and words.ENOUGH.match(folded):
        order_here(sitting, Command.DONE, text)
    elif not (entry is not None and entry.value) and words.NOT_YET.match(folded):
        order_here(sitting, Command.SKIP, text)
    elif photo_words.doubt_of(sitting, question) and folded.split()[:1] in _CANNOT:
        order_here(sitting, Command.KEEP, text)
    elif folded in words.YES and photo_words.doubt_of(sitting, question):
        showing.ask(sitting)  # «vâng» to «please take it again»
    elif folded in words.YES and question.path in sitting.answers:
        order_at_question(sitting, Command.DONE, text)
    else:
        answer_typed(sitting, text)
