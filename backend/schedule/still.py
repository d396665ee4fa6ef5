"""What is still missing of one person when a reminder that was queued before is about to be sent."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from backend.adhoc.kept import reports_of
from backend.adhoc.shapes import Report
from backend.consent import VERSION
from backend.lists import numbers
from backend.models import Area, Consent, Evidence, FormVersion, Interview, RoleGrant, Submission
from backend.people import Role
from backend.plans.schema import Pack
from backend.quota.books import open_books
from backend.schedule.late import late_villages
from backend.schedule.moments import local_day
from backend.schedule.overdue import Overdue, overdue, overdue_reports
from backend.schedule.reminder_rows import ANSWERING
from backend.schedule.reminders import all_waves, still_missing
from backend.schedule.shapes import Asked, Missing


async def unchanged(person: int, since: datetime, at: datetime, pack: Pack, zone: tzinfo) -> bool:
    """Say whether nothing has come from the person's villages since a moment (aware).

    Cheap: a few statements of one row each. Somebody who is answering just now has changed, too,
    and so has whoever no longer has a village or has taken their consent back.
    """
    areas = await _villages(person)
    if not areas or not await _consented(person):
        return False
    reports = await _reports(at, pack, zone)
    periods = {w.period for w in all_waves(at, pack, zone, reports)}
    periods |= {o.period for o in _overdue(at, pack, zone, reports)}
    here = numbers(areas)
    return not (
        await is_answering(person, at)
        or await Submission.filter(
            plan=pack.id, period__in=sorted(periods), area_id__in=here, received_at__gte=since
        ).exists()
        or await Evidence.filter(area_id__in=here, received_at__gte=since).exists()
    )


async def is_answering(person: int, at: datetime) -> bool:
    """Say whether the person answered a question just now."""
    running = await Interview.filter(running_for=person).values_list("changed_at", flat=True)
    return any(timedelta(0) <= at - changed < ANSWERING for changed in running)  # type: ignore[operator]  # Tortoise types flat lists as tuples


async def missing_now(person: int, at: datetime, pack: Pack, zone: tzinfo) -> tuple[Missing, ...]:
    """Return what a reminder would name now, had none been sent; () for nothing."""
    reports = await _reports(at, pack, zone)
    codes = frozenset(a.code for a in await Area.filter(id__in=numbers(await _villages(person))))
    mine = frozenset(a.code for a in pack.areas if a.code in codes)
    asked = Asked(at, pack, zone, mine, frozenset({person}), None, tuple(reports))
    return (await still_missing(asked)).get(person, ())


async def late_now(person: int, at: datetime, pack: Pack, zone: tzinfo) -> tuple[Missing, ...]:
    """Return what the person's villages are late with now; () for nothing."""
    current = _overdue(at, pack, zone, await _reports(at, pack, zone))
    if not current or not await _consented(person):
        return ()
    today = local_day(at, zone)
    areas = {
        a.id: a
        for a in await Area.filter(id__in=numbers(await _villages(person)))
        if (a.valid_from is None or a.valid_from <= today)
        and (a.valid_to is None or today <= a.valid_to)
    }
    late = await late_villages(pack, current, sorted(areas), await open_books(at, zone))
    titles = dict(await FormVersion.all().order_by("id").values_list("form_id", "title"))
    return tuple(m for n, village in late.items() for m in village.missing(areas[n], titles))


def _overdue(at: datetime, pack: Pack, zone: tzinfo, reports: list[Report]) -> list[Overdue]:
    today = local_day(at, zone)
    return [*overdue(pack, today), *overdue_reports(reports, pack, today, zone)]


async def _reports(at: datetime, pack: Pack, zone: tzinfo) -> list[Report]:
    return [r for r in await reports_of(pack, local_day(at, zone)) if r.opened_at <= at]


async def _villages(person: int) -> list[int]:
    rows = await RoleGrant.filter(
        person_id=person, role=Role.VILLAGE_HEAD, revoked_at=None
    ).values_list("area_id", flat=True)
    return [int(str(area)) for area in rows]


async def _consented(person: int) -> bool:
    return await Consent.filter(person_id=person, version=VERSION, withdrawn_at=None).exists()
