"""Photos and positions: one to some photos a question, each acknowledged, none lost."""

from __future__ import annotations

from conversations.answers.positions import position
from conversations.answers.reading import Problem
from conversations.forms.model import Question, QuestionType
from conversations.interview import photo_words, showing
from conversations.interview.advice import advice_on, in_place_of
from conversations.interview.answering import advance, take
from conversations.interview.effects import PhotoKept, PhotosDropped
from conversations.interview.events import Located, Photographed, PhotoRefused
from conversations.interview.sitting import Sitting
from conversations.interview.state import Batch, Doubt, Entry
from conversations.interview.transitions import Phase
from conversations.limits import ALBUM_SECONDS, MAX_REFUSED, TOGETHER_SECONDS
from conversations.text import Paragraph, Text

_IMAGE = QuestionType.IMAGE


def take_photo(sitting: Sitting, event: Photographed) -> None:
    """Keep a photo for the image question that is asked, or say that none is asked for."""
    question = sitting.current if sitting.phase is Phase.ASKING else None
    album = _rest_of_album(sitting)
    _count(sitting, event.album, kept=1)
    if album or question is None or question.type is not QuestionType.IMAGE:
        _take_elsewhere(sitting, event)
        return
    refs = _refs(sitting, question)
    if event.ref not in refs:
        full = len(refs) >= question.max_photos
        replaced = _instead_of(sitting, question, event, full=full)
        if replaced is not None:
            _take_out(sitting, question, refs, replaced)
        elif full:
            text = Text("I keep the first {most} photos.", {"most": question.max_photos})
            showing.ask(sitting, [text, *_refusals(sitting)], after_photo=True, brief=True)
            return
        _keep(sitting, question, [*refs, event.ref])
        advice = in_place_of(replaced.code, event.advice) if replaced else event.advice
        if advice_on(advice):
            _doubt(sitting, event)
        elif replaced is not None and len(photo_words.doubts_of(sitting, question)) == 1:
            words = Text("This photo is good. One from before should still be taken again.")
            showing.ask(sitting, [words, *_refusals(sitting)], after_photo=True, brief=True)
            return
    count = len(_refs(sitting, question))
    lead = [Text("Got {count} photos.", {"count": count}), *_refusals(sitting)]
    if photo_words.doubt_of(sitting, question):
        showing.ask(sitting, lead, after_photo=True, brief=True)
    elif count >= question.max_photos:
        finish_photos(sitting, question)
        _mark_filled(sitting, question.path)
        advance(sitting, lead, after_photo=True)
    else:
        showing.ask(sitting, lead, after_photo=True, brief=True)


def refuse_photo(sitting: Sitting, event: PhotoRefused) -> None:
    """Say why a photo was not kept, in one acknowledgement with those that came with it."""
    sitting.filled, sitting.filled_at = sitting.state.filled, sitting.state.filled_at
    batch = _count(sitting, event.album, refused=event.reason.msgid)
    path = sitting.filled or (sitting.asking[0] if sitting.asking else "")
    entry = sitting.answers.get(path)
    if not batch.kept or entry is None or sitting.form.question(path).type is not _IMAGE:
        lead: list[Paragraph] = [*_refusals(sitting)] if len(batch.refused) > 1 else [event.reason]
        showing.ask(sitting, lead, after_photo=True)
        return
    lead = [Text("Got {count} photos.", {"count": len(entry.value.split())}), *_refusals(sitting)]
    showing.ask(sitting, lead, after_photo=True, brief=not sitting.filled)


def _count(sitting: Sitting, album: str, *, kept: int = 0, refused: str = "") -> Batch:
    """Count a photo with those that may have been sent together with it."""
    batch = sitting.state.batch
    soon = batch is not None and 0 <= _now(sitting) - batch.at < TOGETHER_SECONDS
    if batch is None or not (soon or (album and album == batch.album)):
        batch = Batch(0.0)
    reasons = (*batch.refused, refused)[:MAX_REFUSED] if refused else batch.refused
    sitting.batch = Batch(_now(sitting), album or batch.album, batch.kept + kept, reasons)
    return sitting.batch


def _refusals(sitting: Sitting) -> list[Paragraph]:
    """Return how many of the photos that came together were not kept, and why."""
    refused = sitting.batch.refused if sitting.batch else ()
    return [
        Text(
            "{count} photos were not kept. {problem}",
            {"count": refused.count(reason), "problem": Text(reason)},
        )
        for reason in dict.fromkeys(refused)
    ]


def _instead_of(
    sitting: Sitting, question: Question, event: Photographed, *, full: bool
) -> Doubt | None:
    """Return the doubted photo whose advice this one answers, and whose place it so takes.

    The oldest of them. Not while both may have been sent together: then it is another photo,
    unless there is no room and nothing is wrong with it.
    """
    doubts = photo_words.doubts_of(sitting, question)
    before = [d for d in doubts if not _together(sitting, event.album, d.at, d.album)]
    if not before and full and not advice_on(event.advice):
        before = doubts
    return before[0] if before else None


def _together(sitting: Sitting, album: str, at: float, other: str) -> bool:
    """Say whether a photo may have been sent together with one that came at `at` in `other`."""
    return bool(album and album == other) or 0 <= _now(sitting) - at < ALBUM_SECONDS


def _take_out(sitting: Sitting, question: Question, refs: list[str], doubt: Doubt) -> None:
    """Take the doubted photo out of `refs`."""
    refs.remove(doubt.ref)
    sitting.effects.append(PhotosDropped(question.path, (doubt.ref,)))
    sitting.doubts = tuple(d for d in sitting.doubts if d != doubt)


def _doubt(sitting: Sitting, event: Photographed) -> None:
    """Remember that another photo would be better than this one."""
    doubt = Doubt(event.ref, event.advice, _now(sitting), event.album)
    sitting.doubts = (*sitting.doubts, doubt)


def finish_photos(sitting: Sitting, question: Question) -> None:
    """Close an image question: no more photos are expected."""
    sitting.put(question.path, Entry(" ".join(_refs(sitting, question))))


def drop_photos(sitting: Sitting, question: Question) -> None:
    """Start an image question again from no photo."""
    refs = _refs(sitting, question)
    if refs:
        sitting.effects.append(PhotosDropped(question.path, tuple(refs)))
    sitting.forget(question.path)
    showing.ask(sitting)


def take_position(sitting: Sitting, event: Located) -> None:
    """Take a position for the question that asks for one."""
    question = sitting.current if sitting.phase is Phase.ASKING else None
    if question is None or question.type is not QuestionType.GEOPOINT:
        showing.ask(sitting, [Text("No position is needed here, thank you.")])
        return
    reading = position(event.latitude, event.longitude, event.accuracy)
    if isinstance(reading, Problem):
        showing.ask(sitting, [reading.text])
    else:
        take(sitting, question, reading)


def _take_elsewhere(sitting: Sitting, event: Photographed) -> None:
    """The rest of an album, a photo that was put off, or one that nobody asked for."""
    filled = sitting.state.filled
    if filled:
        _mark_filled(sitting, filled)
        most = sitting.form.question(filled).max_photos
        text = Text("I keep the first {most} photos.", {"most": most})
        showing.ask(sitting, [text, *_refusals(sitting)], after_photo=True)
        return
    if sitting.phase is Phase.REVIEWING:
        without = [
            q
            for q in sitting.asked
            if q.type is QuestionType.IMAGE and not sitting.answers[q.path].value
        ]
        if len(without) == 1:
            question = without[0]
            _keep(sitting, question, [event.ref])
            if advice_on(event.advice):
                _doubt(sitting, event)  # it stays open, so that the next one takes its place
            elif question.max_photos == 1:
                _mark_filled(sitting, question.path)
                finish_photos(sitting, question)
            lead = [Text("Got {count} photos.", {"count": 1}), *_refusals(sitting)]
            advance(sitting, lead, after_photo=True)
            return
    text = Text("No photo is needed here. Please send it again at the photo question.")
    showing.ask(sitting, [text], after_photo=True)


def _rest_of_album(sitting: Sitting) -> bool:
    """Say whether a photo came so soon that it cannot be for the question that follows."""
    since = _now(sitting) - sitting.state.filled_at
    return bool(sitting.state.filled) and 0 <= since < ALBUM_SECONDS


def _mark_filled(sitting: Sitting, path: str) -> None:
    sitting.filled = path
    sitting.filled_at = _now(sitting)


def _now(sitting: Sitting) -> float:
    return sitting.context.now.timestamp()


def _keep(sitting: Sitting, question: Question, refs: list[str]) -> None:
    sitting.put(question.path, Entry(" ".join(refs), open=True))
    sitting.effects.append(PhotoKept(question.path, refs[-1]))


def _refs(sitting: Sitting, question: Question) -> list[str]:
    entry = sitting.answers.get(question.path)
    return entry.value.split() if entry else []
