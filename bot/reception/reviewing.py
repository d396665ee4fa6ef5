"""/duyet: an officer judges photos in the chat, one after another, as on the office's page.

The chat shows one photo at a time. What is pressed or typed counts for that one alone: a press
under an older photo is answered with the present one. Whoever is second sees what the first
decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backend import audit
from backend.access import may_review, photo_to_review, photos_to_review
from backend.models import Evidence, Review
from backend.plans.schema import Pack
from backend.reports.words import names_of, natural, period_name
from backend.review.asked import handed_back, questions_of
from backend.review.beside import beside
from backend.review.decide import Decided, Decision, Overtaken, decide
from backend.review.history import State, reviews_of
from backend.review.queue import Filters, queue_of
from backend.review.reasons import REASONS, offered, own_words, said
from backend.review.signals import signals_for
from bot.attachments import photo_key
from bot.messages import Button, Kind, Outgoing
from bot.reception import asking_back
from bot.reception.house import Visit
from conversations.text import Paragraph, Param, Text, fold

STAGE: Final = "review"
REASON: Final = "review_why"
PRESS: Final = "d."
WHY: Final = "r."
"""Stands before a reason's code in a press: the photo's own buttons stay to be pressed."""
MOST_NAMES: Final = 8
MOST_PASSED: Final = 200
"""Photos that may be put off in one sitting."""
LEAST_WORDS: Final = 4
"""Characters of a reason in one's own words; less is a slip of the finger."""
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
    return await _next(visit, [], {})


async def take(visit: Visit) -> list[Outgoing]:
    """Take what is said about the photo that is shown."""
    if not may_review(visit.rights):
        await visit.wait_for("")
        return [visit.say(Text("Only officers who review photos can do this."))]
    said_ = _said(visit)
    data = visit.stage_data if visit.stage in {STAGE, REASON} else {}
    photo, number = _number(data.get("photo")), _number(data.get("number"))
    if not photo and not (_last(data) and said_.word in {*_UNDO, "u"}):
        return await _next(visit, [], {})
    if said_.photo and (said_.photo, said_.number) != (photo, number) and said_.word != "u":
        first = Text("That button belongs to an earlier photo. This one waits now:")
        return await show(visit, photo, first=[first])
    if visit.stage == REASON:
        return await _reason(visit, said_, photo, number)
    return await _acted(visit, said_.word, photo, number)


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
        return await _next(visit, [*_passed(data), photo], _last(data))
    if word in _UNDO or word == "u":
        return await _undo(visit, data)
    if word in _ASK:
        return await asking_back.begin(visit, photo)
    return await show(visit, photo, first=[Text("Please send a number to choose.")])


def is_press(text: str) -> bool:
    """Say whether a pressed button stood under a photo to be judged."""
    return text.startswith(PRESS)


# -- one photo --------------------------------------------------------------------------------


async def _next(
    visit: Visit, passed: list[int], last: dict[str, int], first: list[Paragraph] | None = None
) -> list[Outgoing]:
    """Show the first photo of the queue that was not put off."""
    pack = await visit.house.pack()
    queue = await queue_of(visit.person_id, pack, Filters())
    left = [n for n in queue.ids if n not in set(passed)]
    while left:
        photo = await photo_to_review(visit.person_id, left[0], pack)
        if photo is not None:
            total = max((queue.total or len(queue.ids)) - len(passed), len(left))
            count = Text("{count} photos wait for review.", {"count": total})
            await _remember(visit, STAGE, photo, passed, last)
            return [await _card(visit, pack, photo, [*(first or []), count], last)]
        left.pop(0)
    await visit.wait_for(STAGE if last else "", **({"last": last, "photo": 0} if last else {}))
    done = Text("No more photos wait for review. Thank you.")
    if passed:
        done = Text("{count} photos were put off. /duyet shows them.", {"count": len(passed)})
    undo = [Text("4. Undo the last decision")] if last else []
    buttons = [Button(visit.catalog.say(Text("Undo")), f"0:{PRESS}0.0.u")] if last else None
    return [visit.say(*(first or []), done, *await _returns(visit, pack), *undo, buttons=buttons)]


async def _returns(visit: Visit, pack: Pack) -> list[Paragraph]:
    """Say how many photos were handed back and have not come again, and whose are overdue."""
    back = await queue_of(visit.person_id, pack, Filters(state=State.REJECTED))
    if not back.total:
        return []
    scope = await photos_to_review(visit.person_id, pack)
    areas = frozenset().union(*(a for a, _ in scope))
    returns = await handed_back(areas, visit.catalog, visit.house.zone)
    late = {b.evidence.area.name for b in returns if b.overdue(pack, visit.now)}
    said_: list[Paragraph] = [
        Text("{count} photos were handed back and have not come again.", {"count": back.total})
    ]
    if late:
        names = names_of(sorted(late, key=natural), MOST_NAMES, visit.catalog)
        days = pack.reminding.escalate_days
        said_.append(Text("For more than {days} days: {names}", {"days": days, "names": names}))
    return said_


async def show(visit: Visit, photo_id: int, first: list[Paragraph]) -> list[Outgoing]:
    """Show the present photo once more; the next one if it is no longer there to judge."""
    pack = await visit.house.pack()
    photo = await photo_to_review(visit.person_id, photo_id, pack)
    passed, last = _passed(visit.stage_data), _last(visit.stage_data)
    if photo is None or photo.review != State.WAITING:
        gone = Text("This photo no longer waits.")
        return await _next(visit, passed, last, [gone])
    await _remember(visit, STAGE, photo, passed, last)
    return [await _card(visit, pack, photo, first, last)]


async def _card(
    visit: Visit, pack: Pack, photo: Evidence, first: list[Paragraph], last: dict[str, int]
) -> Outgoing:
    submission = photo.submission
    assert submission is not None  # noqa: S101  (only photos of submissions are judged)
    await audit.seen(f"photo:{photo.id}", by=visit.person_id, at=visit.now)
    await submission.fetch_related("form_version")
    questions = await questions_of(submission, visit.catalog, visit.house.zone)
    place = Text(
        "{area}: {title}, {period}",
        {
            "area": photo.area.name,
            "title": submission.form_version.title,
            "period": period_name(photo.period, visit.catalog),
        },
    )
    facts: list[str] = [visit.catalog.say(place)]
    if question := questions.get(photo.path):
        facts.append(question)
    if photo.caption:
        facts.append(f"«{photo.caption[:200]}»")
    times = (await beside(photo)).times
    if times > 1:
        facts.append(visit.catalog.say(Text("Sent again, try {times}.", {"times": times})))
    facts += await _before(visit, photo)
    facts += [f"! {signal}" for signal in await signals_for(photo, visit.catalog)]
    choices = [
        Text("1. Approve"),
        Text("2. Hand back"),
        Text("3. Later"),
        *([Text("4. Undo the last decision")] if last else []),
        Text("5. Ask one answer again"),
    ]
    link = f"{visit.house.public_url.rstrip('/')}/review/{photo.id}"
    text = visit.catalog.join(
        [
            *([Text("This is sample data, for trying out.")] if pack.sample else []),
            *first,
            "\n".join(facts),
            "\n".join(visit.catalog.say(c) for c in choices),
            Text("With everything beside it: {link}", {"link": link}),
        ]
    )
    mark = f"0:{PRESS}{photo.id}.{photo.review_number}."
    rows = [
        (
            Button(visit.catalog.say(Text("Approve")), f"{mark}1"),
            Button(visit.catalog.say(Text("Hand back")), f"{mark}2"),
        ),
        (
            Button(visit.catalog.say(Text("Later")), f"{mark}3"),
            *([Button(visit.catalog.say(Text("Undo")), f"{mark}u")] if last else []),
            Button(visit.catalog.say(Text("Ask an answer again")), f"{mark}5"),
        ),
    ]
    return Outgoing(text, buttons=tuple(rows), picture=photo_key(photo.file.preview))


async def _before(visit: Visit, photo: Evidence) -> list[str]:
    """Return what was decided about this photo and taken back, so that it is not judged blindly."""
    reviews = await reviews_of(photo)
    return [_decision_line(visit, reviews[-1])] if reviews else []


def _decision_line(visit: Visit, review: Review) -> str:
    named: dict[str, Param] = {
        "name": review.by.name or "–",
        "time": review.at.astimezone(visit.house.zone),
        "reason": said(review.reason, review.words, visit.catalog),
    }
    match review.decision:
        case Decision.APPROVED:
            return visit.catalog.say(Text("{name} approved it at {time}.", named))
        case Decision.REJECTED:
            return visit.catalog.say(Text("{name} handed it back at {time}. {reason}", named))
        case _:
            return visit.catalog.say(Text("{name} took a decision back at {time}.", named))


# -- deciding ---------------------------------------------------------------------------------


async def _ask_why(visit: Visit, photo_id: int, first: Text | None = None) -> list[Outgoing]:
    photo = await photo_to_review(visit.person_id, photo_id, await visit.house.pack())
    if photo is None:
        return await show(visit, photo_id, [])
    if photo.review_number != _number(visit.stage_data.get("number")):
        overtaken = Text("Somebody else was first, so your choice was not kept.")
        passed, last = _passed(visit.stage_data), _last(visit.stage_data)
        return await _next(visit, passed, last, [overtaken, *await _before(visit, photo)])
    codes = offered(photo.purpose)
    await _remember(
        visit,
        REASON,
        photo,
        _passed(visit.stage_data),
        _last(visit.stage_data),
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
    typed = own_words(visit.turn.incoming.text) if visit.turn.incoming.kind is Kind.TEXT else ""
    if len(typed) < LEAST_WORDS or said_.word.isdecimal():
        last = Text("Please send a number from 1 to {last}.", {"last": len(codes)})
        return await _ask_why(visit, photo, last)
    return await _decided(visit, photo, number, Decision.REJECTED, words=typed)


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
    passed, last = _passed(visit.stage_data), _last(visit.stage_data)
    if isinstance(found, Overtaken):
        first: list[Paragraph] = [
            Text("Somebody else was first, so your choice was not kept."),
            _decision_line(visit, found.review),
        ]
        return await _next(visit, passed, last, first)
    if found is None:
        return await _next(visit, passed, last, [Text("This photo no longer waits.")])
    return await _next(visit, passed, _as_last(found), [_done(found)])


async def _undo(visit: Visit, data: dict[str, Any]) -> list[Outgoing]:
    last = _last(data)
    if not last:
        return await show(visit, _number(data.get("photo")), [Text("There is nothing to undo.")])
    found = await decide(
        visit.person_id,
        last["photo"],
        Decision.UNDONE,
        expected=last["number"],
        now=visit.now,
        zone=visit.house.zone,
    )
    passed = [n for n in _passed(data) if n != last["photo"]]
    if isinstance(found, Decided):
        pack = await visit.house.pack()
        photo = await photo_to_review(visit.person_id, last["photo"], pack)
        if photo is not None:
            await _remember(visit, STAGE, photo, passed, {})
            return [await _card(visit, pack, photo, [Text("The decision is undone.")], {})]
    if isinstance(found, Overtaken):
        return await _next(visit, passed, {}, [_decision_line(visit, found.review)])
    return await _next(visit, passed, {}, [Text("There is nothing to undo.")])


def _done(found: Decided) -> Text:
    if found.state is State.APPROVED:
        return Text("Approved.")
    return Text("Handed back. The village head hears it within a minute.")


# -- what the chat remembers ------------------------------------------------------------------


async def _remember(  # noqa: PLR0913, PLR0917  (what is kept between two messages)
    visit: Visit,
    stage: str,
    photo: Evidence,
    passed: list[int],
    last: dict[str, int],
    reasons: list[str] | None = None,
) -> None:
    await visit.wait_for(
        stage,
        photo=photo.id,
        number=photo.review_number,
        passed=passed[-MOST_PASSED:],
        last=last,
        reasons=reasons or [],
    )


def _as_last(found: Decided) -> dict[str, int]:
    return {"photo": found.evidence_id, "number": found.number}


def _last(data: dict[str, Any]) -> dict[str, int]:
    found = data.get("last")
    if not isinstance(found, dict) or not _number(found.get("photo")):
        return {}
    return {"photo": _number(found["photo"]), "number": _number(found.get("number"))}


def _passed(data: dict[str, Any]) -> list[int]:
    found = data.get("passed")
    return [_number(n) for n in found] if isinstance(found, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _said(visit: Visit) -> _Said:
    """Return what was pressed («d.12.0.1») or typed."""
    incoming = visit.turn.incoming
    if incoming.kind is not Kind.PRESS:
        return _Said(fold(incoming.text).strip(" .!"))
    photo, _, rest = incoming.text.removeprefix(PRESS).partition(".")
    number, _, word = rest.partition(".")
    if not (photo.isdecimal() and number.isdecimal()):
        return _Said("", -1, -1)
    return _Said(word, int(photo[:18]), int(number[:9]))
