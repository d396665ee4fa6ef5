"""/duyet: asking the village head one answer again, from beside the photo that is being judged.

The photo waits meanwhile and is shown again afterwards. What is asked, why, and how the village
head hears it is `backend.review.answers`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from backend import audit
from backend.access import photo_to_review, submission_to_review
from backend.models import AnswerReview
from backend.office.answer_card import AnswerCard, answer_cards, decision_line
from backend.review.answers import AnswerOvertaken, decide_answer
from backend.review.answers_back import AnswerDecision
from backend.review.reasons import OF_ANSWERS
from backend.review.when_told import when_told
from bot.messages import Button, Kind, Outgoing
from bot.reception import own_words
from bot.reception.house import Visit
from bot.reception.review_card import PRESS, show
from conversations.text import Paragraph, Text, fold

WHICH: Final = "review_answer"
WHY: Final = "review_answer_why"
SURE: Final = "review_answer_words"
"""What the village head would read was shown."""
STAGES: Final = frozenset({WHICH, WHY, SURE})
_BACK: Final = frozenset({"0", "quay lai", "thoi"})


async def begin(visit: Visit, photo_id: int, first: Text | None = None) -> list[Outgoing]:
    """List the answers that stand beside the photo, to choose one."""
    cards, submission_id, number = await _cards(visit, photo_id)
    if not cards:
        return await _back(visit, Text("There is no answer here that can be asked again."))
    listed = [[c.shown.path, c.number, c.asked] for c in cards]
    data = {**visit.stage_data, "submission": submission_id, "answers": listed}
    await visit.wait_for(WHICH, **data)
    lines = []
    asked_already = visit.catalog.say(Text("is being asked again; send its number to take it back"))
    for n, card in enumerate(cards, 1):
        lines.append(f"{n}. {card.shown.question}\n   {card.shown.value or '–'}")
        if card.asked:
            lines.append(f"   ({asked_already})")
    lines.append(visit.catalog.say(Text("0. Back")))
    mark = f"0:{PRESS}{photo_id}.{number}."
    buttons = [Button(f"{n}", f"{mark}q{n}") for n in range(1, len(cards) + 1)]
    back = Button(visit.catalog.say(Text("0. Back")), f"{mark}q0")
    head = first or Text("Which answer is the village head asked again?")
    return [visit.say(head, "\n".join(lines), buttons=[*buttons, back])]


async def take(visit: Visit) -> list[Outgoing] | None:
    """Take which answer it is, or why it is asked again; None for a press of the photo's own."""
    incoming = visit.turn.incoming
    typed = fold(incoming.text).strip(" .!")
    if own_words.is_press(visit):
        return await _read(visit)
    if incoming.kind is Kind.PRESS:
        photo, _, rest = incoming.text.removeprefix(PRESS).partition(".")
        word = rest.partition(".")[2]
        if photo != str(visit.stage_data.get("photo")) or word[:1] not in {"q", "w"}:
            return None
        typed = word[1:]
        if (word[:1] == "w") is not (visit.stage in {WHY, SURE}):
            typed = ""
    elif visit.stage == SURE:
        return await _read(visit)
    if typed in _BACK:
        return await _back(visit)
    return await (_which(visit, typed) if visit.stage == WHICH else _why(visit, typed))


async def _which(visit: Visit, typed: str) -> list[Outgoing]:
    answers = visit.stage_data.get("answers")
    listed: list[Any] = answers if isinstance(answers, list) else []
    if not typed.isdecimal() or not 1 <= int(typed[:4]) <= len(listed):
        last = Text("Please send a number from 1 to {last}.", {"last": len(listed)})
        return await begin(visit, _photo(visit), last)
    path, number, asked = listed[int(typed[:4]) - 1]
    chosen = replace(
        visit, stage_data={**visit.stage_data, "path": str(path), "expected": int(number)}
    )
    if asked:
        return await _decided(chosen, AnswerDecision.UNDONE)
    return await _ask_why(chosen)


async def _ask_why(visit: Visit, first: Text | None = None) -> list[Outgoing]:
    await visit.wait_for(WHY, **visit.stage_data)
    lines = [f"{n}. {visit.catalog.get(why)}" for n, why in enumerate(OF_ANSWERS.values(), 1)]
    lines.append(visit.catalog.say(Text("0. Back")))
    mark = f"0:{PRESS}{_photo(visit)}.{visit.stage_data.get('number', 0)}."
    buttons = [
        Button(f"{n}. {visit.catalog.get(why)}"[:60], f"{mark}w{n}")
        for n, why in enumerate(OF_ANSWERS.values(), 1)
    ]
    return [
        visit.say(
            *([first] if first else []),
            Text("Why is it asked again? The village head reads this sentence."),
            "\n".join(lines),
            Text("Send a number, or type a reason of your own."),
            buttons=[*buttons, Button(visit.catalog.say(Text("0. Back")), f"{mark}w0")],
        )
    ]


async def _why(visit: Visit, typed: str) -> list[Outgoing]:
    codes = list(OF_ANSWERS)
    if typed.isdecimal() and 1 <= int(typed[:4]) <= len(codes):
        return await _decided(visit, AnswerDecision.REJECTED, reason=codes[int(typed[:4]) - 1])
    words = own_words.typed(visit)
    if not words or typed.isdecimal():
        last = Text("Please send a number from 1 to {last}.", {"last": len(codes)})
        return await _ask_why(visit, last)
    return await _read_first(visit, words)


async def _read(visit: Visit) -> list[Outgoing]:
    """Take what is said of one's own words: they go, or others are chosen."""
    words = str(visit.stage_data.get("words", ""))
    if own_words.sends(visit):
        return await _decided(visit, AnswerDecision.REJECTED, words=words)
    if own_words.goes_back(visit):
        return await _ask_why(visit)
    return await _read_first(visit, own_words.typed(visit) or words)


async def read_first(visit: Visit, first: Text) -> list[Outgoing]:
    """Show once more which words were to go, about which answer."""
    return await _read_first(visit, str(visit.stage_data.get("words", "")), first)


async def _read_first(visit: Visit, words: str, first: Text | None = None) -> list[Outgoing]:
    cards, _, _ = await _cards(visit, _photo(visit))
    shown = next((c.shown for c in cards if c.shown.path == visit.stage_data.get("path")), None)
    if shown is None:
        return await _back(visit, Text("This answer is no longer in force."))
    await visit.wait_for(SURE, **{**visit.stage_data, "words": words})
    about = f"{shown.question}\n{shown.value or '–'}"
    return [own_words.read_first(visit, words, *([first] if first else []), about)]


async def _decided(
    visit: Visit, decision: AnswerDecision, *, reason: str = "", words: str = ""
) -> list[Outgoing]:
    data = visit.stage_data
    found = await decide_answer(
        visit.person_id,
        int(str(data.get("submission", 0))),
        str(data.get("path", "")),
        decision,
        expected=int(str(data.get("expected", 0))),
        reason=reason,
        words=words,
        now=visit.now,
        zone=visit.house.zone,
    )
    if found is None:
        return await _back(visit, Text("This answer is no longer in force."))
    if isinstance(found, AnswerOvertaken):
        first = Text("Somebody else was first, so your choice was not kept.")
        return await _back(visit, first, found.row)
    if decision is AnswerDecision.UNDONE:
        return await _back(visit, Text("Taken back: the village head need not answer it again."))
    heard = when_told(found.told, visit.now, visit.house.zone)
    done = [Text("Asked again."), *([heard] if heard else [])]
    return await _back(visit, " ".join(visit.catalog.say(sentence) for sentence in done))


async def _back(
    visit: Visit, first: Paragraph | None = None, row: AnswerReview | None = None
) -> list[Outgoing]:
    """Show the photo again."""
    line = [decision_line(row, visit.catalog, visit.house.zone)] if row else []
    return await show(visit, _photo(visit), [*([first] if first else []), *line])


async def _cards(visit: Visit, photo_id: int) -> tuple[list[AnswerCard], int, int]:
    """Return the answers beside a photo, their submission, and the photo's number."""
    pack = await visit.house.pack()
    photo = await photo_to_review(visit.person_id, photo_id, pack)
    if photo is None or photo.submission is None:
        return [], 0, 0
    found = await submission_to_review(visit.person_id, photo.submission.id, pack)
    if found is None:
        return [], 0, 0
    await audit.seen(f"submission:{found.id}", by=visit.person_id, at=visit.now)
    answers = list(found.answers)  # type: ignore[attr-defined]  # Tortoise adds the reverse relation
    cards = await answer_cards(found, answers, visit.catalog, visit.house.zone)
    return cards, found.id, photo.review_number


def _photo(visit: Visit) -> int:
    found = visit.stage_data.get("photo")
    return found if isinstance(found, int) else 0
