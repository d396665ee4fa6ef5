"""After answers came: the one move that the program itself makes."""

from __future__ import annotations

from datetime import datetime

from backend.models import Area
from backend.plans.schema import Pack
from backend.stages.moves import Unit, follow_status
from backend.stages.steps import sets_of
from backend.status.model import Status


def decides(self_assessed: Status) -> bool:
    """Say whether a village's own figures speak for or against a stage: what is missing does not."""
    return self_assessed in {Status.MET, Status.NOT_MET}


async def village_answered(pack: Pack, area: Area, self_assessed: Status, now: datetime) -> None:
    """Bring the village's stage in step with its own figures; `now` is in the office's zone.

    Figures that decide nothing, as those of a quarter of which only a part was sent, move
    nothing. A plan in which villages go through no stages is left alone.
    """
    if not decides(self_assessed):
        return
    sets = sets_of(pack, area.level, now.date())
    unit = Unit(pack, area, sets[0].id if sets else "")
    await follow_status(unit, met=self_assessed is Status.MET, now=now)
