"""/duyet: one photo as an officer judges it in the chat, the next one, and what the chat remembers."""

from __future__ import annotations

from typing import Any, Final

from backend import audit
from backend.access import photo_to_review, photos_to_review
from backend.evidence.signals import others_of, signals_with
from backend.models import Evidence, PhotoLook, Review
from backend.plans.schema import Pack
from backend.reports.words import names_of, natural, period_name
from backend.review.asked import handed_back, questions_of
from backend.review.beside import beside
from backend.review.decide import Decision
from backend.review.history import State, reviews_of
from backend.review.likes import Like, likes_of
from backend.review.queue import Filters, queue_of
from backend.review.reasons import said
from backend.review.signals import MOST_ALIKE, signal_text
from bot.messages import Button, Outgoing
from bot.reception.house import Visit
from bot.sent_photos import photo_key
from conversations.text import Paragraph, Param, Text

STAGE: Final = "review"
PRESS: Final = "d."
MOST_NAMES: Final = 8
MOST_NAMED: Final = 3
"""Uses of nearly the same photo that are named; the page has the others."""
MOST_PASSED: Final = 200
"""Photos that may be put off in one sitting."""


async def show_next(
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
            await remember(visit, STAGE, photo, passed, last)
            begun = first is None and not passed and not last
            late = await _overdue(visit, pack) if begun else []
            return await card_of(visit, pack, photo, [*(first or []), count, *late], last)
        left.pop(0)
    await visit.wait_for(STAGE if last else "", **({"last": last, "photo": 0} if last else {}))
    done = Text("No more photos wait for review. Thank you.")
    if passed:
        done = Text("{count} photos were put off. /duyet shows them.", {"count": len(passed)})
    undo = [Text("4. Undo the last decision")] if last else []
    buttons = _undoing(visit, last)
    return [visit.say(*(first or []), done, *await _returns(visit, pack), *undo, buttons=buttons)]


async def _returns(visit: Visit, pack: Pack) -> list[Paragraph]:
    """Say how many photos were handed back and have not come again, and whose are overdue."""
    back = await queue_of(visit.person_id, pack, Filters(state=State.REJECTED))
    if not back.total:
        return []
    return [
        Text("{count} photos were handed back and have not come again.", {"count": back.total}),
        *await _overdue(visit, pack),
    ]


async def _overdue(visit: Visit, pack: Pack) -> list[Paragraph]:
    """Say which villages have not sent a photo again for longer than the office waits."""
    scope = await photos_to_review(visit.person_id, pack)
    areas = frozenset().union(*(a for a, _ in scope))
    returns = await handed_back(areas, visit.catalog, visit.house.zone)
    late = {b.evidence.area.name for b in returns if b.overdue(pack, visit.now)}
    if not late:
        return []
    names = names_of(sorted(late, key=natural), MOST_NAMES, visit.catalog)
    days = pack.reminding.escalate_days
    return [
        Text(
            "Overdue, handed back more than {days} days ago: {names}",
            {"days": days, "names": names},
        )
    ]


async def show(visit: Visit, photo_id: int, first: list[Paragraph]) -> list[Outgoing]:
    """Show the present photo once more; the next one if it is no longer there to judge."""
    pack = await visit.house.pack()
    photo = await photo_to_review(visit.person_id, photo_id, pack)
    passed, last = passed_of(visit.stage_data), last_of(visit.stage_data)
    if photo is None or photo.review != State.WAITING:
        gone = Text("This photo no longer waits.")
        return await show_next(visit, passed, last, [gone])
    await remember(visit, STAGE, photo, passed, last)
    return await card_of(visit, pack, photo, first, last)


async def card_of(
    visit: Visit, pack: Pack, photo: Evidence, first: list[Paragraph], last: dict[str, int]
) -> list[Outgoing]:
    """Return the photo with what is known of it and what can be done; looking is written down.

    Before it comes the one that is nearly the same, if there is one that the reviewer may see.
    """
    submission = photo.submission
    assert submission is not None  # noqa: S101  (only photos of submissions are judged)
    await audit.seen(f"photo:{photo.id}", by=visit.person_id, at=visit.now)
    place = await place_of(visit, photo)
    questions = await questions_of(submission, visit.catalog, visit.house.zone)
    facts: list[str] = [visit.catalog.say(place)]
    if question := questions.get(photo.path):
        facts.append(question)
    if photo.caption:
        facts.append(f"«{photo.caption[:200]}»")
    times = (await beside(photo)).times
    if times > 1:
        facts.append(visit.catalog.say(Text("Sent again, try {times}.", {"times": times})))
    facts += await decided_before(visit, photo)
    look = await PhotoLook.get_or_none(file_id=photo.file.id)
    others = await others_of(photo, look)
    signals = await signals_with(photo, look, others, visit.house.zone)
    facts += [f"! {signal_text(signal, visit.catalog)}" for signal in signals]
    likes = await likes_of(others[:MOST_ALIKE], visit.person_id, visit.catalog)
    earlier = next((like for like in likes if like.shown), None)
    facts += [f"• {like.words}" for like in likes[:MOST_NAMED]]
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
            *_undoing(visit, last),
            Button(visit.catalog.say(Text("Ask an answer again")), f"{mark}5"),
        ),
    ]
    card = Outgoing(text, buttons=tuple(rows), picture=photo_key(photo.id, visit.person_id))
    return [*(await _to_compare(visit, earlier) if earlier else []), card]


async def _to_compare(visit: Visit, like: Like) -> list[Outgoing]:
    """Return a photo that is nearly the same, as a message that stands above the one to be judged."""
    assert like.shown is not None  # noqa: S101  (the caller chose one that can be shown)
    await audit.seen(f"photo:{like.shown.id}", by=visit.person_id, at=visit.now)
    words = Text(
        "Nearly the same photo, to compare: {what}. The photo to be judged comes next.",
        {"what": like.words},
    )
    return [Outgoing(visit.catalog.say(words), picture=photo_key(like.shown.id, visit.person_id))]


async def place_of(visit: Visit, photo: Evidence) -> Text:
    """Return the village, questionnaire and period of a photo of a submission."""
    assert photo.submission is not None  # noqa: S101  (only photos of submissions are judged)
    await photo.submission.fetch_related("form_version")
    named: dict[str, Param] = {
        "area": photo.area.name,
        "title": photo.submission.form_version.title,
        "period": period_name(photo.period, visit.catalog),
    }
    return Text("{area}: {title}, {period}", named)


def _undoing(visit: Visit, last: dict[str, int]) -> list[Button]:
    """Return the button that undoes this one decision, whatever is decided after it."""
    mark = f"0:{PRESS}{last['photo']}.{last['number']}.u" if last else ""
    return [Button(visit.catalog.say(Text("Undo")), mark)] if last else []


async def decided_before(visit: Visit, photo: Evidence) -> list[str]:
    """Return what was decided about this photo and taken back, so that it is not judged blindly."""
    reviews = await reviews_of(photo)
    return [decision_line(visit, reviews[-1])] if reviews else []


def decision_line(visit: Visit, review: Review) -> str:
    """Say who decided what, when and why."""
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


async def remember(  # noqa: PLR0913, PLR0917  (what is kept between two messages)
    visit: Visit,
    stage: str,
    photo: Evidence,
    passed: list[int],
    last: dict[str, int],
    reasons: list[str] | None = None,
) -> None:
    """Wait for what is said of this photo; `passed` were put off, `last` can be undone."""
    await visit.wait_for(
        stage,
        photo=photo.id,
        number=photo.review_number,
        passed=passed[-MOST_PASSED:],
        last=last,
        reasons=reasons or [],
    )


def last_of(data: dict[str, Any]) -> dict[str, int]:
    """Return the last decision that was remembered, {} without one."""
    found = data.get("last")
    if not isinstance(found, dict) or not number_of(found.get("photo")):
        return {}
    return {"photo": number_of(found["photo"]), "number": number_of(found.get("number"))}


def passed_of(data: dict[str, Any]) -> list[int]:
    """Return which photos were put off."""
    found = data.get("passed")
    return [number_of(n) for n in found] if isinstance(found, list) else []


def number_of(value: object) -> int:
    """Return a remembered number, 0 for anything else."""
    return value if isinstance(value, int) else 0
