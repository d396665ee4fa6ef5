"""Ad-hoc reports in the database: opened, cancelled with a reason, read with who has answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from tortoise.transactions import in_transaction

from backend import audit
from backend.access import accessible_areas, areas_to_ask
from backend.adhoc.shapes import OPEN_AFTER, Asked, Report
from backend.forms import newest
from backend.lists import numbers, parts_of
from backend.models import AdHocReport, AdHocUnit, Area, Submission
from backend.plans.schema import Cadence, Pack
from conversations.text import Text

MOST_NAME: Final = 120
MOST_SENTENCE: Final = 500
MOST_REASON: Final = 300
MOST_DAYS: Final = 366
LISTED: Final = 90
"""Days after its last day in which a report is still listed."""
LEVELS: Final = ("village", "commune")


class RefusedError(Exception):
    """A report cannot be opened; `why` says so to the officer."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an officer asks for. `before` is exclusive; `offsets` null: the office's own."""

    name: str
    questionnaire: str
    sentence: str
    level: str
    areas: frozenset[int]
    before: date
    offsets: tuple[int, ...] | None = None


async def open_report(
    person_id: int, pack: Pack, wanted: Wanted, now: datetime, zone: tzinfo
) -> AdHocReport:
    """Open a report; joins the caller's transaction. Raises RefusedError for what cannot be."""
    today = now.astimezone(zone).date()
    name = " ".join(wanted.name.split())
    if not 1 <= len(name) <= MOST_NAME:
        raise RefusedError(Text("The name needs 1 to {most} characters.", {"most": MOST_NAME}))
    if wanted.before <= today:
        raise RefusedError(Text("The day must lie ahead."))
    if wanted.before > today + timedelta(days=MOST_DAYS):
        raise RefusedError(Text("The day lies more than a year ahead."))
    if len(wanted.sentence) > MOST_SENTENCE:
        raise RefusedError(
            Text("The sentence has more than {most} characters.", {"most": MOST_SENTENCE})
        )
    if await newest(wanted.questionnaire) is None:
        raise RefusedError(Text("This questionnaire is not ready yet. Please try later."))
    if wanted.level not in LEVELS or not wanted.areas:
        raise RefusedError(Text("Nobody is asked yet."))
    if not wanted.areas <= await areas_to_ask(person_id):
        raise RefusedError(Text("You cannot ask these units."))
    obligation = next((o.id for o in pack.obligations if o.cadence is Cadence.AD_HOC), "")
    row = await AdHocReport.create(
        plan=pack.id,
        obligation=obligation,
        name=name,
        questionnaire=wanted.questionnaire,
        sentence=wanted.sentence.strip(),
        level=wanted.level,
        before=wanted.before,
        offsets=list(wanted.offsets) if wanted.offsets is not None else None,
        opened_by_id=person_id,
        opened_at=now,
    )
    row.period = f"{(wanted.before - timedelta(days=1)).isoformat()}-{row.id % 100_000}"
    await row.save(update_fields=["period"])
    ordered = sorted(wanted.areas)
    await AdHocUnit.bulk_create([AdHocUnit(report_id=row.id, area_id=n) for n in ordered])
    said = {"units": len(ordered)}
    await audit.record(
        "report.opened", by=person_id, subject=f"report:{row.id}", at=now, details=said
    )
    return row


async def cancel(person_id: int, report: Report, reason: str, now: datetime) -> bool:
    """Cancel a report; False when it is not the person's to, or was cancelled before.

    Whoever may ask the same of all its units may also take it back.
    """
    # All units, not those that `reports_for` tells this officer of.
    units = {u.area_id for u in await AdHocUnit.filter(report_id=report.id)}  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    if not reason.strip() or not units <= await areas_to_ask(person_id):
        return False
    async with in_transaction():
        cancelled = await AdHocReport.filter(id=report.id, cancelled_at=None).update(
            cancelled_at=now, cancelled_by_id=person_id, reason=reason.strip()[:MOST_REASON]
        )
        if cancelled:
            await audit.record(
                "report.cancelled", by=person_id, subject=f"report:{report.id}", at=now
            )
    return bool(cancelled)


async def reports_of(
    pack: Pack,
    today: date,
    *,
    after: int = OPEN_AFTER,
    ids: Collection[int] | None = None,
    within: Collection[int] | None = None,
) -> list[Report]:
    """Return the plan's reports whose last day is at most `after` days ago, oldest first.

    Cancelled ones too. One statement while there is none, three otherwise. `within` keeps to the
    units with these ids, as if nobody else were asked.
    """
    rows = AdHocReport.filter(plan=pack.id, before__gte=today - timedelta(days=after))
    if ids is not None:
        rows = rows.filter(id__in=numbers(ids))
    return await _whole(pack, await rows.order_by("id"), within)


async def reports_for(person_id: int, pack: Pack, today: date) -> list[Report]:
    """Return the reports that an officer may see, newest first: those with a unit of their area.

    Of each only the units of their area are told.
    """
    mine = await accessible_areas(person_id, officer_only=True)
    return [
        _with_units(report, units)
        for report in reversed(await reports_of(pack, today, after=LISTED))
        if (units := {n: unit for n, unit in report.units.items() if n in mine})
    ]


async def asked_of(pack: Pack, area_id: int, today: date, zone: tzinfo) -> list[Report]:
    """Return the reports that a unit is asked for and can still answer, nearest day first."""
    ids = await AdHocUnit.filter(area_id=area_id, report__cancelled_at=None).values_list(
        "report_id", flat=True
    )
    if not ids:
        return []
    found = await reports_of(pack, today, ids=[int(str(n)) for n in ids])
    latest = timedelta(days=OPEN_AFTER)
    return sorted(
        (r for r in found if today <= r.last_day(pack, zone) + latest), key=lambda r: r.before
    )


async def _whole(
    pack: Pack, rows: Sequence[AdHocReport], within: Collection[int] | None = None
) -> list[Report]:
    if not rows:
        return []
    inside = {} if within is None else {"area_id__in": numbers(within)}
    units: dict[int, dict[int, Asked]] = defaultdict(dict)
    for some in parts_of([row.id for row in rows]):
        for report, area, code, name in (
            await AdHocUnit.filter(report_id__in=numbers(some), **inside)
            .order_by("id")
            .values_list("report_id", "area_id", "area__code", "area__name")
        ):
            units[int(report)][int(area)] = Asked(int(area), str(code), str(name))
    answered: dict[str, set[int]] = defaultdict(set)
    periods = [row.period for row in rows if row.period]
    for period, area in await Submission.filter(
        plan=pack.id, period__in=periods, current_key__isnull=False, **inside
    ).values_list("period", "area_id"):
        answered[str(period)].add(int(area))
    return [
        Report(
            id=row.id,
            name=row.name,
            questionnaire=row.questionnaire,
            sentence=row.sentence,
            level=row.level,
            period=row.period or "",
            before=row.before,
            offsets=tuple(row.offsets) if row.offsets is not None else None,
            opened_at=row.opened_at,
            opened_by=row.opened_by_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            cancelled=row.cancelled_at is not None,
            reason=row.reason,
            units=units[row.id],
            answered=frozenset(answered[row.period or ""] & set(units[row.id])),
        )
        for row in rows
    ]


def _with_units(report: Report, units: dict[int, Asked]) -> Report:
    return replace(report, units=units, answered=report.answered & set(units))


async def units_below(area_ids: Collection[int], level: str, pack: Pack, today: date) -> list[Area]:
    """Return the plan's present units of a level among these areas."""
    known = {a.code for a in pack.areas if a.level == level}
    rows = await Area.filter(id__in=numbers(area_ids), level=level).order_by("id")
    return [
        a
        for a in rows
        if a.code in known
        and (a.valid_from is None or a.valid_from <= today)
        and (a.valid_to is None or today <= a.valid_to)
    ]
