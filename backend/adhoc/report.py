"""One ad-hoc report: what it asks, of whom, until when, and how far it has come. Pure.

It closes by itself: when everybody has answered, and at the latest `OPEN_AFTER` days after its
last day. Nothing is written then, so nothing can forget to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from backend.plans.schema import Pack, Survey
from backend.schedule.moments import latest_moment, local_day
from backend.schedule.obligations import moved
from backend.schedule.shapes import Wave
from backend.status.model import Deadline

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
        return earlier if earlier > local_day(self.opened_at, zone) else day

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
        last, opened = self.last_day(pack, zone), local_day(self.opened_at, zone)
        offsets = self.offsets if self.offsets is not None else default
        return tuple(d for o in offsets if (d := last - timedelta(days=o)) > opened)


def waves_of(reports: Iterable[Report], at: datetime, pack: Pack, zone: tzinfo) -> list[Wave]:
    """Return what villages are being reminded of at a moment, as other surveys' waves."""
    today = local_day(at, zone)
    found = []
    for report in reports:
        if report.level != "village" or report.standing(pack, today, zone) is not Standing.OPEN:
            continue
        days = report.days(pack, zone, pack.reminding.offsets)
        moment = latest_moment(at, days, pack, zone)
        if moment is None:
            continue
        last, on = report.last_day(pack, zone), local_day(moment, zone)
        found.append(
            Wave(
                report.survey,
                report.period,
                moment,
                (last - on).days,
                last,
                days,
                on,
                report=report.name,
                areas=frozenset(report.units),
            )
        )
    return found


def deadline_of(report: Report, pack: Pack, zone: tzinfo) -> Deadline:
    """Return the report's last day as the lists of deadlines show it."""
    last, plain = report.last_day(pack, zone), report.before - timedelta(days=1)
    obligation = next((o for o in pack.obligations if o.cadence == "ad_hoc"), None)
    return Deadline(
        last_day=last,
        names=(report.name,),
        obliged=obligation.obliged if obligation and report.level != "village" else "",
        via=obligation.via if obligation else "",
        to=obligation.to if obligation else pack.supervising_office,
        period=report.period,
        parts=((report.part, report.period),),
        plan_day=plain if plain != last else None,
    )


def open_ones(reports: Iterable[Report], pack: Pack, today: date, zone: tzinfo) -> list[Report]:
    """Return the reports that can still be answered on a day."""
    answering = {Standing.OPEN, Standing.LATE}
    return [r for r in reports if r.standing(pack, today, zone) in answering]
