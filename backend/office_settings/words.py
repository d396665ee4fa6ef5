"""What a setting is called and how its value reads. Sentences are looked up in a catalogue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final

from backend.office_settings.keys import Key, Kind
from backend.office_settings.listing import Item, usual_values
from backend.plans.schema import Cadence, Indicator, Obligation, Pack, Stage
from backend.reports.numbers import shown_number, shown_threshold
from conversations.text import N_
from locales import Catalog

_NAMES: Final[dict[Kind, str]] = {
    Kind.THRESHOLD: N_("Threshold {code} · {name}"),
    Kind.DEADLINE: N_("Deadline: {name}"),
    Kind.LEAD_DAYS: N_("How many days before the report the villages send theirs"),
    Kind.OFFSETS: N_("Villages are reminded before their last day"),
    Kind.REMIND_AT: N_("Time of day of the reminders"),
    Kind.QUIET_HOURS: N_("Quiet hours: nothing is sent"),
    Kind.WEEKLY: N_("Weekly summary"),
    Kind.ON_DAY_OFF: N_("When a last day is a day off"),
    Kind.ESCALATE_DAYS: N_("After how many days late the supervising office is told"),
    Kind.REPORT_OFFSETS: N_("Those who report are reminded before the last day"),
    Kind.ACTIVITY_DAY: N_("Day of the month to remind of the monthly activity's photo"),
    Kind.PHOTO_MONTHS: N_("How many months photos are kept after their last period"),
    Kind.MESSAGE_DAYS: N_("How many days messages keep their words"),
    Kind.STAGE_DAYS: N_("Days at most: {name}"),
    Kind.DAY_OFF: N_("Day off: {day}"),
    Kind.WORKING_DAY: N_("Working day all the same: {day}"),
}
WEEKDAYS: Final = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
_CADENCES: Final = {
    Cadence.MONTHLY: N_("every month"),
    Cadence.QUARTERLY: N_("every quarter"),
    Cadence.SIX_MONTH: N_("for six months"),
    Cadence.NINE_MONTH: N_("for nine months"),
    Cadence.ANNUAL: N_("every year"),
}
HINTS: Final[dict[Kind, str]] = {
    Kind.THRESHOLD: N_("For example: 95"),
    Kind.DEADLINE: N_("For example: 13 (the 12th is then the last day), or one date: 20/12/2026"),
    Kind.LEAD_DAYS: N_("A number of days from 0 to 60, for example: 5"),
    Kind.OFFSETS: N_("Numbers of days from 0 to 60, for example: 7, 3, 1, 0"),
    Kind.REMIND_AT: N_("For example: 07:30"),
    Kind.QUIET_HOURS: N_("From when to when, for example: 21:00-06:30"),
    Kind.WEEKLY: N_("A weekday and a time of day, for example: Monday 07:30"),
    Kind.ON_DAY_OFF: N_("EARLIER (the working day before it) or KEEP (the plan's own day)"),
    Kind.ESCALATE_DAYS: N_("A number of days from 0 to 60, for example: 2"),
    Kind.REPORT_OFFSETS: N_("Numbers of days from 0 to 60, for example: 7, 1"),
    Kind.ACTIVITY_DAY: N_("A day from 1 to 28, or NO"),
    Kind.PHOTO_MONTHS: N_("A number of months, for example: 60"),
    Kind.MESSAGE_DAYS: N_("A number of days from 30 on, for example: 180; or ALWAYS KEEP"),
    Kind.STAGE_DAYS: N_("A number of days, for example: 15"),
    Kind.DAY_OFF: N_("A day, for example: 25/12/2026"),
    Kind.WORKING_DAY: N_("A day, for example: 26/12/2026"),
}


def name_of(key: Key, pack: Pack, words: Catalog) -> str:
    """Return what people call a setting; what the plan no longer has is called by its key."""
    of = thing_of(key, pack)
    code, name = key.target, key.target
    if isinstance(of, Indicator):
        code, name = of.printed, of.name
    elif of is not None:
        name = of.name
    day = date.fromisoformat(key.target) if key.kind in {Kind.DAY_OFF, Kind.WORKING_DAY} else ""
    called = words.get(_NAMES[key.kind], code=code, name=name, day=day)
    if not key.area:
        return called
    return words.get(N_("{area}: {name}"), area=_area_name(key.area, pack), name=called)


def _area_name(code: str, pack: Pack) -> str:
    return next((a.name for a in pack.areas if a.code == code), code)


def thing_of(key: Key, pack: Pack) -> Indicator | Obligation | Stage | None:
    """Return the plan's indicator, obligation or stage that a key means, None for none."""
    if key.kind is Kind.THRESHOLD:
        set_id, _, code = key.target.partition("/")
        return next(
            (
                indicator
                for criteria in pack.criteria_sets
                if criteria.id == set_id
                for indicator in criteria.indicators
                if indicator.code == code
            ),
            None,
        )
    if key.kind is Kind.DEADLINE:
        return next((o for o in pack.obligations if o.id == key.target), None)
    if key.kind is Kind.STAGE_DAYS:
        return next((s for s in pack.stages if s.id == key.target), None)
    return None


def shown_value(key: Key, value: Any, pack: Pack, words: Catalog) -> str:
    """Return a value as people read it; null is «chưa đặt»."""
    if key.kind is Kind.ACTIVITY_DAY and value is None:
        return words.get(N_("never"))
    if key.kind is Kind.MESSAGE_DAYS and value is None:
        return words.get(N_("always kept"))
    if value is None:
        return words.get(N_("not set"))
    of = thing_of(key, pack)
    if key.kind is Kind.THRESHOLD:
        rate = isinstance(of, Indicator) and bool(of.denominator)
        return shown_threshold(Decimal(str(value)), of_rate=rate, catalog=words)
    return _SHOWN[key.kind](value, words)


def origin_of(item: Item, pack: Pack, words: Catalog, zone: tzinfo) -> str:
    """Return where a present value comes from: who set it when from what, or the plan's line."""
    act, source = item.act, item.source
    if act is not None and act.at is not None:
        return words.get(
            N_("set by {name} at {time}, from: {source}"),
            name=act.by or "–",
            time=act.at.astimezone(zone),
            source=act.source,
        )
    if item.above is not None:
        if item.above:
            return words.get(N_("as in {area}"), area=_area_name(item.above, pack))
        return words.get(N_("as in the whole plan"))
    if item.value is None:
        return words.get(N_("the plan does not say"))
    if source is None or pack.sample:
        if item.own == usual_values().get(item.key.kind):
            return words.get(N_("the program's usual value"))
        return words.get(N_("the plan's own file"))
    document = pack.documents.get(source.doc)
    title = document.title if document else source.doc
    if source.line is None:
        return words.get(N_("the plan: {document}"), document=title)
    return words.get(N_("the plan: {document}, line {line}"), document=title, line=source.line)


def coming_of(item: Item, pack: Pack, words: Catalog) -> list[str]:
    """Return what the office has set for days to come: «từ ngày 01/01/2027: 80%»."""
    return [
        words.get(
            N_("{days}: {value}"),
            days=validity_of(act.valid_from, act.valid_to, words),
            value=shown_value(item.key, item.own if act.ends else act.value, pack, words),
        )
        for act in item.coming
    ]


def validity_of(since: date, until: date | None, words: Catalog) -> str:
    """Return from when to when something holds."""
    if until is None:
        return words.get(N_("from {day} on"), day=since)
    if until == since:
        return words.get(N_("on {day}"), day=since)
    return words.get(N_("from {day} to {last}"), day=since, last=until)


def _deadline(value: Any, words: Catalog) -> str:
    if value.get("before"):
        before = date.fromisoformat(value["before"])
        return words.get(
            N_("before {day}: the last day is {last}"), day=before, last=before - timedelta(days=1)
        )
    if value.get("before_day") is None:
        return words.get(N_("not set"))
    said = words.get(N_("before day {day}"), day=value["before_day"])
    often = _CADENCES.get(Cadence(value["cadence"])) if value.get("cadence") else None
    return f"{said}, {words.get(often)}" if often else said


def _days(value: Any, words: Catalog) -> str:
    return words.get(N_("{count} days"), count=int(value))


def _offsets(value: Any, words: Catalog) -> str:
    return words.get(N_("{offsets} days before"), offsets=", ".join(str(o) for o in value))


def _weekly(value: Any, words: Catalog) -> str:
    return f"{words.get(WEEKDAYS[value[0]])} {value[1]}"


def _on_day_off(value: Any, words: Catalog) -> str:
    if value == "earlier":
        return words.get(N_("remind earlier: the working day before it"))
    return words.get(N_("keep the plan's own day"))


def _yes(_value: Any, words: Catalog) -> str:
    return words.get(N_("yes"))


_SHOWN: Final[dict[Kind, Callable[[Any, Catalog], str]]] = {
    Kind.DEADLINE: _deadline,
    Kind.LEAD_DAYS: _days,
    Kind.OFFSETS: _offsets,
    Kind.REMIND_AT: lambda value, _words: str(value),
    Kind.QUIET_HOURS: lambda value, _words: f"{value[0]}–{value[1]}",
    Kind.WEEKLY: _weekly,
    Kind.ON_DAY_OFF: _on_day_off,
    Kind.ESCALATE_DAYS: _days,
    Kind.REPORT_OFFSETS: _offsets,
    Kind.ACTIVITY_DAY: lambda value, words: words.get(N_("day {day}"), day=value),
    Kind.PHOTO_MONTHS: lambda value, words: words.get(N_("{count} months"), count=int(value)),
    Kind.MESSAGE_DAYS: _days,
    Kind.STAGE_DAYS: lambda value, words: words.get(
        N_("{count} days"), count=shown_number(Decimal(str(value)), words)
    ),
    Kind.DAY_OFF: _yes,
    Kind.WORKING_DAY: _yes,
}
