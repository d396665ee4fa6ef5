"""When people are reminded: the office's own settings."""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from pydantic import Field

from backend.plans.schema.basics import Number, Strict


class Reminding(Strict):
    """When people are reminded. These are the office's own settings, never a plan's."""

    village_lead_days: int | None = Field(default=None, ge=0, le=60)
    offsets: list[int] = [7, 3, 1, 0]
    at: time = time(7, 30)
    quiet_from: time = time(21, 0)
    quiet_to: time = time(6, 30)
    weekly_day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    weekly_at: time = time(7, 30)
    on_day_off: Literal["earlier", "none"] = "earlier"
    """What becomes of a last day on a weekend or public holiday: the working day before it, or
    nothing. No plan says it; later is never chosen."""
    escalate_days: int = Field(default=2, ge=0, le=60)
    """How many days after the commune the supervising office hears who is late."""
    report_offsets: list[int] = [7, 1]
    """How many days before a report's last day its owners hear of it."""
    activity_day: int | None = Field(default=25, ge=1, le=28)
    """On which day of a month villages that showed no photo of a monthly activity are reminded
    of it; null: never. The plan says only «1 lần/tháng»."""
    leads_set: list[Number] = Field(default=[], max_length=0, exclude=True)
    """Like `Indicator.thresholds_set`, for `village_lead_days`."""
    days_off: list[date] = Field(default=[], max_length=0, exclude=True)
    """Further days on which the office rests; laid over like the others."""
    working_days: list[date] = Field(default=[], max_length=0, exclude=True)
    """Days off on which the office works all the same («làm bù»)."""
