"""Progress from the database: six statements for each thousand villages, then pure counting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.adhoc.kept import reports_of
from backend.adhoc.report import deadline_of
from backend.adhoc.shapes import Standing
from backend.clock import Clock
from backend.forms import load_form
from backend.goals.shown import goals_of
from backend.lists import numbers, parts_of
from backend.models import Answer, Evidence, FormVersion, Interview, Submission
from backend.plans.periods import period_days
from backend.plans.schema import Pack
from backend.plans.tree import root_on
from backend.stages.moves import moves_of
from backend.status.model import Count, Deadline, Progress, Proof
from backend.status.progress import (
    Record,
    Records,
    build_progress,
    named_period,
    survey_periods,
    units_of,
    villages_of,
)
from conversations.forms.compiled import CompiledForm
from conversations.forms.model import Context, QuestionType

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
NAMELESS: Final = "–"
"""An officer without a name."""
BEGUN: Final = ("running", "paused")


async def progress_of(
    area_code: str, period: str | None, clock: Clock, pack: Pack, *, zone: tzinfo = VIETNAM
) -> Progress:
    """Return the progress of an area in a period, the present one if none is named.

    Reads only; `zone` is the office's. Raises UnknownAreaError for an area that the plan does
    not have, ValueError for what is no survey's period.
    """
    now = clock.now().astimezone(zone)
    last = period_days(named_period(pack, period, now.date()))[1]
    periods = survey_periods(pack, period, now.date())
    day = min(now.date(), last)
    villages = [v.code for v in villages_of(pack, area_code, day)]
    records = await _records(pack, villages, periods, now)
    moves = await moves_of(pack.id, [u.code for u in units_of(pack, area_code, day)])
    found = build_progress(pack, area_code, period, replace(records, moves=moves), now)
    whole = area_code in {pack.root, root_on(pack, day)}
    goals = await goals_of(pack, found.period, now) if whole else None
    return replace(
        found,
        deadlines=await _with_reports(pack, found, day, now),
        goals=goals if goals and not goals.empty else None,
    )


async def _with_reports(
    pack: Pack, progress: Progress, day: date, now: datetime
) -> tuple[Deadline, ...]:
    """Return the deadlines together with those of reports asked once of units in the area."""
    zone = now.tzinfo
    kept = await reports_of(pack, now.date())
    if not kept or zone is None:
        return progress.deadlines
    here = {unit.code for unit in units_of(pack, progress.area_code, day)}
    once = [
        deadline_of(report, pack, zone)
        for report in kept
        if report.standing(pack, now.date(), zone) is Standing.OPEN
        and any(unit.code in here for unit in report.units.values())
    ]
    far = date.max
    return tuple(sorted((*progress.deadlines, *once), key=lambda d: d.last_day or far))


async def _records(
    pack: Pack, villages: Sequence[str], periods: Mapping[str, str], now: datetime
) -> Records:
    submissions = [
        row
        for some in parts_of(villages)
        for row in await Submission.filter(
            plan=pack.id,
            period__in=set(periods.values()),
            area__code__in=some,
            current_key__isnull=False,
        ).values(
            "id",
            "questionnaire",
            "period",
            "answered_at",
            "form_version_id",
            code="area__code",
            sha256="form_version__sha256",
            officer="entered_by_id",
            officer_name="entered_by__name",
        )
        if periods.get(row["questionnaire"]) == row["period"]
    ]
    ids = [row["id"] for row in submissions]
    answers = await _answers(ids)
    photos = await _photos(ids)
    begun = await _begun(villages, periods)
    found: dict[tuple[str, str], Record] = {key: Record(begun=True) for key in begun}
    for row in submissions:
        form = await load_form(row["form_version_id"], row["sha256"])
        given = answers[row["id"]]
        found[row["code"], row["questionnaire"]] = Record(
            submitted_at=row["answered_at"],
            begun=True,
            counts={a["name"]: _count(a) for a in given},
            missing_photos=missing_photos(form, given, set(photos[row["id"]]), now),
            photos=photos[row["id"]],
            entered_by=(row["officer_name"] or NAMELESS) if row["officer"] else "",
        )
    return Records(found, await _titles(periods))


def missing_photos(
    form: CompiledForm, answers: Sequence[Mapping[str, Any]], kept: set[str], now: datetime
) -> tuple[str, ...]:
    """Return the paths of image questions that the form requires and that have no photo."""
    images = [q.path for q in form.questions if q.type is QuestionType.IMAGE]
    if not images:
        return ()
    seen = form.evaluate({a["path"]: a["value"] for a in answers}, Context(now))
    return tuple(
        path for path in images if path not in kept and seen.relevant(path) and seen.required(path)
    )


def _count(answer: Mapping[str, Any]) -> Count:
    number: Decimal | None = None if answer["unknown"] else answer["number"]
    return Count(number, estimate=bool(answer["estimate"]))


async def _answers(submissions: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for some in parts_of(submissions):
        for row in await Answer.filter(submission_id__in=numbers(some)).values(
            "submission_id", "path", "name", "value", "number", "estimate", "unknown"
        ):
            found[row["submission_id"]].append(row)
    return found


async def _photos(submissions: Sequence[int]) -> Mapping[int, dict[str, list[Proof]]]:
    """Return what holds of each photo, by submission and path."""
    found: dict[int, dict[str, list[Proof]]] = defaultdict(dict)
    for some in parts_of(submissions):
        for row in await Evidence.filter(
            submission_id__in=numbers(some), dropped_at__isnull=True
        ).values("submission_id", "path", "review"):
            found[row["submission_id"]].setdefault(row["path"], []).append(Proof(row["review"]))
    return found


async def _begun(villages: Sequence[str], periods: Mapping[str, str]) -> set[tuple[str, str]]:
    rows = [
        row
        for some in parts_of(villages)
        for row in await Interview.filter(
            area__code__in=some, period__in=set(periods.values()), status__in=BEGUN
        ).values("questionnaire", "period", code="area__code")
    ]
    return {
        (row["code"], row["questionnaire"])
        for row in rows
        if periods.get(row["questionnaire"]) == row["period"]
    }


async def _titles(periods: Mapping[str, str]) -> dict[str, str]:
    """Return the newest title of each questionnaire that was published."""
    rows = (
        await FormVersion.filter(form_id__in=list(periods))
        .order_by("id")
        .values("form_id", "title")
    )
    return {row["form_id"]: row["title"] for row in rows}
