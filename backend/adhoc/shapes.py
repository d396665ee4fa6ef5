"""One ad-hoc report: what it asks, of whom, until when, and how far it has come. Pure.

It closes by itself: when everybody has answered, and at the latest `OPEN_AFTER` days after its
last day. Nothing is written then, so nothing can forget to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from backend.plans.schema import Pack, Survey
from backend.schedule.obligations import moved

FREE: Final = "bao-cao-dot-xuat"
"""The questionnaire that asks one sentence of an officer's own."""
OPEN_AFTER: Final = 7
"""Days after its last day in which a report may still be answered and its late ones are named."""
PART: Final = "ad-hoc:"
"""Begins the id by which a `Deadline` names an ad-hoc report."""


class Standing(StrEnum):
    """How a report stands."""

    OPEN = "open"
    LATE = "late"
    """Its last day has passed and somebody has not answered."""
    COMPLETE = "complete"
    ENDED = "ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Asked:
    """One village or commune that a report is asked of."""

    area_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it stands. `before` is exclusive; times are UTC."""

    id: int
    name: str
    questionnaire: str
    sentence: str
    level: str
    period: str
    before: date
    offsets: tuple[int, ...] | None
    opened_at: datetime
    opened_by: int
    cancelled: bool
    reason: str
    units: Mapping[int, Asked]
    answered: frozenset[int]
    """Ids of the units whose answers are in force."""

    @property
    def survey(self) -> Survey:
        """The questionnaire as a survey; its period is the report's own."""
        return Survey(questionnaire=self.questionnaire)

    @property
    def part(self) -> str:
        """How a `Deadline` names this report."""
        return f"{PART}{self.id}"

    @property
    def missing(self) -> list[Asked]:
        """Who has not answered, in the order they were named."""
        return [unit for number, unit in self.units.items() if number not in self.answered]

    def last_day(self, pack: Pack, zone: tzinfo) -> date:
        """Return the last day to answer: as other deadlines, moved before days off if it can be."""
        day = self.before - timedelta(days=1)
        earlier = moved(pack, day)
        return earlier if earlier > self.opened_at.astimezone(zone).date() else day

    def standing(self, pack: Pack, today: date, zone: tzinfo) -> Standing:
        """Return how the report stands on a day of the office."""
        last = self.last_day(pack, zone)
        if self.cancelled:
            return Standing.CANCELLED
        if not self.missing:
            return Standing.COMPLETE
        if today > last + timedelta(days=OPEN_AFTER):
            return Standing.ENDED
        return Standing.LATE if today > last else Standing.OPEN

    def days(self, pack: Pack, zone: tzinfo, default: Sequence[int]) -> tuple[date, ...]:
        """Return the days on which is reminded: after the day of opening, through the last one."""
        last, opened = self.last_day(pack, zone), self.opened_at.astimezone(zone).date()
        offsets = self.offsets if self.offsets is not None else default
        return tuple(d for o in offsets if (d := last - timedelta(days=o)) > opened)
