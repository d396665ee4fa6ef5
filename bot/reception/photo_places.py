"""Where a photo can go: image questions of what was sent, and photos that are to be taken again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from backend.models import Submission
from backend.people import villages_of
from backend.photo_answers import PhotoQuestion, photo_questions
from backend.review.asked import HandedBack, handed_back
from bot.reception.house import Visit, sent_at
from bot.reception.sittings import form_of

TAKING: Final = "photo_for"
"""Every photo that comes is for one question of one submission."""
DAYS: Final = 60
"""How long after submission a photo may be added; the period's own report is long closed then."""
TOGETHER_SECONDS: Final = 3.0
"""Photos that were sent so close to each other are of one album, whatever their channel calls it."""


@dataclass(frozen=True, slots=True)
class Place:
    """An image question of a submission that a photo can be for."""

    submission: Submission
    question: PhotoQuestion
    title: str
    back: int = 0
    """Id of the photo there that was handed back and is to be taken again; 0: one is added."""

    @property
    def key(self) -> str:
        """How the place is kept while the person chooses."""
        again = f"|{self.back}" if self.back else ""
        return f"{self.submission.id}|{self.question.path}{again}"


async def places_of(visit: Visit, submissions: list[Submission] | None = None) -> list[Place]:
    """Return where a photo can go, missing ones first; by default in all recent submissions."""
    if submissions is None:
        villages = [v.id for v in await villages_of(visit.person_id)]
        submissions = (
            await Submission.filter(
                area_id__in=villages,
                current_key__isnull=False,
                received_at__gt=visit.now - timedelta(days=DAYS),
            )
            .order_by("-received_at", "-id")
            .limit(20)
            .prefetch_related("form_version")
        )
    places = [
        Place(s, q, s.form_version.title)
        for s in submissions
        for q in await photo_state(visit, s)
        if q.kept < q.most
    ]
    places.sort(key=lambda p: not p.question.missing)
    return [*await _to_be_taken_again(visit, submissions), *places]


async def photo_state(visit: Visit, submission: Submission) -> list[PhotoQuestion]:
    """Return the image questions of a submission and how many photos each has."""
    form = await form_of(submission.form_version_id)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return await photo_questions(submission, form, visit.now.astimezone(visit.house.zone))


async def backs_of(visit: Visit) -> list[HandedBack]:
    """Return the photos that this person is to take again."""
    villages = [v.id for v in await villages_of(visit.person_id)]
    return await handed_back(villages, visit.catalog, visit.house.zone) if villages else []


async def _to_be_taken_again(visit: Visit, submissions: list[Submission]) -> list[Place]:
    known = {s.id: s for s in submissions}
    found = []
    for back in await backs_of(visit):
        old = back.evidence
        submission = known.get(old.submission.id) if old.submission else None
        if submission is not None:
            question = PhotoQuestion(old.path, back.question, old.purpose, 0, 1, required=True)
            found.append(Place(submission, question, back.title, old.id))
    return found


def sent_together(visit: Visit) -> bool:
    """Say whether this photo was sent with the one that TAKING was last said of.

    A channel that tells nothing of albums is read by several processes, and each of them names an
    album after the first photo that it saw itself.
    """
    last = visit.stage_data.get("at")
    return isinstance(last, int | float) and abs(moment(visit) - last) <= TOGETHER_SECONDS


def moment(visit: Visit) -> float:
    """Return when the message was sent, as it is kept beside TAKING."""
    return sent_at(visit.turn).timestamp()


async def kept_places(visit: Visit) -> list[Place | None]:
    """Return the places that were offered, in the order that was shown; None for one that is gone."""
    keys = visit.stage_data.get("places")
    known = {p.key: p for p in await places_of(visit)}
    return [known.get(str(k)) for k in keys] if isinstance(keys, list) else []


async def place_kept(visit: Visit) -> Place | None:
    """Return the place that TAKING was said of, while there is one."""
    key: Any = visit.stage_data.get("place")
    number, bar, path = str(key or "").partition("|")
    if not bar:
        return None
    villages = [v.id for v in await villages_of(visit.person_id)]
    submission = await Submission.get_or_none(
        id=int(number), current_key__isnull=False, area_id__in=villages
    ).prefetch_related("form_version")
    if submission is None:
        return None
    for question in await photo_state(visit, submission):
        if question.path == path:
            return Place(submission, question, submission.form_version.title)
    return None
