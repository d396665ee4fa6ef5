"""What to do with a questionnaire that was sent: correct it, add a photo, or leave it."""

from __future__ import annotations

from typing import Any, Final

from backend.models import Submission
from bot.messages import Outgoing
from bot.reception.house import Visit
from bot.reception.late_photos import ask_which
from bot.reception.menu import answered_for, show
from bot.reception.sittings import correct

ON_ANSWER: Final = frozenset({"1", "sua", "sua lai", "edit"})
ON_PHOTO: Final = frozenset({"2", "them anh", "anh", "gui anh", "photo"})


async def choose(visit: Visit) -> list[Outgoing]:
    """Take what to do with a submitted questionnaire: correct it, add a photo, or nothing."""
    number = visit.stage_data.get("submission")
    submission = await _own(visit, number) if number else None
    if submission is None:
        return await show(visit)
    said = visit.said()
    if said in ON_ANSWER or said == "s.edit":
        opened = await correct(visit, submission)
        return opened or await show(visit)
    if said in ON_PHOTO or said == "s.photo":
        return await ask_which(visit, [submission])
    return await show(visit)


async def _own(visit: Visit, number: Any) -> Submission | None:
    """Return a submission in force of what the person answers for."""
    units = [unit.id for unit in await answered_for(visit)]
    return await Submission.get_or_none(
        id=number, current_key__isnull=False, area_id__in=units
    ).prefetch_related("form_version")
