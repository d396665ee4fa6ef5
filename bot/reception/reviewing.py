"""/duyet: an officer judges photos in the chat, one after another, as on the office's page.

The chat shows one photo at a time. What is pressed or typed counts for that one alone: a press
under an older photo is answered with the present one. Whoever is second sees what the first
decided. Words of one's own are read once more before they go (`own_words`), and typed words count
only while the photo is the last thing that the chat was sent (`newest`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from backend.access import may_review, photo_to_review
from backend.review.decide import Decided, Decision, Overtaken, decide
from backend.review.history import State
from backend.review.reasons import REASONS, offered
from backend.review.when_told import when_told
from bot.messages import Button, Kind, Outgoing
from bot.reception import asking_back, own_words
from bot.reception.house import Visit
from bot.reception.review_card import (
    PRESS,
    STAGE,
    card_of,
    decided_before,
    decision_line,
    last_of,
    number_of,
    passed_of,
    place_of,
    remember,
    show,
    show_next,
)
from conversations.text import Paragraph, Text

REASON: Final = "review_why"
SURE: Final = "review_words"
"""What the village head would read was shown."""
WHY: Final = "r."
"""Stands before a reason's code in a press: the photo's own buttons stay to be pressed."""
_APPROVE: Final = frozenset({"1", "duyet", "ok", "dat", "a"})
_REJECT: Final = frozenset({"2", "tra lai", "tra", "r"})
_LATER: Final = frozenset({"3", "de sau", "tiep", "tiep theo", "n", "bo qua"})
_UNDO: Final = frozenset({"4", "hoan tac", "z"})
_ASK: Final = frozenset({"5", "hoi lai", "q"})
_STOP: Final = frozenset({"thoi", "dung", "xong", "nghi", "het", "stop"})
_BACK: Final = frozenset({"0", "quay lai", "thoi"})


@dataclass(frozen=True, slots=True)
class _Said:
    """What an officer meant, and for which photo when it was pressed (0: typed)."""

    word: str
    photo: int = 0
    number: int = 0


async def begin(visit: Visit, rest: str = "") -> list[Outgoing]:  # noqa: ARG001  (commands take what stands behind them)
    """Show the first photo that waits for this officer."""
    if not may_review(visit.rights):
        return [visit.say(Text("Only officers who review photos can do this."))]
    return await show_next(visit, [], {})


async def take(visit: Visit) -> list[Outgoing]:
    """Take what is said about the photo that is shown, or about an answer beside it."""
    if visit.stage in asking_back.STAGES:
        if (asked := await asking_back.take(visit)) is not None:
            return asked
        visit = replace(visit, stage=STAGE)
    if not may_review(visit.rights):
        await visit.wait_for("")
        return [visit.say(Text("Only officers who review photos can do this."))]
    said_ = _said(visit)
    data = visit.stage_data if visit.stage in {STAGE, REASON, SURE} else {}
    photo, number = number_of(data.get("photo")), number_of(data.get("number"))
    if said_.photo and said_.word == "u":
        return await _undo(visit, data, {"photo": said_.photo, "number": said_.number})
    if not photo and not (last_of(data) and said_.word in _UNDO):
        return await show_next(visit, [], {})
    if said_.photo and (said_.photo, said_.number) != (photo, number):
        first = Text("That button belongs to an earlier photo. This one waits now:")
        return await show(visit, photo, first=[first])
    if visit.stage == SURE and (read := await _read(visit, said_, photo, number)) is not None:
        return read
    if visit.stage in {REASON, SURE}:
        return await _reason(visit, said_, photo, number)
    return await _acted(visit, said_.word, photo, number)


async def again(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Show the photo once more, or the words that were to go; nothing is decided by what was typed."""
    if not may_review(visit.rights) or (visit.stage == STAGE and visit.said() in _STOP):
        return None
    photo = number_of(visit.stage_data.get("photo"))
    if visit.stage == SURE and own_words.sends(visit):
        return await _read_first(visit, photo, str(visit.stage_data.get("words", "")), first)
    if visit.stage == asking_back.SURE and own_words.sends(visit):
        return await asking_back.read_first(visit, first)
    if photo:
        return await show(visit, photo, [first])
    return await show_next(visit, passed_of(visit.stage_data), last_of(visit.stage_data), [first])


async def _acted(visit: Visit, word: str, photo: int, number: int) -> list[Outgoing]:
    """Do with the photo that is shown what was said."""
    data = visit.stage_data
    if word in _STOP:
        await visit.wait_for("")
        return [visit.say(Text("All right. /duyet goes on with the photos."))]
    if word in _APPROVE:
        return await _decided(visit, photo, number, Decision.APPROVED)
    if word in _REJECT:
        return await _ask_why(visit, photo)
    if word in _LATER:
        return await show_next(visit, [*passed_of(data), photo], last_of(data))
    if word in _UNDO:
        return await _undo(visit, data, last_of(data))
    if word in _ASK:
        return await asking_back.begin(visit, photo)
    return await show(visit, photo, first=[Text("Please send a number to choose.")])


def is_press(text: str) -> bool:
    """Say whether a pressed button stood under a photo to be judged."""
    return text.startswith(PRESS)


# -- deciding ---------------------------------------------------------------------------------


async def _ask_why(visit: Visit, photo_id: int, first: Text | None = None) -> list[Outgoing]:
    photo = await photo_to_review(visit.person_id, photo_id, await visit.house.pack())
    if photo is None:
        return await show(visit, photo_id, [])
    if photo.review_number != number_of(visit.stage_data.get("number")):
        overtaken = Text("Somebody else was first, so your choice was not kept.")
        passed, last = passed_of(visit.stage_data), last_of(visit.stage_data)
        return await show_next(
            visit, passed, last, [overtaken, *await decided_before(visit, photo)]
        )
    codes = offered(photo.purpose)
    await remember(
        visit,
        REASON,
        photo,
        passed_of(visit.stage_data),
        last_of(visit.stage_data),
        reasons=list(codes),
    )
    lines = [f"{n}. {visit.catalog.get(REASONS[c])}" for n, c in enumerate(codes, 1)]
    lines.append(visit.catalog.say(Text("0. Back")))
    mark = f"0:{PRESS}{photo.id}.{photo.review_number}."
    return [
        visit.say(
            *([first] if first else []),
            Text("Why is it handed back? The village head reads this sentence."),
            "\n".join(lines),
            Text("Send a number, or type a reason of your own."),
            buttons=[
                *[
                    Button(f"{n}. {visit.catalog.get(REASONS[c])}"[:60], f"{mark}{WHY}{c}")
                    for n, c in enumerate(codes, 1)
                ],
                Button(visit.catalog.say(Text("0. Back")), f"{mark}0"),
            ],
        )
    ]


async def _reason(visit: Visit, said_: _Said, photo: int, number: int) -> list[Outgoing]:
    if said_.word in _BACK:
        return await show(visit, photo, [])
    if said_.photo and not said_.word.startswith(WHY):  # a button of the photo, not of a reason
        return await _acted(visit, said_.word, photo, number)
    listed = visit.stage_data.get("reasons")
    codes = [str(c) for c in listed] if isinstance(listed, list) else []
    pressed = said_.word.removeprefix(WHY) if said_.photo else ""
    if pressed in codes:
        return await _decided(visit, photo, number, Decision.REJECTED, reason=pressed)
    if said_.word.isdecimal() and 1 <= int(said_.word[:4]) <= len(codes):
        code = codes[int(said_.word[:4]) - 1]
        return await _decided(visit, photo, number, Decision.REJECTED, reason=code)
    words = own_words.typed(visit)
    if not words or said_.word.isdecimal():
        last = Text("Please send a number from 1 to {last}.", {"last": len(codes)})
        return await _ask_why(visit, photo, last)
    return await _read_first(visit, photo, words)


async def _read_first(
    visit: Visit, photo_id: int, words: str, first: Text | None = None
) -> list[Outgoing]:
    """Show the words as the village head would read them, and of which photo."""
    photo = await photo_to_review(visit.person_id, photo_id, await visit.house.pack())
    if photo is None:
        return await show(visit, photo_id, [])
    await visit.wait_for(SURE, **{**visit.stage_data, "words": words})
    about = await place_of(visit, photo)
    return [own_words.read_first(visit, words, *([first] if first else []), about)]


async def _read(visit: Visit, said_: _Said, photo: int, number: int) -> list[Outgoing] | None:
    """Take what is said of one's own words; None for a press of the photo's, or other words."""
    if own_words.sends(visit):
        words = str(visit.stage_data.get("words", ""))
        return await _decided(visit, photo, number, Decision.REJECTED, words=words)
    if own_words.goes_back(visit):
        return await _ask_why(visit, photo)
    if said_.photo:
        return None
    words = own_words.typed(visit) or str(visit.stage_data.get("words", ""))
    return await _read_first(visit, photo, words)


async def _decided(  # noqa: PLR0913, PLR0917  (a decision, with its reason or words)
    visit: Visit,
    photo: int,
    number: int,
    decision: Decision,
    reason: str = "",
    words: str = "",
) -> list[Outgoing]:
    found = await decide(
        visit.person_id,
        photo,
        decision,
        expected=number,
        reason=reason,
        words=words,
        now=visit.now,
        zone=visit.house.zone,
    )
    passed, last = passed_of(visit.stage_data), last_of(visit.stage_data)
    if isinstance(found, Overtaken):
        first: list[Paragraph] = [
            Text("Somebody else was first, so your choice was not kept."),
            decision_line(visit, found.review),
        ]
        return await show_next(visit, passed, last, first)
    if found is None:
        return await show_next(visit, passed, last, [Text("This photo no longer waits.")])
    return await show_next(visit, passed, _as_last(found), [_done(visit, found)])


async def _undo(visit: Visit, data: dict[str, Any], named: dict[str, int]) -> list[Outgoing]:
    """Undo the decision that was named, and no other one; overtaken, say what holds."""
    if not named:
        return await show(visit, number_of(data.get("photo")), [Text("There is nothing to undo.")])
    found = await decide(
        visit.person_id,
        named["photo"],
        Decision.UNDONE,
        expected=named["number"],
        now=visit.now,
        zone=visit.house.zone,
    )
    passed = [n for n in passed_of(data) if n != named["photo"]]
    last = {} if last_of(data) == named else last_of(data)
    if isinstance(found, Decided) and found.review is not None:
        pack = await visit.house.pack()
        photo = await photo_to_review(visit.person_id, named["photo"], pack)
        if photo is not None:
            await remember(visit, STAGE, photo, passed, last)
            return await card_of(visit, pack, photo, [Text("The decision is undone.")], last)
    if isinstance(found, Overtaken):
        return await show_next(visit, passed, last, [decision_line(visit, found.review)])
    return await show_next(visit, passed, last, [Text("There is nothing to undo.")])


def _done(visit: Visit, found: Decided) -> str:
    if found.state is State.APPROVED:
        return visit.catalog.say(Text("Approved."))
    heard = when_told(found.told, visit.now, visit.house.zone)
    done = [Text("Handed back."), *([heard] if heard else [])]
    return " ".join(visit.catalog.say(sentence) for sentence in done)


def _as_last(found: Decided) -> dict[str, int]:
    return {"photo": found.evidence_id, "number": found.number}


def _said(visit: Visit) -> _Said:
    """Return what was pressed («d.12.0.1») or typed."""
    incoming = visit.turn.incoming
    if incoming.kind is not Kind.PRESS:
        return _Said(visit.said())
    if own_words.is_press(visit):
        return _Said("")
    photo, _, rest = incoming.text.removeprefix(PRESS).partition(".")
    number, _, word = rest.partition(".")
    if not (photo.isdecimal() and number.isdecimal()):
        return _Said("", -1, -1)
    return _Said(word, int(photo[:18]), int(number[:9]))
