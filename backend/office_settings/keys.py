"""What may be set, and what it is called in the table, in addresses and on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Kind(StrEnum):
    """One kind of setting. `OfficeSetting.kind` holds the word."""

    THRESHOLD = "threshold"
    """Of one indicator ("set/code"): percent, or a count where the indicator has no denominator."""
    DEADLINE = "deadline"
    """Of one obligation: «trước ngày 13», or one date."""
    LEAD_DAYS = "lead_days"
    OFFSETS = "reminder_offsets"
    REMIND_AT = "remind_at"
    QUIET_HOURS = "quiet_hours"
    WEEKLY = "weekly_summary"
    ON_DAY_OFF = "on_day_off"
    ESCALATE_DAYS = "escalate_days"
    REPORT_OFFSETS = "report_offsets"
    ACTIVITY_DAY = "activity_day"
    PHOTO_MONTHS = "keep_photo_months"
    """How long photos are kept after the last period that they are evidence for."""
    MESSAGE_DAYS = "keep_message_days"
    """How long messages that are dealt with keep their words."""
    STAGE_DAYS = "stage_days"
    """Of one stage: how many days it may take."""
    DAY_OFF = "day_off"
    """Of one day (ISO): the office rests, though neither weekend nor public holiday says so."""
    WORKING_DAY = "working_day"
    """Of one day (ISO): the office works, though it is a Saturday, a Sunday or a holiday."""


DAYS: Final = frozenset({Kind.DAY_OFF, Kind.WORKING_DAY})
OF_PERIODS: Final = frozenset({Kind.THRESHOLD, Kind.DEADLINE, Kind.LEAD_DAYS})
"""Kinds that hold for the periods whose last day they are valid on; the others hold on a day."""

OF_AREAS: Final = frozenset(
    {Kind.OFFSETS, Kind.REMIND_AT, Kind.QUIET_HOURS, Kind.WEEKLY, Kind.ACTIVITY_DAY}
)
"""Kinds that may be set for one unit and what is below it, too; the nearest one up the tree wins."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One thing that may be set; `target` is "" where there is only one of its kind."""

    kind: Kind
    target: str = ""
    area: str = ""
    """Code of the unit that it is set for, "" for the whole plan."""

    def __str__(self) -> str:
        """Return "threshold:thon/9.1", "lead_days" or "quiet_hours@ia-dal"."""
        of = f"{self.kind}:{self.target}" if self.target else str(self.kind)
        return f"{of}@{self.area}" if self.area else of

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `str` wrote, None for what no key looks like."""
        of, _, area = text.partition("@")
        kind, _, target = of.partition(":")
        try:
            return cls(Kind(kind), target, area)
        except ValueError:
            return None
