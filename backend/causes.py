"""Why a status changed: everything between two moments that can move one, in order.

A status is made of submissions, decisions about photos, the office's settings and the plan. All
of them are rows with a moment, so what happened between two looks can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from backend.area_tree import subtree
from backend.lists import numbers
from backend.models import Area, AreaChange, Evidence, OfficeSetting, Plan, Review, Submission
from backend.office_settings.store import key_of
from backend.office_settings.words import name_of
from backend.plans.schema import Indicator, Number, Pack
from backend.review.reasons import said
from backend.status.progress import survey_periods
from conversations.text import N_, Param, Text
from locales import Catalog

MOST: Final = 200
"""Causes of one kind that are told; the newest ones."""


class CauseKind(StrEnum):
    """What happened."""

    SUBMISSION = "submission"
    REVIEW = "review"
    SETTING = "setting"
    THRESHOLD = "threshold"
    """A threshold stated or set earlier begins or ends."""
    PLAN = "plan"
    PHOTO = "photo"
    """A photo that came after its questionnaire."""
    AREAS = "areas"
    """A reform, or a list that the office put in."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that can have moved a status. `at` is aware UTC; `by` is "" for the program."""

    kind: CauseKind
    at: datetime
    what: Text
    by: str = ""
    village: str = ""
    """Code of the village whose own it is, "" for all."""
    subject: str = ""
    """Kind and id of the row, as "submission:12"."""

    def line(self, words: Catalog, zone: tzinfo) -> str:
        """Return it as a person reads it."""
        parts: dict[str, Param] = {
            "time": self.at.astimezone(zone),
            "what": self.what,
            "name": self.by or "–",
        }
        return words.get(N_("{time} · {name}: {what}"), **parts)


@dataclass(frozen=True, slots=True)
class About:
    """Which status: of an area and all below it, of one indicator or (None) of all of them."""

    pack: Pack
    area_code: str
    period: str
    indicator: tuple[str, str] | None = None
    """Criteria set and code."""


async def causes_between(
    about: About, after: datetime, until: datetime, words: Catalog, zone: tzinfo
) -> list[Cause]:
    """Return what happened after one moment and not after another, oldest first.

    Reads only. Days on which a threshold begins are the office's, in `zone`.
    """
    area = await Area.get_or_none(code=about.area_code)
    if area is None:
        return []
    areas = await subtree([area.id])
    found = [
        *await _submissions(about, areas, (after, until)),
        *await _reviews(about, areas, (after, until), words),
        *await _settings(about, (after, until), words),
        *_thresholds(about, (after, until), zone),
        *await _plans(about, (after, until)),
        *await _late_photos(about, areas, (after, until)),
        *await _areas((after, until)),
    ]
    return sorted(found, key=lambda c: (c.at, c.kind, c.subject))


async def _submissions(
    about: About, areas: frozenset[int], span: tuple[datetime, datetime]
) -> list[Cause]:
    rows = Submission.filter(
        plan=about.pack.id,
        period__in=_periods(about, span[1]),
        area_id__in=numbers(areas),
        received_at__gt=span[0],
        received_at__lte=span[1],
    )
    indicator = _indicator(about)
    if indicator is not None:
        rows = rows.filter(questionnaire=indicator.questionnaire)
    found = []
    for row in (
        await rows.order_by("-id").limit(MOST).prefetch_related("area", "form_version", "person")
    ):
        named: dict[str, Param] = {
            "title": row.form_version.title,
            "area": row.area.name,
            "version": row.version,
        }
        what = Text("{area} sent {title}", named)
        if row.version > 1:
            named["before"] = row.version - 1
            what = Text("{area} corrected {title}: version {before} became {version}", named)
        found.append(
            Cause(
                CauseKind.SUBMISSION,
                row.received_at,
                what,
                row.person.name,
                row.area.code,
                f"submission:{row.id}",
            )
        )
    return found


async def _reviews(
    about: About, areas: frozenset[int], span: tuple[datetime, datetime], words: Catalog
) -> list[Cause]:
    rows = Review.filter(
        at__gt=span[0],
        at__lte=span[1],
        evidence__area_id__in=numbers(areas),
        evidence__period__in=_periods(about, span[1]),
        evidence__submission__plan=about.pack.id,
    )
    indicator = _indicator(about)
    if indicator is not None:
        rows = rows.filter(evidence__questionnaire=indicator.questionnaire)
    found = []
    for row in await rows.order_by("-id").limit(MOST).prefetch_related("by", "evidence__area"):
        photo: Evidence = row.evidence
        if indicator is not None and photo.path.rpartition("/")[2] not in indicator.photo:
            continue
        named: dict[str, Param] = {
            "area": photo.area.name,
            "reason": said(row.reason, row.words, words),
        }
        match row.decision:
            case "approved":
                what = Text("a photo of {area} was approved", named)
            case "rejected":
                what = Text("a photo of {area} was handed back. {reason}", named)
            case _:
                what = Text("a decision about a photo of {area} was undone", named)
        found.append(
            Cause(CauseKind.REVIEW, row.at, what, row.by.name, photo.area.code, f"photo:{photo.id}")
        )
    return found


async def _late_photos(
    about: About, areas: frozenset[int], span: tuple[datetime, datetime]
) -> list[Cause]:
    rows = Evidence.filter(
        late=True,
        copied_from=None,
        received_at__gt=span[0],
        received_at__lte=span[1],
        area_id__in=numbers(areas),
        period__in=_periods(about, span[1]),
        submission__plan=about.pack.id,
    )
    indicator = _indicator(about)
    if indicator is not None:
        rows = rows.filter(questionnaire=indicator.questionnaire)
    found = []
    for row in await rows.order_by("-id").limit(MOST).prefetch_related("area", "interview__person"):
        if indicator is not None and row.path.rpartition("/")[2] not in indicator.photo:
            continue
        what = Text("{area} sent one more photo", {"area": row.area.name})
        person, code = row.interview.person.name, row.area.code
        found.append(Cause(CauseKind.PHOTO, row.received_at, what, person, code, f"photo:{row.id}"))
    return found


async def _areas(span: tuple[datetime, datetime]) -> list[Cause]:
    rows = AreaChange.filter(at__gt=span[0], at__lte=span[1]).exclude(kind="pack")
    return [
        Cause(
            CauseKind.AREAS,
            row.at,
            Text("villages or communes changed: {source}", {"source": row.source}),
            subject=f"areas:{row.id}",
        )
        for row in await rows.order_by("-id").limit(MOST)
    ]


async def _settings(about: About, span: tuple[datetime, datetime], words: Catalog) -> list[Cause]:
    rows = OfficeSetting.filter(plan=about.pack.id, set_at__gt=span[0], set_at__lte=span[1])
    found = []
    for row in await rows.order_by("-id").limit(MOST):
        if about.indicator is not None and row.target not in {"", "/".join(about.indicator)}:
            continue
        what = Text("setting: {name}", {"name": name_of(key_of(row), about.pack, words)})
        found.append(
            Cause(CauseKind.SETTING, row.set_at, what, row.set_by_name, subject=f"setting:{row.id}")
        )
    return found


def _thresholds(about: About, span: tuple[datetime, datetime], zone: tzinfo) -> list[Cause]:
    """Return the days on which a threshold begins, or is the first day without one."""
    found = []
    for criteria in about.pack.criteria_sets:
        for indicator in criteria.indicators:
            if about.indicator not in {None, (criteria.id, indicator.code)}:
                continue
            for number in (indicator.threshold, *indicator.thresholds_set):
                found += _begins(indicator, number, f"{criteria.id}/{indicator.code}", span, zone)
    return found


def _begins(
    indicator: Indicator,
    number: Number,
    subject: str,
    span: tuple[datetime, datetime],
    zone: tzinfo,
) -> list[Cause]:
    if number.value is None:
        return []
    named: dict[str, Param] = {
        "value": number.value,
        "name": f"{indicator.printed} {indicator.name}",
    }
    ends = number.valid_to + timedelta(days=1) if number.valid_to else None
    days = (
        (number.valid_from, Text("the threshold {value} of {name} begins", named)),
        (ends, Text("the threshold {value} of {name} no longer holds", named)),
    )
    found = []
    for day, what in days:
        at = datetime.combine(day, time.min, zone).astimezone(UTC) if day else None
        if at is not None and span[0] < at <= span[1]:
            found.append(Cause(CauseKind.THRESHOLD, at, what, subject=f"threshold:{subject}"))
    return found


async def _plans(about: About, span: tuple[datetime, datetime]) -> list[Cause]:
    rows = Plan.filter(pack=about.pack.id, loaded_at__gt=span[0], loaded_at__lte=span[1])
    return [
        Cause(
            CauseKind.PLAN,
            row.loaded_at,
            Text("another version of the plan was loaded"),
            subject=f"plan:{row.id}",
        )
        for row in await rows.order_by("-id").limit(MOST)
    ]


def _periods(about: About, until: datetime) -> list[str]:
    """Return the periods that are looked at: questionnaires have cadences of their own."""
    asked = survey_periods(about.pack, about.period, until.date())
    return sorted({about.period, *asked.values()})


def _indicator(about: About) -> Indicator | None:
    """Return the indicator that is asked about; None for all, and for one that the plan lacks."""
    return next(
        (
            i
            for s in about.pack.criteria_sets
            for i in s.indicators
            if (s.id, i.code) == about.indicator
        ),
        None,
    )
