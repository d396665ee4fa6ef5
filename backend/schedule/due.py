"""When a reminder is due and to whom. Reads the database; sends and writes nothing.

Rules:
1. A village's own day is the report's last safe day less the office's lead time. No day set,
   nothing sent.
2. A head who consented is reminded at `Reminding.at` on each of the office's offsets before
   that day, while something is missing; the message names all that is missing.
3. Of several moments that passed unsent (a machine that was off) only the latest counts, and
   only while the report itself is not past its day.
4. One message a person and day: its key is (plan, day of the moment, person). The day is a
   deadline less an offset, so the key is the same however often and wherever it is computed,
   and whatever has been answered in between. A moment is settled by any later one that was sent.
5. Nobody is reminded of moments before they consented or were given the village, nor while
   they are answering (they get it later, if something is still missing then).
6. A weekly summary goes to each officer for their area; the latest unsent week counts.
7. In quiet hours nothing is due; it is due afterwards. A plan whose year is over is an example:
   nothing is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from backend.consent import VERSION
from backend.models import Consent, FormVersion, Interview, Outbox, RoleGrant, Submission
from backend.people import Role
from backend.plans.schema import Pack, Survey
from backend.schedule.obligations import plan_day_of, village_due
from backend.schedule.periods import next_period, period_of
from conversations.text import Text

ANSWERING = timedelta(minutes=15)
"""Somebody who answered a question this recently is still at it."""
KEYS_AT_ONCE = 1_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DueKind(StrEnum):
    """What is sent."""

    REMINDER = "reminder"
    WEEKLY_SUMMARY = "weekly_summary"


@dataclass(frozen=True, slots=True)
class Missing:
    """One questionnaire that one village has not submitted."""

    area_code: str
    area_name: str
    questionnaire: str
    title: str
    period: str
    due: date
    begun: bool


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


@dataclass(frozen=True, slots=True)
class Wave:
    """The latest moment at which a survey's period is reminded of, the same for all villages."""

    survey: Survey
    period: str
    moment: datetime
    offset: int
    day: date
    days: tuple[date, ...]
    """The days of all its moments, also of those to come: a clock may have been set back."""


@dataclass(frozen=True, slots=True)
class _Head:
    person_id: int
    name: str
    area_id: int
    area_code: str
    area_name: str
    since: datetime
    """From when on this person may be reminded of this village."""


async def due(at: datetime, pack: Pack, zone: tzinfo) -> list[Due]:
    """Return everything whose moment is not after `at` and that has not been queued yet.

    `at` is aware; `zone` is the office's, in which the plan's times of day are meant. A fixed
    number of statements, whatever the number of villages, plus one per thousand candidates.
    """
    local = at.astimezone(zone)
    if pack.historical and local.year > pack.year:
        return []
    if is_quiet(pack, local.time()):
        return []
    found = await _reminders(at, pack, zone) + await _summaries(at, pack, zone)
    return sorted(found, key=lambda d: (d.moment, d.kind, d.person_id, d.key))


def is_quiet(pack: Pack, local: time) -> bool:
    """Say whether nobody may be disturbed at this time of day (office zone)."""
    start, end = pack.reminding.quiet_from, pack.reminding.quiet_to
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def waves(at: datetime, pack: Pack, zone: tzinfo) -> list[Wave]:
    """Return which surveys and periods are being reminded of at `at`. Pure."""
    today = at.astimezone(zone).date()
    found = []
    for survey in pack.surveys:
        present = period_of(survey.period, today)
        for period in (present, next_period(present)):
            day = village_due(pack, survey, period)
            last = plan_day_of(pack, survey, period)
            if day is None or last is None or today > last:
                continue
            moments = [
                (datetime.combine(day - timedelta(days=o), pack.reminding.at, zone), o)
                for o in pack.reminding.offsets
            ]
            passed = [(m.astimezone(UTC), o) for m, o in moments if m <= at]
            if passed:
                moment, offset = max(passed)
                days = tuple(m.date() for m, _ in moments)
                found.append(Wave(survey, period, moment, offset, day, days))
    return found


def weekly_moment(at: datetime, pack: Pack, zone: tzinfo) -> datetime:
    """Return the latest moment (UTC) of the weekly summary that is not after `at`. Pure."""
    today = at.astimezone(zone).date()
    back = (today.weekday() - WEEKDAYS.index(pack.reminding.weekly_day)) % 7
    moment = datetime.combine(today - timedelta(days=back), pack.reminding.weekly_at, zone)
    if moment > at:
        moment = datetime.combine(today - timedelta(days=back + 7), pack.reminding.weekly_at, zone)
    return moment.astimezone(UTC)


async def _reminders(at: datetime, pack: Pack, zone: tzinfo) -> list[Due]:
    current = waves(at, pack, zone)
    if not current:
        return []
    heads = await _heads(pack, at.astimezone(zone).date())
    periods = list({w.period for w in current})
    submitted = set(
        await Submission.filter(
            plan=pack.id, period__in=periods, current_key__isnull=False
        ).values_list("area_id", "questionnaire", "period")
    )
    begun, answering = await _interviews(periods, at)
    titles = await _titles([w.survey.questionnaire for w in current])
    open_by_person: dict[int, list[tuple[Wave, _Head]]] = {}
    for head in heads:
        if head.person_id in answering:
            continue
        for wave in current:
            thing = (head.area_id, wave.survey.questionnaire, wave.period)
            if wave.moment >= head.since and thing not in submitted:
                open_by_person.setdefault(head.person_id, []).append((wave, head))
    days = sorted({day for wave in current for day in wave.days})
    latest = {
        person: max(_day(wave.moment, zone) for wave, _ in things)
        for person, things in open_by_person.items()
    }
    sent = await _queued(
        reminder_key(pack, day, person)
        for person, first in latest.items()
        for day in days
        if day >= first
    )
    found = []
    for person, things in open_by_person.items():
        day = latest[person]
        if any(reminder_key(pack, d, person) in sent for d in days if d >= day):
            continue
        missing = tuple(
            Missing(
                area_code=head.area_code,
                area_name=head.area_name,
                questionnaire=wave.survey.questionnaire,
                title=titles.get(wave.survey.questionnaire, wave.survey.questionnaire),
                period=wave.period,
                due=wave.day,
                begun=(head.area_id, wave.survey.questionnaire, wave.period) in begun,
            )
            for wave, head in things
        )
        found.append(_reminder(pack, zone, day, things, missing))
    return found


def reminder_key(pack: Pack, day: date, person_id: int) -> str:
    """Return the key of the one reminder that this person may get for this day's moments."""
    return f"reminder|{pack.id}|{day.isoformat()}|{person_id}"


def _reminder(
    pack: Pack,
    zone: tzinfo,
    day: date,
    things: Sequence[tuple[Wave, _Head]],
    missing: tuple[Missing, ...],
) -> Due:
    wave, head = max(
        ((w, h) for w, h in things if _day(w.moment, zone) == day),
        key=lambda pair: (pair[0].moment, -pair[0].offset),
    )
    if wave.offset:
        why = Text(
            "{count} days before the village's last day, {day}",
            {"count": wave.offset, "day": wave.day},
        )
    else:
        why = Text("the village's last day, {day}", {"day": wave.day})
    return Due(
        key=reminder_key(pack, day, head.person_id),
        kind=DueKind.REMINDER,
        person_id=head.person_id,
        person_name=head.name,
        role=Role.VILLAGE_HEAD,
        area_code=head.area_code,
        area_name=head.area_name,
        moment=wave.moment,
        period=wave.period,
        deadline=wave.day,
        missing=missing,
        why=why,
    )


async def _summaries(at: datetime, pack: Pack, zone: tzinfo) -> list[Due]:
    if not pack.surveys:
        return []
    moment = weekly_moment(at, pack, zone)
    day = _day(moment, zone)
    codes = {area.code for area in pack.areas if area.level != "village"}
    rows = (
        await RoleGrant.filter(
            role__in=(Role.DISTRICT_OFFICER, Role.COMMUNE_OFFICER),
            revoked_at=None,
            granted_at__lte=moment,
        )
        .order_by("id")
        .values("person_id", "person__name", "role", "area_id", "area__code", "area__name")
    )
    period = period_of(pack.surveys[0].period, day)
    found = {}
    for row in rows:
        if row["area__code"] not in codes:
            continue
        key = f"weekly|{pack.id}|{day.isoformat()}|{row['person_id']}|{row['area_id']}"
        found[key] = Due(
            key=key,
            kind=DueKind.WEEKLY_SUMMARY,
            person_id=row["person_id"],
            person_name=row["person__name"],
            role=row["role"],
            area_code=row["area__code"],
            area_name=row["area__name"],
            moment=moment,
            period=period,
            deadline=None,
            missing=(),
            why=Text("the weekly summary of {day}", {"day": day}),
        )
    sent = await _queued(found)
    return [item for key, item in found.items() if key not in sent]


async def _heads(pack: Pack, today: date) -> list[_Head]:
    codes = {area.code for area in pack.areas if area.level == "village"}
    consent: dict[int, datetime] = dict(
        await Consent.filter(version=VERSION, withdrawn_at=None).values_list(
            "person_id", "given_at"
        )
    )
    rows = (
        await RoleGrant.filter(role=Role.VILLAGE_HEAD, revoked_at=None)
        .order_by("id")
        .values(
            "person_id",
            "person__name",
            "granted_at",
            "area_id",
            "area__code",
            "area__name",
            "area__valid_from",
            "area__valid_to",
        )
    )
    return [
        _Head(
            person_id=row["person_id"],
            name=row["person__name"],
            area_id=row["area_id"],
            area_code=row["area__code"],
            area_name=row["area__name"],
            since=max(row["granted_at"], consent[row["person_id"]]),
        )
        for row in rows
        if row["area__code"] in codes
        and row["person_id"] in consent
        and (row["area__valid_from"] is None or row["area__valid_from"] <= today)
        and (row["area__valid_to"] is None or today <= row["area__valid_to"])
    ]


async def _interviews(
    periods: list[str], at: datetime
) -> tuple[set[tuple[int, str, str]], set[int]]:
    """Return what is begun, and who is answering just now (whatever it is)."""
    rows = await Interview.filter(status__in=("running", "paused")).values_list(
        "area_id", "questionnaire", "period", "running_for", "changed_at"
    )
    begun = {(area, form, period) for area, form, period, _, _ in rows if period in periods}
    answering = {
        person
        for *_, person, changed in rows
        if person is not None and timedelta(0) <= at - changed < ANSWERING
    }
    return begun, answering


async def _titles(form_ids: list[str]) -> dict[str, str]:
    rows = (
        await FormVersion.filter(form_id__in=form_ids)
        .order_by("id")
        .values_list("form_id", "title")
    )
    return dict(rows)


async def _queued(keys: Iterable[str]) -> set[str]:
    """Return which of these keys have an outbox row, sent or not."""
    wanted = list(keys)
    found: set[str] = set()
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        some = wanted[start : start + KEYS_AT_ONCE]
        found.update(await Outbox.filter(once__in=some).values_list("once", flat=True))  # type: ignore[arg-type]  # Tortoise types flat lists as tuples
    return found


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
