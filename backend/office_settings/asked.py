"""What an admin asks to be set, understood and checked as a whole before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from backend.office_settings.keys import DAYS, OF_AREAS, OF_PERIODS, Key, Kind
from backend.office_settings.overlay import Act, act_on
from backend.office_settings.store import MOST_SOURCE, Wanted
from backend.office_settings.values import WrongValueError, read_day, read_value, unit_of
from backend.office_settings.words import thing_of
from backend.plans.schema import Indicator, Obligation, Pack
from backend.schedule.days_off import is_day_off
from conversations.text import Text

LEAST_SOURCE: Final = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """As typed. `key` of a day may come without the day, which is then the value."""

    key: Key
    value: str = ""
    source: str = ""
    valid_from: str = ""
    """"" is today."""
    valid_to: str = ""
    ends: bool = False


def understood(asked: Asked, pack: Pack, acts: Sequence[Act], today: date) -> Wanted:
    """Return what is to be written; raise WrongValueError with one sentence.

    `pack` is the bare or the present one: only its indicators, obligations and stages are asked.
    """
    key = _key(asked, pack)
    source = " ".join(asked.source.split())
    if not LEAST_SOURCE <= len(source) <= MOST_SOURCE:
        raise WrongValueError(
            Text(
                "Please name the document that says so, with its number or name"
                " ({least} to {most} letters).",
                {"least": LEAST_SOURCE, "most": MOST_SOURCE},
            )
        )
    of = thing_of(key, pack)
    since, until = _validity(asked, key, today)
    if until is not None and until < since:
        raise WrongValueError(Text("The last day lies before the first day."))
    unit = unit_of(key.kind, of if isinstance(of, Indicator) else None)
    wanted = Wanted(key, None, unit, source, since, until, ends=asked.ends)
    if asked.ends:
        _can_end(wanted, acts)
        return wanted if key.kind in DAYS else replace(wanted, valid_to=None)
    wanted = replace(wanted, value=_value(asked, key, of))
    _is_new(wanted, acts)
    return wanted


def _validity(asked: Asked, key: Key, today: date) -> tuple[date, date | None]:
    """Return the first and last day; a day off is valid on its own day."""
    if key.kind in DAYS:
        day = date.fromisoformat(key.target)
        return day, day
    return (
        read_day(asked.valid_from) if asked.valid_from.strip() else today,
        read_day(asked.valid_to) if asked.valid_to.strip() else None,
    )


def _key(asked: Asked, pack: Pack) -> Key:
    key = asked.key
    if key.area and (key.kind not in OF_AREAS or key.target):
        raise WrongValueError(
            Text("This holds for the whole plan and cannot be set for one unit alone.")
        )
    if key.kind in DAYS:
        return Key(key.kind, read_day(key.target or asked.value).isoformat())
    needs = key.kind in {Kind.THRESHOLD, Kind.DEADLINE, Kind.STAGE_DAYS}
    if (thing_of(key, pack) is None) if needs else key.target:
        raise WrongValueError(Text("The plan has nothing to set that is called {name}.", {
            "name": str(key)[:80],
        }))  # fmt: skip
    return key


def _value(asked: Asked, key: Key, of: Any) -> Any:
    if key.kind in DAYS:
        return True
    known = of if isinstance(of, (Indicator, Obligation)) else None
    return read_value(key.kind, asked.value, known)


def _can_end(wanted: Wanted, acts: Sequence[Act]) -> None:
    newest = next((a for a in reversed(acts) if a.key == wanted.key), None)
    if newest is None or newest.ends:
        raise WrongValueError(Text("The office has set no value of its own here."))


def _is_new(wanted: Wanted, acts: Sequence[Act]) -> None:
    newest = next((a for a in reversed(acts) if a.key == wanted.key), None)
    if newest is not None and not newest.ends:
        if wanted.key.kind in DAYS:
            raise WrongValueError(Text("This day is on the office's list already."))
        new = (wanted.value, wanted.source, wanted.valid_from, wanted.valid_to)
        if new == (newest.value, newest.source, newest.valid_from, newest.valid_to):
            raise WrongValueError(Text("Exactly this is set already."))
    if wanted.key.kind not in DAYS:
        return
    other = Kind.WORKING_DAY if wanted.key.kind is Kind.DAY_OFF else Kind.DAY_OFF
    found = act_on(acts, Key(other, wanted.key.target), None)
    if found is not None and not found.ends:
        raise WrongValueError(
            Text("The office's list has this day the other way round. Please end that first.")
        )
    rests = is_day_off(date.fromisoformat(wanted.key.target))
    if rests and wanted.key.kind is Kind.DAY_OFF:
        raise WrongValueError(Text("This day is a day off already."))
    if not rests and wanted.key.kind is Kind.WORKING_DAY:
        raise WrongValueError(Text("This day is a working day already."))


def from_when(wanted: Wanted) -> Text | None:
    """Return what a person should know of the validity, None where there is nothing to know."""
    if wanted.key.kind in DAYS:
        return None
    if wanted.key.kind in OF_PERIODS:
        return Text(
            "It counts for every period that ends on {day} or later; earlier periods stay as they were.",
            {"day": wanted.valid_from},
        )
    return Text("It holds from {day} on.", {"day": wanted.valid_from})
