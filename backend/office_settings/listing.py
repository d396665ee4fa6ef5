"""Every setting of a plan with its present value and where that comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.office_settings.keys import DAYS, OF_AREAS, OF_PERIODS, Key, Kind
from backend.office_settings.overlay import Act, act_on, path_to
from backend.plans.periods import LAST_MONTHS, period_days, period_of
from backend.plans.schema import Cadence, Keeping, Number, Pack, Reminding, Source

ALONE = (
    Kind.LEAD_DAYS,
    Kind.OFFSETS,
    Kind.REMIND_AT,
    Kind.QUIET_HOURS,
    Kind.WEEKLY,
    Kind.ON_DAY_OFF,
    Kind.ESCALATE_DAYS,
    Kind.REPORT_OFFSETS,
    Kind.ACTIVITY_DAY,
    Kind.PHOTO_MONTHS,
    Kind.MESSAGE_DAYS,
)
"""Kinds of which a plan has one each, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One setting: `value` is what holds now, `own` what the plan itself says (null: nothing)."""

    key: Key
    value: Any
    own: Any
    act: Act | None
    """What the office has set and holds now, None where the plan's own value does."""
    source: Source | None
    """Where the plan says its own value."""
    number: int
    """Of the newest act: what somebody who sets it must have seen."""
    coming: tuple[Act, ...] = ()
    """What the office has set for days to come, soonest first."""
    above: str | None = None
    """Of a unit's setting: code of the unit above whose value `own` is, "" the whole plan's."""


def items_of(bare: Pack, acts: Sequence[Act], today: date) -> list[Item]:
    """Return what may be set, numbered by its place in the list, days off last.

    `bare` is the pack without settings.
    """
    numbers = {act.key: act.number for act in acts}
    found = []
    for key, own, source in _own(bare):
        day = _deciding_day(key, bare, today)
        act = act_on(acts, key, day)
        act = None if act is None or act.ends else act
        value = own if act is None else act.value
        coming = _coming(acts, key, day)
        found.append(Item(key, value, own, act, source, numbers.get(key, 0), coming))
    for key in sorted({a.key for a in acts if a.key.kind in DAYS}):
        act = act_on(acts, key, None)
        if act is not None and not act.ends:
            found.append(Item(key, act.value, None, act, None, numbers.get(key, 0)))
    return found


def items_in(bare: Pack, acts: Sequence[Act], today: date, area: str) -> list[Item]:
    """Return what may be set for one unit; `own` is what holds there while nothing is set."""
    whole = {item.key.kind: item for item in items_of(bare, acts, today) if not item.key.target}
    numbers = {act.key: act.number for act in acts}
    found = []
    for kind in ALONE:
        if kind not in OF_AREAS:
            continue
        own, above = whole[kind].value, ""
        for code in path_to(bare, area):
            over = act_on(acts, Key(kind, "", code), today)
            if over is not None and not over.ends:
                own, above = over.value, code
        key = Key(kind, "", area)
        act = act_on(acts, key, today)
        act = None if act is None or act.ends else act
        value = own if act is None else act.value
        coming = _coming(acts, key, today)
        found.append(Item(key, value, own, act, None, numbers.get(key, 0), coming, above))
    return found


def item_of(items: Sequence[Item], key: Key, acts: Sequence[Act]) -> Item | None:
    """Return one of the list; a day that is not set is one with no value."""
    found = next((item for item in items if item.key == key), None)
    if found is None and key.kind in DAYS:
        number = max((a.number for a in acts if a.key == key), default=0)
        return Item(key, None, None, None, None, number)
    return found


def _coming(acts: Sequence[Act], key: Key, day: date) -> tuple[Act, ...]:
    """Return what begins to decide after a day and was not overtaken by a later act."""
    later = [a for a in acts if a.key == key and a.valid_from > day]
    decides = [a for a in later if act_on(acts, key, a.valid_from) is a]
    return tuple(sorted(decides, key=lambda a: a.valid_from))


def _deciding_day(key: Key, bare: Pack, today: date) -> date:
    """Return the day whose value is the present one: the last day of the present period."""
    if key.kind not in OF_PERIODS:
        return today
    cadence: Cadence | str = bare.surveys[0].period if bare.surveys else Cadence.QUARTERLY
    if key.kind is Kind.DEADLINE:
        own = next(o.cadence for o in bare.obligations if o.id == key.target)
        if own not in LAST_MONTHS or any(o.before for o in bare.obligations if o.id == key.target):
            return today
        cadence = own
    return max(period_days(period_of(cadence, today))[1], today)


def _own(pack: Pack) -> Iterator[tuple[Key, Any, Source | None]]:
    for criteria in pack.criteria_sets:
        for indicator in criteria.indicators:
            if indicator.questionnaire and not indicator.informative:
                key = Key(Kind.THRESHOLD, f"{criteria.id}/{indicator.code}")
                yield key, _plain(indicator.threshold), indicator.threshold.source
    for obligation in pack.obligations:
        if obligation.cadence is Cadence.AD_HOC:
            continue
        own: dict[str, Any] | None = None
        if obligation.before is not None:
            own = {"before": obligation.before.isoformat()}
        elif obligation.before_day is not None:
            own = {"before_day": obligation.before_day}
        yield Key(Kind.DEADLINE, obligation.id), own, obligation.source
    values = _reminding_values(pack.reminding) | _keeping_values(pack.keeping)
    for kind in ALONE:
        yield Key(kind), values[kind], None
    for stage in pack.stages:
        yield Key(Kind.STAGE_DAYS, stage.id), _plain(stage.days_at_most), stage.days_at_most.source


def usual_values() -> dict[Kind, Any]:
    """Return what holds when neither plan nor office says anything."""
    return _reminding_values(Reminding()) | _keeping_values(Keeping())


def _reminding_values(r: Reminding) -> dict[Kind, Any]:
    return {
        Kind.LEAD_DAYS: r.village_lead_days,
        Kind.OFFSETS: list(r.offsets),
        Kind.REMIND_AT: f"{r.at:%H:%M}",
        Kind.QUIET_HOURS: [f"{r.quiet_from:%H:%M}", f"{r.quiet_to:%H:%M}"],
        Kind.WEEKLY: [r.weekly_day, f"{r.weekly_at:%H:%M}"],
        Kind.ON_DAY_OFF: r.on_day_off,
        Kind.ESCALATE_DAYS: r.escalate_days,
        Kind.REPORT_OFFSETS: list(r.report_offsets),
        Kind.ACTIVITY_DAY: r.activity_day,
    }


def _keeping_values(k: Keeping) -> dict[Kind, Any]:
    return {Kind.PHOTO_MONTHS: k.photo_months, Kind.MESSAGE_DAYS: k.message_days}


def _plain(number: Number) -> str | None:
    return None if number.value is None else str(number.value)
