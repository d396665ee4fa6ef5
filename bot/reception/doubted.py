"""A photo outside of an interview that may not serve: told at once, and the next one takes its place.

It is kept in any case. The chat remembers it beside TAKING until KEEP, a better photo, or anything
else that is said. A photo that an officer has judged meanwhile is replaced no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from backend.models import Evidence
from backend.people import villages_of
from backend.photo_answers import Shown, drop_photos, keep_photo
from backend.review.asked import HandedBack
from backend.review.history import State
from bot.messages import Button, Incoming, Kind, Media, Outgoing
from bot.reception.house import Visit, sent_at
from bot.reception.photo_places import TAKING, TOGETHER_SECONDS, moment
from bot.reception.resending import in_open_one, resend
from bot.turn.shapes import InterviewRow
from conversations.answers.commands import Command, read_command
from conversations.interview.advice import advice_on, advised, in_place_of
from conversations.text import Text, fold

KEEP: Final = "k."
"""How a button begins that keeps the photo of this number."""
DOUBTS: Final = "doubts"
"""What the chat keeps beside TAKING: the photos in doubt, oldest first."""
_CANNOT: Final = frozenset({"khong", "ko", "chiu"})
"""First words of «không chụp lại được»: to the advice on a photo they mean KEEP."""
_MOST_VERSIONS: Final = 100


class Doubted(NamedTuple):
    """A photo that was kept although another would be better."""

    evidence: int
    code: str
    """Of `conversations.interview.advice`."""
    at: float
    """When it was sent, in Unix seconds."""
    album: str = ""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A photo in the place of a doubted one. `interview` runs and was changed by it as well."""

    submission_id: int
    path: str
    title: str
    doubts: list[Doubted]
    interview: InterviewRow | None


def doubts_of(data: Mapping[str, object]) -> list[Doubted]:
    """Return the photos in doubt that a chat keeps beside its stage."""
    kept = data.get(DOUBTS)
    return [Doubted(*one) for one in kept] if isinstance(kept, list) else []


def open_doubts(visit: Visit) -> list[Doubted]:
    """Return the photos of which this chat waits to hear whether another one comes."""
    return doubts_of(visit.stage_data) if visit.stage == TAKING else []


async def doubts_about(
    visit: Visit, submission_id: int, path: str, advice: Mapping[str, str], album: str
) -> list[Doubted]:
    """Return the doubts about photos of one question just kept; `advice` is by their refs."""
    found = []
    for ref, code in advice.items():
        row = await Evidence.filter(
            submission_id=submission_id, path=path, file__sha256=ref, dropped_at=None
        ).first()
        if row is not None and advice_on(code):
            found.append(Doubted(row.id, code, moment(visit), album))
    return found


def words(doubts: Iterable[Doubted]) -> list[Text]:
    """Return what to say of photos in doubt, with the word that keeps them."""
    said = advised([d.code for d in doubts])
    return [said] if said else []


def buttons(visit: Visit, doubts: list[Doubted]) -> list[Button]:
    """Return the button that keeps them."""
    return [Button(visit.catalog.say(Text("Keep")), f"0:{KEEP}{d.evidence}") for d in doubts[-1:]]


def is_press(text: str) -> bool:
    """Say whether a pressed button keeps a photo."""
    return text.startswith(KEEP)


def keeps(incoming: Incoming, *, doubting: bool) -> bool:
    """Say whether a message keeps a photo; words only where one is in doubt (`doubting`)."""
    if incoming.kind is Kind.PRESS:
        return is_press(incoming.text)
    if incoming.kind is not Kind.TEXT or not doubting:
        return False
    return says_keep(incoming) or not _CANNOT.isdisjoint(fold(incoming.text).split()[:1])


def says_keep(incoming: Incoming) -> bool:
    """Say whether KEEP was typed and nothing else."""
    order = read_command(incoming.text) if incoming.kind is Kind.TEXT else None
    return order is not None and order.command is Command.KEEP


async def keep(visit: Visit) -> Outgoing:
    """Keep the photos in doubt; said late or twice, say what holds already."""
    doubts = open_doubts(visit)
    pressed = visit.turn.incoming.kind is Kind.PRESS
    number = visit.turn.incoming.text.removeprefix(KEEP)
    if doubts and (not pressed or number in {str(d.evidence) for d in doubts}):
        await settle(visit)
        return visit.say(Text("The photo is kept. Thank you."))
    if not pressed:
        return visit.say(Text("All that you have sent is kept. Thank you."))
    villages = [v.id for v in await villages_of(visit.person_id)]
    photo = await Evidence.get_or_none(
        id=int(number[:18]) if number.isdecimal() else 0, area_id__in=villages
    )
    if photo is not None and photo.dropped_at is not None:
        return visit.say(Text("A newer photo stands in the place of this one. Thank you."))
    return visit.say(Text("This photo is kept already. Thank you."))


async def end(visit: Visit) -> None:
    """Doubt nothing any more where something else was said while an interview runs."""
    if open_doubts(visit):
        await settle(visit)


async def settle(visit: Visit) -> None:
    """Doubt nothing any more: wait again for what was waited for before, or for more photos."""
    data = {k: v for k, v in visit.kept.items() if k != DOUBTS}
    if "then" in data:
        then = data.get("then_data")
        await visit.wait_for(str(data["then"]), **(then if isinstance(then, dict) else {}))
    else:
        await visit.wait_for(TAKING, **data)


async def replaced_by(visit: Visit, media: Media, *, full: bool) -> Replaced | None:
    """Put a stored photo in the place of the doubted one whose advice it answers; None: of none.

    The oldest. Not while both may have been sent together: then it is another photo, unless
    there is no room (`full`) and nothing is wrong with it.
    """
    doubts = open_doubts(visit)
    before = [d for d in doubts if not _together(visit, media, d)]
    if not before and full and not advice_on(media.advice):
        before = doubts
    if not before:
        return None
    old = await _in_force(before[0])
    if old is None or old.submission is None or old.file.sha256 == media.sha256:
        return None
    title = old.submission.form_version.title
    back = HandedBack(old, title, "", "", visit.now)
    running = await in_open_one(visit, back, media.sha256)
    submission_id, path = old.submission.id, old.path
    if old.late:
        await _in_place(visit, old, media.sha256)
    else:
        resent = await resend(visit, back, media.sha256)
        if resent is None:
            return None
        submission_id, path = resent.submission.id, resent.path
    # It was never judged, so that it is no try of its own.
    await Evidence.filter(instead_of=old.id).update(instead_of=old.instead_of)
    left = [d for d in doubts if d != before[0]]
    new = {media.sha256: in_place_of(before[0].code, media.advice)}
    left += await doubts_about(visit, submission_id, path, new, media.album)
    return Replaced(submission_id, path, title, left, running)


def _together(visit: Visit, media: Media, doubt: Doubted) -> bool:
    album = bool(media.album) and media.album == doubt.album
    return album or abs(moment(visit) - doubt.at) <= TOGETHER_SECONDS


async def _in_force(doubt: Doubted) -> Evidence | None:
    """Return the doubted photo's row in the version in force, while nobody has judged it."""
    number = doubt.evidence
    for _ in range(_MOST_VERSIONS):
        row = await Evidence.get_or_none(id=number).prefetch_related(
            "file", "area", "interview", "submission__form_version"
        )
        if row is None:
            return None
        if row.submission is not None and row.submission.current_key is not None:
            return row if row.dropped_at is None and row.review == State.WAITING else None
        newer = Evidence.filter(copied_from=number, submission_id__isnull=False)
        copy = await newer.order_by("-id").first()
        if copy is None:
            return None
        number = copy.id
    return None


async def _in_place(visit: Visit, old: Evidence, ref: str) -> None:
    """Replace a photo that came after its submission, in the same version."""
    incoming = visit.turn.incoming
    sent: datetime = sent_at(visit.turn)
    await drop_photos(old.interview.id, old.path, [old.file.sha256], visit.now)
    await keep_photo(
        Shown(
            interview_id=old.interview.id,
            area_id=old.area.id,
            period=old.period,
            questionnaire=old.questionnaire,
            path=old.path,
            purpose=old.purpose,
            submission_id=old.submission.id if old.submission else None,
        ),
        ref,
        caption=incoming.text if incoming.kind is Kind.PHOTO else "",
        sent_at=sent,
        received_at=visit.now,
    )
    new = Evidence.filter(interview_id=old.interview.id, path=old.path, file__sha256=ref)
    ids = await new.values_list("id", flat=True)
    await Evidence.filter(id__in=ids).update(instead_of=old.instead_of)
