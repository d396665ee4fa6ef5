"""After answers came: the one move that the program itself makes."""

from __future__ import annotations

from datetime import datetime

from backend.models import Area
from backend.plans.schema import Pack
from backend.stages.moves import Unit, follow_status
from backend.stages.steps import sets_of
from backend.status.model import Status, VillageProgress


async def village_answered(pack: Pack, area: Area, village: VillageProgress, now: datetime) -> None:
    """Bring the village's stage in step with its own figures; `now` is in the office's zone.

    A plan in which villages go through no stages is left alone.
    """
    sets = sets_of(pack, area.level, now.date())
    unit = Unit(pack, area, sets[0].id if sets else "")
    await follow_status(unit, met=village.self_assessed is Status.MET, now=now)
