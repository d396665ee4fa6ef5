"""«Ảnh của tôi thế nào?»: a village head's photos of the present submissions, and what to do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from backend.lists import numbers
from backend.models import Evidence, Interview, Submission
from backend.people import villages_of
from backend.reports.words import period_name
from backend.review.asked import HandedBack, handed_back
from backend.review.history import State
from bot.messages import Outgoing
from bot.reception.house import Visit
from bot.reception.photo_places import photo_state
from conversations.text import Param, Text

DAYS: Final = 190
"""How far back submissions are told of: half a year, as the longest report that villages feed."""
MOST: Final = 15


async def show(visit: Visit) -> list[Outgoing]:
    """Say of each questionnaire in force how its photos stand, then what waits to be sent."""
    villages = [v.id for v in await villages_of(visit.person_id)]
    submissions = (
        await Submission.filter(
            area_id__in=villages,
            current_key__isnull=False,
            received_at__gt=visit.now - timedelta(days=DAYS),
        )
        .order_by("-received_at", "-id")
        .limit(MOST)
        .prefetch_related("form_version", "area")
    )
    pack = await visit.house.pack()
    backs = await handed_back(villages, visit.catalog, visit.house.zone) if villages else []
    lines = []
    missing = 0
    for submission in submissions:
        lacking = sum(q.missing for q in await photo_state(visit, submission))
        missing += lacking
        mine = [b for b in backs if b.evidence.submission == submission]
        late = any(b.overdue(pack, visit.now) for b in mine)
        if states := await _states(submission, lacking):
            lines.append(_line(visit, submission, states))
            lines += [_again(back) for back in mine]
            lines += [visit.catalog.say(Text("The office has waited for it for some days."))] * late
    unsent = await _unsent(visit)
    lines += [_line_of(visit, row, count) for row, count in unsent]
    if not lines:
        return [visit.say(Text("You have sent no photo yet. MENU shows your questionnaires."))]
    then = []
    if backs:
        then.append(Text("RESEND: send a photo again that is to be taken again"))
    if missing:
        then.append(Text("ADD PHOTO: add a photo to what you have sent"))
    if any(row.status == "running" for row, _ in unsent):
        then.append(Text("Answer what is open to its end, and then SEND: then the photos go too."))
    elif unsent:
        then.append(Text("NEXT: go on with what is open, and then SEND: then the photos go too."))
    if not then:
        then.append(Text("There is nothing to do. Thank you."))
    head = visit.catalog.say(Text("Your photos:"))
    what = "\n".join(visit.catalog.say(t) for t in then)
    return [visit.say("\n".join([head, *lines]), what)]


async def _states(submission: Submission, missing: int) -> list[Text]:
    counts: dict[str, int] = {}
    rows = Evidence.filter(submission_id=submission.id, dropped_at=None)
    for state in await rows.values_list("review", flat=True):
        counts[str(state)] = counts.get(str(state), 0) + 1
    words = []
    if count := counts.get(State.APPROVED, 0):
        words.append(Text("{count} approved", {"count": count}))
    if count := counts.get(State.WAITING, 0):
        words.append(Text("{count} waiting to be looked at", {"count": count}))
    if count := counts.get(State.REJECTED, 0):
        words.append(Text("{count} to be taken again", {"count": count}))
    if missing:
        words.append(Text("{count} photos missing", {"count": missing}))
    return words


async def _unsent(visit: Visit) -> list[tuple[Interview, int]]:
    """Return the person's open questionnaires with how many new photos each has received."""
    mine = Interview.filter(person_id=visit.person_id, status__in=("running", "paused"))
    rows = (
        await mine.order_by("-changed_at", "-id")
        .limit(MOST)
        .prefetch_related("area", "form_version")
    )
    photos = Evidence.filter(
        interview_id__in=numbers(row.id for row in rows), copied_from=None, dropped_at=None
    )
    counts = Counter(await photos.values_list("interview_id", flat=True))
    return [(row, counts[row.id]) for row in rows if counts[row.id]]


def _line_of(visit: Visit, row: Interview, count: int) -> str:
    named: dict[str, Param] = {
        "title": row.form_version.title,
        "area": row.area.name,
        "period": period_name(row.period, visit.catalog),
        "count": count,
    }
    words = Text("• {title} ({area}, {period}): {count} received, waiting for SEND", named)
    return visit.catalog.say(words)


def _line(visit: Visit, submission: Submission, states: list[Text]) -> str:
    what = ", ".join(visit.catalog.say(s) for s in states)
    named = {
        "title": submission.form_version.title,
        "area": submission.area.name,
        "period": period_name(submission.period, visit.catalog),
        "states": what,
    }
    return visit.catalog.say(Text("• {title} ({area}, {period}): {states}", named))


def _again(back: HandedBack) -> str:
    return f"   {back.question}" + (f"\n   {back.reason}" if back.reason else "")
