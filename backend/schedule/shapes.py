"""The shapes of what is due. Plain values; made by `backend.schedule`, worded by `backend.reports`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum

from backend.adhoc.shapes import Report
from backend.models import Area
from backend.plans.schema import Pack, Survey
from backend.quota.reach import Barred
from backend.status.model import Deadline
from conversations.text import Text


class DueKind(StrEnum):
    """What is sent."""

    REMINDER = "reminder"
    WEEKLY_SUMMARY = "weekly_summary"
    LATE_LIST = "late_list"
    """To officers: the villages of their area whose own day has passed."""
    REPORT_NOTICE = "report_notice"
    """To those who answer for a report: it is due soon."""
    AD_HOC = "ad_hoc"
    """A report asked for once: opened, to those who answer; late or complete, to who opened it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One questionnaire that one village has not submitted, or whose photos have not come."""

    area_code: str
    area_name: str
    questionnaire: str
    title: str
    period: str
    due: date
    begun: bool
    photos: int = 0
    """How many photos are missing of what was submitted; 0: it was not submitted, or `again`.

    Of an activity, whether its photo is all that is missing.
    """
    again: bool = False
    """It was submitted, and an answer of it was handed back."""
    activity: bool = False
    """It is no questionnaire of the plan's surveys but something that the village does each month."""


@dataclass(frozen=True, slots=True)
class LateVillage:
    """A village whose own day has passed and that has not sent everything."""

    code: str
    name: str
    commune: str
    heads: tuple[str, ...]
    missing: int
    """How many questionnaires are missing."""
    call: bool
    """Nobody of this village can be reached by a message: somebody must call."""
    why: tuple[Barred, ...] = ()
    """Why not, when `call` and somebody is enrolled."""
    again: int = 0
    """Of how many others, which were sent, a photo or an answer was handed back."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to send to one person. `moment` (UTC) is when it became due."""

    key: str
    kind: DueKind
    person_id: int
    person_name: str
    role: str
    area_code: str
    area_name: str
    moment: datetime
    period: str
    deadline: date | None
    missing: tuple[Missing, ...]
    why: Text
    late: tuple[LateVillage, ...] = ()
    villages: int = 0
    """LATE_LIST: how many villages the person's areas have."""
    report_day: date | None = None
    """LATE_LIST: the last day of the report that waits for these villages."""
    report_over: bool = False
    """That day has passed."""
    reports: tuple[Deadline, ...] = ()
    nobodys: tuple[Deadline, ...] = ()
    """REPORT_NOTICE to the supervising office: reports that nobody enrolled answers for."""
    owner: str = ""
    """WEEKLY_SUMMARY: only the indicators of this owner are shown; "" for all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One look: at which moment (aware), by which plan, in which zone, for whom.

    `codes` are the plan's areas that the look is about. With `people` only they are looked at,
    with `area` only those who have a role there or below.
    """

    at: datetime
    pack: Pack
    zone: tzinfo
    codes: frozenset[str]
    people: frozenset[int] | None = None
    area: Area | None = None
    reports: tuple[Report, ...] = ()
    """The ad-hoc reports that were opened before the moment."""
    within: frozenset[int] = frozenset()
    """Ids of `area` and of all below it, walked once for all that a look asks."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what is due for one reason; `reason` is the same for all parts of one look."""

    reason: str
    things: list[Due]
    later: frozenset[int] = frozenset()
    """People who are left alone now and must be looked at again (they are answering)."""


@dataclass(frozen=True, slots=True)
class Wave:
    """The latest moment at which a survey's period is reminded of, the same for all villages."""

    survey: Survey
    period: str
    moment: datetime
    offset: int
    day: date
    days: tuple[date, ...] = field(default=())
    """The days of all its moments, also of those to come: a clock may have been set back."""
    on: date = date.min
    """The office's day of `moment`."""
    activity: str = ""
    """Title of the village's activity when that, and no survey, is what is reminded of."""
    report: str = ""
    """Name of the ad-hoc report when that is what is reminded of."""
    areas: frozenset[int] | None = None
    """Ids of the only villages that it concerns; None: all."""

    def concerns(self, area_id: int, since: datetime) -> bool:
        """Say whether somebody who answers for a village since then may be reminded of it."""
        return self.moment >= since and (self.areas is None or area_id in self.areas)
