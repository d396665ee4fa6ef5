"""What a reviewer sees beside a photo: last period's, the others of the question, earlier tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from tortoise.queryset import QuerySet

from backend.models import Evidence
from backend.plans.periods import period_days
from backend.review.history import State

MOST: Final = 6
MOST_STEPS: Final = 100
"""Versions that are followed back."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Photos that belong to the same question of the same village, each with its file."""

    before: tuple[Evidence, ...]
    """Of the latest earlier period that has any."""
    others: tuple[Evidence, ...]
    """Of the same answer."""
    handed_back: tuple[Evidence, ...]
    """Of the same period, handed back before this one came, oldest first; maybe replaced."""
    times: int
    """Which try this is: 2 for «gửi lại lần 2»."""


async def beside(photo: Evidence) -> Beside:
    """Look up what belongs beside a photo, which has its area, file and submission loaded."""
    name = photo.path.rpartition("/")[2]
    same = Evidence.filter(
        area_id=photo.area.id, questionnaire=photo.questionnaire, path__endswith=f"/{name}"
    )
    in_force = same.filter(dropped_at=None, submission__current_key__isnull=False)
    others = in_force.filter(period=photo.period).exclude(id=photo.id)
    tries = (
        await same.filter(
            period=photo.period, review=State.REJECTED, received_at__lt=photo.received_at
        )
        .exclude(file_id=photo.file.id)
        .order_by("received_at", "id")
        .prefetch_related("file")
    )
    return Beside(
        before=tuple(await _before(photo, in_force)),
        others=tuple(await others.order_by("id").limit(MOST).prefetch_related("file")),
        handed_back=tuple({e.file.id: e for e in tries}.values()),
        times=await _times(photo, replaced=any(e.dropped_at for e in tries)),
    )


async def _times(photo: Evidence, *, replaced: bool) -> int:
    """Count the photos in whose places this one stands, through the versions of the submission.

    A correction of the answer names no photo: one that was handed back and `replaced` counts once.
    """
    times, at = 1, photo
    for _ in range(MOST_STEPS):
        before = at.instead_of or at.copied_from
        earlier = await Evidence.get_or_none(id=before) if before else None
        if earlier is None:
            break
        times += at.instead_of is not None
        at = earlier
    return max(times, 2) if replaced else times


async def _before(photo: Evidence, in_force: QuerySet[Evidence]) -> list[Evidence]:
    first = _first_day(photo.period)
    names = await in_force.distinct().values_list("period", flat=True)
    earlier = [(day, str(n)) for n in names if (day := _first_day(str(n))) < first]
    if not earlier:
        return []
    return await in_force.filter(period=max(earlier)[1]).order_by("id").limit(MOST)


def _first_day(period: str) -> date:
    try:
        return period_days(period)[0]
    except ValueError:
        return date.max
