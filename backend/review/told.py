"""What the people who sent a photo or an answer hear of a decision: queued with it, in one transaction.

- Handed back: one notice a submission and person, which says what, why, and asks for exactly
  that photo or answer. It goes out after GRACE: until then further decisions about the same submission
  join it, and undoing takes it back. Decisions never hold it for longer than LONGEST.
- Undone after it has gone out: the person hears, once, that it need not come again.
- Approved: one notice a questionnaire, village and period, when all its photos are approved.

At night everything waits for the morning. Messages cost: nothing else is told here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from backend.consent import consented
from backend.entering import heads_of
from backend.models import Chat, Evidence, Outbox, RoleGrant, Submission
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError, active_pack
from backend.quota.books import open_books
from backend.quota.reach import reach_of
from backend.reports.words import period_name
from backend.review.answers_told import answers_told
from backend.review.asked import questions_of
from backend.review.history import State, reviews_of, standing, state_after
from backend.review.reasons import said
from backend.schedule.moments import end_of_quiet
from conversations.text import N_, Text
from locales import Catalog, catalog

GRACE: Final = timedelta(seconds=20)
LONGEST: Final = timedelta(seconds=50)
TO_SEND: Final = 0
"""`Outbox.status` of what has not gone out."""
AGAIN: Final = "r."
"""How the button of a photo that is to be taken again begins; its id follows."""
MOST_BUTTONS: Final = 6


@dataclass(frozen=True, slots=True)
class _Photo:
    """One photo of a submission as the person may have heard of it."""

    evidence: Evidence
    now: State
    before: State
    """What held before the decisions that are being told."""
    reason: str
    decided: bool
    """Whether any of those decisions is about it."""


async def tell(submission_id: int, now: datetime, zone: tzinfo) -> None:
    """Bring what is queued for a submission's people in step with what holds now.

    Joins the caller's transaction. Whoever has no chat that can be reached is not told.
    """
    submission = await Submission.get(id=submission_id).prefetch_related("area", "form_version")
    try:
        pack = await active_pack(submission.plan, now.astimezone(zone).date())
    except NoPlanError:
        return
    people = await told_of(submission)
    reach = await reach_of(people, await open_books(now, zone), "notice")
    for person in people:
        if reach[person].chats:
            await _tell(submission, person, reach[person].chats[0], pack, now, zone)


async def told_of(submission: Submission) -> list[int]:
    """Return who hears of a submission's photos: who sent it, else whoever answers there now.

    Nobody who has taken their consent back is written to.
    """
    area: int = submission.area_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    sender: int = submission.person_id  # type: ignore[attr-defined]  # the same
    in_place = await RoleGrant.exists(person_id=sender, area_id=area, revoked_at=None)
    people = [sender] if in_place else await heads_of(area)
    return [person for person in people if await consented(person)]


async def _tell(  # noqa: PLR0913, PLR0917  (what is told hangs on all of these)
    submission: Submission, person: int, chat: Chat, pack: Pack, now: datetime, zone: tzinfo
) -> None:
    words = catalog(chat.lang)
    start = f"review|{submission.id}|{person}|"
    waiting = Outbox.filter(status=TO_SEND, not_before__gt=now)
    pending = await waiting.filter(once__startswith=start).order_by("id").first()
    since = pending.created_at if pending else now
    photos = await _photos(submission, since, words)
    approved = f"approved|{submission.current_key}|{person}"
    every = bool(photos) and all(p.now is State.APPROVED for p in photos)
    if every:
        await _approved(submission, chat, approved, pack, now, zone)
    else:
        await waiting.filter(once=approved).delete()
    if every and await waiting.filter(once=approved).exists():
        photos = []  # that message says it all
    text, buttons = await _words(submission, photos, since, words, pack, zone)
    if not text:
        await waiting.filter(once__startswith=start).delete()
        return
    due = _due(now, since, pack, zone)
    if pending:
        payload = _payload(text, buttons, str(pending.once))
        await Outbox.filter(id=pending.id).update(payload=payload, not_before=due)
        return
    told = await Outbox.filter(once__startswith=start).count()
    await _queue(chat, text, buttons, f"{start}{told + 1}", due, now)


async def _photos(submission: Submission, since: datetime, words: Catalog) -> list[_Photo]:
    found = []
    for evidence in await Evidence.filter(submission_id=submission.id, dropped_at=None).order_by(
        "id"
    ):
        reviews = await reviews_of(evidence)
        held = standing(reviews)
        found.append(
            _Photo(
                evidence=evidence,
                now=state_after(held),
                before=state_after(standing(r for r in reviews if r.at < since)),
                reason=said(held[-1].reason, held[-1].words, words) if held else "",
                decided=any(r.at >= since for r in reviews),
            )
        )
    return found


async def _words(  # noqa: PLR0913, PLR0917  (what is said hangs on all of these)
    submission: Submission,
    photos: Sequence[_Photo],
    since: datetime,
    words: Catalog,
    pack: Pack,
    zone: tzinfo,
) -> tuple[str, list[tuple[str, str]]]:
    """Return the message of these decisions and its buttons, "" when they leave nothing to say."""
    named = _named(submission, words)
    again = [p for p in photos if p.decided and p.now is State.REJECTED]
    parts = await _of_photos(submission, photos, named, words, zone)
    label = words.get(N_("Send the photo again"))
    buttons = [(label, f"0:{AGAIN}{p.evidence.id}") for p in again]
    said_of_answers, asked = await answers_told(submission, since, named, words, zone)
    parts += said_of_answers
    if not parts:
        return "", []
    if len(again) > 1:
        buttons = [(f"{name} ({n})", data) for n, (name, data) in enumerate(buttons, 1)]
    return words.join([_sample(pack, words), *parts]), [*buttons, *asked][:MOST_BUTTONS]


async def _of_photos(
    submission: Submission,
    photos: Sequence[_Photo],
    named: dict[str, str],
    words: Catalog,
    zone: tzinfo,
) -> list[Text | str]:
    again = [p for p in photos if p.decided and p.now is State.REJECTED]
    lifted = [
        p
        for p in photos
        if p.decided and p.now is not State.REJECTED and p.before is State.REJECTED
    ]
    if not again and not lifted:
        return []
    labels = await questions_of(submission, words, zone)
    parts: list[Text | str] = []
    if again:
        parts.append(Text("Thank you for the photos of {title} ({area}, {period}).", named))
        lines = [words.get(N_("Please take these again:"))]
        for photo in again:
            lines.append(f"• {labels.get(photo.evidence.path, submission.form_version.title)}")
            if photo.reason:
                lines.append(photo.reason)
        parts += [
            "\n".join(lines),
            Text("Please send RESEND, and then the new photo."),
        ]
    if lifted:
        lines = [f"• {labels.get(p.evidence.path, submission.form_version.title)}" for p in lifted]
        sentence = N_("{title} ({area}, {period}): this photo need not be taken again.")
        parts += [
            "\n".join([words.get(sentence, **named), *dict.fromkeys(lines)]),
            Text("Thank you."),
        ]
    return parts


async def _approved(  # noqa: PLR0913, PLR0917  (the same)
    submission: Submission, chat: Chat, once: str, pack: Pack, now: datetime, zone: tzinfo
) -> None:
    if await Outbox.exists(once=once):
        return
    words = catalog(chat.lang)
    text = words.join(
        [
            _sample(pack, words),
            Text(
                "The photos of {title} ({area}, {period}) are approved. Thank you.",
                _named(submission, words),
            ),
        ]
    )
    await _queue(chat, text, [], once, _due(now, now, pack, zone), now)


def _named(submission: Submission, words: Catalog) -> dict[str, str]:
    return {
        "title": submission.form_version.title,
        "area": submission.area.name,
        "period": period_name(submission.period, words),
    }


def _sample(pack: Pack, words: Catalog) -> str:
    return words.get(N_("This is sample data, for trying out.")) if pack.sample else ""


def _due(now: datetime, since: datetime, pack: Pack, zone: tzinfo) -> datetime:
    due = max(now + timedelta(seconds=1), min(now + GRACE, since + LONGEST))
    return end_of_quiet(due, pack, zone) or due


async def _queue(  # noqa: PLR0913, PLR0917  (an outbox row)
    chat: Chat,
    text: str,
    buttons: Sequence[tuple[str, str]],
    once: str,
    due: datetime,
    now: datetime,
) -> None:
    await Outbox.create(
        chat_id=chat.id,
        payload=_payload(text, buttons, once),
        once=once,
        purpose="notice",
        not_before=due,
        created_at=now,
    )


def _payload(text: str, buttons: Sequence[tuple[str, str]], once: str) -> str:
    """Return what `bot.messages.Outgoing.from_json` reads: the office knows no channel."""
    rows = [[{"label": label, "data": data}] for label, data in buttons]
    message: dict[str, object] = {"text": text, **({"buttons": rows} if rows else {})}
    message |= {"purpose": "notice", "once": once}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
