"""What the people who sent a photo or an answer hear of a decision: queued with it, in one transaction.

- Handed back: one notice a submission and person, which says what, why, and asks for exactly
  that photo or answer. It goes out after GRACE: until then further decisions about the same submission
  join it, and undoing takes it back. Decisions never hold it for longer than LONGEST.
- Undone after it has gone out: the person hears, once, that it need not come again.
- Approved: one notice a questionnaire, village and period, when all its photos are approved; one
  more when a photo that came later is approved, or one that they were asked to take again.

It goes to the chat in which the submission was made, else to the next one that can be reached. At
night everything waits for the morning, and is made anew when it goes out (`still_told`). Whom no
chat reaches is told when they come back (`told_later`). Messages cost: nothing else is told here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from tortoise.queryset import QuerySet

from backend.consent import consented
from backend.entering import heads_of
from backend.models import Chat, Interview, Outbox, RoleGrant, Submission
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError, active_pack
from backend.quota.books import open_books
from backend.quota.reach import UNDELIVERABLE, Reach, reach_of
from backend.review.answers_told import Span
from backend.review.told_words import (
    AGAIN,
    Message,
    Photo,
    all_approved,
    approval_said,
    decisions_said,
    photos_of,
)
from backend.schedule.still import Known, quiet_until
from conversations.interview.state import State
from locales import catalog

__all__ = ["AGAIN", "Told", "tell", "told_of"]

GRACE: Final = timedelta(seconds=20)
LONGEST: Final = timedelta(seconds=50)
TO_SEND: Final = 0
"""`Outbox.status` of what has not gone out."""
SENT: Final = 1
STALE: Final = 2
DECIDED: Final = "review"
"""How the key of a notice of decisions begins: «review|first version's id|person|number»."""
OPEN: Final = "open"
"""The same of a notice of all that is still to be done, to somebody who was not reached before."""
APPROVED: Final = "approved"
"""The same of an approval."""
UNREACHED: Final = "unreached"
"""`Outbox.reason` of a notice that no chat could take; it is said when the person comes back."""
KINDS: Final = (DECIDED, OPEN, APPROVED)


@dataclass(frozen=True, slots=True)
class Told:
    """What becomes of the news of a decision. Both empty: there is none to be sent."""

    due: datetime | None = None
    """When the last of those who hear it do (UTC)."""
    unreached: bool = False
    """Whether no chat of anybody can take it now."""


@dataclass(frozen=True, slots=True)
class Case:
    """A submission whose people hear something: the version in force, with area and form version."""

    submission: Submission
    first: int
    """Id of its first version: the same for all of them, so that notices find each other."""
    pack: Pack
    now: datetime
    zone: tzinfo

    def key(self, kind: str, person: int) -> str:
        """Return how the keys of one person's notices of a kind begin."""
        return f"{kind}|{self.first}|{person}|"


async def tell(submission_id: int, now: datetime, zone: tzinfo) -> Told:
    """Bring what is queued for a submission's people in step with what holds now.

    Joins the caller's transaction.
    """
    decided = await Submission.get(id=submission_id)
    case = await case_of(await first_of(decided), now, zone)
    if case is None:
        return Told()
    people = await told_of(case.submission)
    reach = await reach_of(people, await open_books(now, zone), "notice")
    told = [await _tell(case, person, reach[person]) for person in people]
    due = [t.due for t in told if t.due is not None]
    silent = not people or any(t.unreached for t in told)
    return Told(max(due, default=None), unreached=silent and not due)


async def told_of(submission: Submission) -> list[int]:
    """Return who hears of a submission's photos: who sent it, else whoever answers there now.

    Nobody who has taken their consent back is written to.
    """
    area: int = submission.area_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    sender: int = submission.person_id  # type: ignore[attr-defined]  # the same
    in_place = await RoleGrant.exists(person_id=sender, area_id=area, revoked_at=None)
    people = [sender] if in_place else await heads_of(area)
    return [person for person in people if await consented(person)]


async def first_of(submission: Submission) -> int:
    """Return the id of the first version of what this is a version of."""
    versions = _versions(submission).order_by("version", "id")
    first = await versions.first()
    return int(first.id) if first else submission.id


async def case_of(first: int, now: datetime, zone: tzinfo) -> Case | None:
    """Return what notices about a submission are made of; None when none is in force any more."""
    found = await Submission.get_or_none(id=first)
    if found is None:
        return None
    in_force = _versions(found).filter(current_key__isnull=False)
    submission = await in_force.prefetch_related("area", "form_version").first()
    if submission is None:
        return None
    try:
        pack = await active_pack(submission.plan, now.astimezone(zone).date())
    except NoPlanError:
        return None
    return Case(submission, first, pack, now, zone)


def _versions(submission: Submission) -> QuerySet[Submission]:
    return Submission.filter(
        area_id=submission.area_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        questionnaire=submission.questionnaire,
        period=submission.period,
        plan=submission.plan,
    )


async def _tell(case: Case, person: int, reach: Reach) -> Told:
    mine = await Chat.filter(person_id=person, private=True).order_by("-last_in_at", "-id")
    if not mine:
        return Told(unreached=True)
    chat = await _chat_for(case.submission, reach.chats or mine)
    rows = Outbox.filter(chat_id__in=[c.id for c in mine])
    start = case.key(DECIDED, person)
    waiting = rows.filter(status=TO_SEND, not_before__gt=case.now)
    pending = await waiting.filter(once__startswith=start).order_by("id").first()
    # Whom nothing reaches is owed what was said since the first of it.
    owed = await rows.filter(once__startswith=start, reason=UNREACHED).order_by("id").first()
    since = pending.created_at if pending else case.now
    span, words = Span(since), catalog(chat.lang)
    photos = await photos_of(case.submission, span, words)
    approving = waiting.filter(once__startswith=case.key(APPROVED, person))
    every = all_approved(photos)
    if not every:
        await approving.delete()
    elif reach.chats:
        await _approve(case, person, photos, chat, rows)
    told = [] if every and await approving.exists() else photos  # that message says it all
    message = await decisions_said(case.submission, told, span, words, case.pack, case.zone)
    if not message.text:
        await waiting.filter(once__startswith=start).delete()
        return Told()
    due = await due_of(case, chat, since) if reach.chats else None
    if pending:  # where it can no longer be sent it comes back, and is said later
        payload = _payload(case, message, str(pending.once))
        await Outbox.filter(id=pending.id).update(
            payload=payload, not_before=due or pending.not_before
        )
    elif due is not None or owed is None:
        await queue(case, chat, message, await next_key(rows, start), due)
    return Told(due, unreached=due is None)


async def _chat_for(submission: Submission, chats: tuple[Chat, ...] | list[Chat]) -> Chat:
    """Return the chat in which the submission was made, if it is one of these, else the first."""
    interviews = Interview.filter(
        area_id=submission.area_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        questionnaire=submission.questionnaire,
        period=submission.period,
        status="submitted",
    )
    last = await interviews.order_by("-changed_at", "-id").first()
    place = _place(last.state) if last else ""
    return next((chat for chat in chats if str(chat.id) == place), chats[0])


def _place(state: str) -> str:
    try:
        return State.from_json(state).place
    except (KeyError, ValueError):  # nothing is kept of it, or a later program wrote it
        return ""


async def _approve(
    case: Case, person: int, photos: list[Photo], chat: Chat, rows: QuerySet[Outbox]
) -> None:
    """Queue that all is approved, unless that is what the person has heard last."""
    start = case.key(APPROVED, person)
    said = rows.filter(once__startswith=start).exclude(status=STALE)
    last = await said.order_by("-id").first()
    if last is not None:
        if last.status == TO_SEND:
            return
        asked = rows.filter(
            once__startswith=case.key(DECIDED, person), status=SENT, created_at__gte=last.created_at
        )
        new = any(not photo.approved_by(last.created_at) for photo in photos)
        back = any(photo.rejected_after(last.created_at) for photo in photos)
        if not new and not (back and await asked.exists()):
            return
    message = approval_said(case.submission, catalog(chat.lang), case.pack)
    due = await due_of(case, chat, case.now)
    await queue(case, chat, message, await next_key(rows, start), due)


async def due_of(case: Case, chat: Chat, since: datetime) -> datetime:
    """Return when a notice goes out whose first decision is of that moment (UTC)."""
    due = max(case.now + timedelta(seconds=1), min(case.now + GRACE, since + LONGEST))
    return await quiet_until(chat.id, Known(due, case.pack, case.zone)) or due


async def next_key(rows: QuerySet[Outbox], start: str) -> str:
    """Return the key after the last one of a person's outbox `rows` that begins so."""
    last = await rows.filter(once__startswith=start).order_by("-id").first()
    number = str(last.once).removeprefix(start).partition(">")[0] if last else "0"
    return f"{start}{int(number) + 1}"


async def queue(case: Case, chat: Chat, message: Message, once: str, due: datetime | None) -> None:
    """Queue a notice; without a moment it is noted as one that could not be sent."""
    sending: dict[str, Any] = {"not_before": due}
    if due is None:
        sending = {"status": UNDELIVERABLE, "reason": UNREACHED, "done_at": case.now}
    await Outbox.create(
        chat_id=chat.id,
        payload=_payload(case, message, once),
        once=once,
        purpose="notice",
        created_at=case.now,
        **sending,
    )


def _payload(case: Case, message: Message, once: str) -> str:
    """Return what `bot.messages.Outgoing.from_json` reads: the office knows no channel."""
    rows = [[{"label": label, "data": data}] for label, data in message.buttons]
    found: dict[str, object] = {"text": message.text, **({"buttons": rows} if rows else {})}
    village = case.submission.area_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    found |= {"purpose": "notice", "once": once, "village": village}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
