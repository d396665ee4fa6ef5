"""Values as people type them, in the bounds and units of the plan's schema; and the way back.

Whatever comes in is understood as a whole or refused with one sentence: nothing is half set.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from backend.office_settings.keys import Kind
from backend.plans.schema import Cadence, Indicator, Obligation
from conversations.text import Text, fold

MOST_PERCENT: Final = 100
MOST_COUNT: Final = 1_000_000
MOST_DAYS: Final = 60
MOST_STAGE_DAYS: Final = 3_650
MOST_PHOTO_MONTHS: Final = 1_200
MESSAGE_DAYS: Final = (30, 36_500)
MOST_OFFSETS: Final = 10
LAST_MONTH_DAY: Final = 31
LAST_ACTIVITY_DAY: Final = 28
YEARS: Final = (2000, 2100)
MOST_CHARS: Final = 100
AGAIN: Final = frozenset(
    {Cadence.MONTHLY, Cadence.QUARTERLY, Cadence.SIX_MONTH, Cadence.NINE_MONTH, Cadence.ANNUAL}
)
_CADENCE_WORDS: Final = {
    "hang thang": Cadence.MONTHLY,
    "moi thang": Cadence.MONTHLY,
    "monthly": Cadence.MONTHLY,
    "hang quy": Cadence.QUARTERLY,
    "moi quy": Cadence.QUARTERLY,
    "quarterly": Cadence.QUARTERLY,
    "hang nam": Cadence.ANNUAL,
    "moi nam": Cadence.ANNUAL,
    "annual": Cadence.ANNUAL,
}
_WEEKDAYS: Final = {
    "mon": ("mon", "thu hai", "thu 2", "t2", "hai", "2"),
    "tue": ("tue", "thu ba", "thu 3", "t3", "ba", "3"),
    "wed": ("wed", "thu tu", "thu 4", "t4", "tu", "4"),
    "thu": ("thu", "thu nam", "thu 5", "t5", "nam", "5"),
    "fri": ("fri", "thu sau", "thu 6", "t6", "sau", "6"),
    "sat": ("sat", "thu bay", "thu 7", "t7", "bay", "7"),
    "sun": ("sun", "chu nhat", "cn"),
}
_NEVER: Final = frozenset({"khong", "never", "none", "no"})
_EARLIER: Final = frozenset({"earlier", "som hon", "nhac som hon", "lam som hon"})
_KEEP: Final = frozenset({"none", "giu nguyen", "giu", "khong doi"})
_ALWAYS: Final = frozenset({"luon giu", "giu mai", "khong xoa", "always", "never"})
_TIME: Final = re.compile(r"(\d{1,2})\s*(?::|h|g|gio)\s*(\d{2})?(?:\s*(?:phut|p))?")
_TIMES: Final = re.compile(rf"(?:tu )?({_TIME.pattern})\s*(?:-|–|den|toi|to)\s*({_TIME.pattern})")
_WEEK: Final = re.compile(rf"(.+?)[\s,]+(?:luc )?({_TIME.pattern})")
_DAY: Final = re.compile(r"(?:truoc )?(?:ngay )?(\d{1,2})(?: (.+))?")
_NUMBER: Final = re.compile(r"\d{1,9}(?:[.,]\d{1,4})?")


class WrongValueError(ValueError):
    """A value that cannot be; `reason` is the one sentence that says why."""

    def __init__(self, reason: Text) -> None:
        """`reason` is said to the person who typed the value."""
        super().__init__(reason.msgid)
        self.reason = reason


def read_value(kind: Kind, text: str, of: Indicator | Obligation | None = None) -> Any:
    """Return what a person typed as the JSON value that is kept; raise WrongValueError.

    `of` is the indicator of a threshold, the obligation of a deadline.
    """
    said = fold(text[:MOST_CHARS])
    if not said:
        raise WrongValueError(Text("Please write a value."))
    if isinstance(of, Indicator):
        return _threshold(said, of)
    if isinstance(of, Obligation):
        return _deadline(said, of)
    return _READ[kind](said)


def read_day(text: str) -> date:
    """Return a date typed as 25/12/2026 or 2026-12-25; raise WrongValueError."""
    said = text.strip()[:MOST_CHARS]
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", said):
        year, month, day = (int(g) for g in found.groups())
    elif found := re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", said):
        day, month, year = (int(g) for g in found.groups())
    else:
        raise WrongValueError(Text("Please write the day like this: 25/12/2026."))
    if not YEARS[0] <= year <= YEARS[1]:
        raise WrongValueError(
            Text(
                "The year must lie between {least} and {most}.",
                {"least": str(YEARS[0]), "most": str(YEARS[1])},
            )
        )
    try:
        return date(year, month, day)
    except ValueError as error:
        raise WrongValueError(
            Text("The calendar has no day {day}.", {"day": f"{day}/{month}/{year}"})
        ) from error


def unit_of(kind: Kind, of: Indicator | None = None) -> str:
    """Return the unit that stands in the log beside a value."""
    if kind is Kind.THRESHOLD:
        return "percent" if of is not None and of.denominator else "count"
    return _UNITS[kind]


def _threshold(said: str, indicator: Indicator) -> str:
    bare = said.removesuffix("%").strip()
    if indicator.denominator:
        if not _NUMBER.fullmatch(bare) or Decimal(bare.replace(",", ".")) > MOST_PERCENT:
            raise WrongValueError(
                Text("A threshold in percent is a number from 0 to 100, for example 95.")
            )
        return str(Decimal(bare.replace(",", ".")))
    if said.endswith("%") or not bare.isdecimal() or int(bare[:9]) > MOST_COUNT:
        raise WrongValueError(
            Text("This threshold is a count: a whole number from 0 on, without %.")
        )
    return str(int(bare))


def _deadline(said: str, obligation: Obligation) -> dict[str, Any]:
    again = obligation.cadence in AGAIN and obligation.before is None
    if found := _DAY.fullmatch(said):
        cadence = obligation.cadence
        if obligation.cadence is Cadence.UNSTATED and found[2]:
            cadence = _CADENCE_WORDS.get(found[2].strip(), Cadence.UNSTATED)
        elif found[2] and _CADENCE_WORDS.get(found[2].strip()) is not cadence:
            raise WrongValueError(
                Text("How often this report comes stands in the plan; only its day can be set.")
            )
        if (again or obligation.cadence is Cadence.UNSTATED) and cadence in AGAIN:
            if not 1 <= int(found[1]) <= LAST_MONTH_DAY:
                raise WrongValueError(
                    Text("The day of the month lies between 1 and 31, for example 13.")
                )
            own = {} if again else {"cadence": cadence.value}
            return {"before_day": int(found[1]), **own}
    if again:
        raise WrongValueError(
            Text(
                "Before which day of the month is it due? Please write a number from 1 to 31:"
                " 13 means that the 12th is the last day."
            )
        )
    try:
        return {"before": read_day(re.sub(r"^(?:truoc )?(?:ngay )?", "", said)).isoformat()}
    except WrongValueError:
        if obligation.cadence is Cadence.UNSTATED:
            raise WrongValueError(
                Text(
                    "Please write a day and how often, for example: 13 monthly, 13 quarterly,"
                    " or one date, for example 20/12/2026."
                )
            ) from None
        raise


def _days(most: int, least: int = 0) -> Callable[[str], int]:
    def read(said: str) -> int:
        bare = said.removesuffix("ngay").removesuffix("days").strip()
        if not bare.isdecimal() or not least <= int(bare[:6]) <= most:
            raise WrongValueError(
                Text(
                    "Please write a number of days from {least} to {most}.",
                    {"least": least, "most": most},
                )
            )
        return int(bare)

    return read


def _offsets(said: str) -> list[int]:
    parts = [p for p in re.split(r"[\s,;]+", said.replace("ngay", " ")) if p and p != "va"]
    if not 1 <= len(parts) <= MOST_OFFSETS or not all(
        p.isdecimal() and int(p[:6]) <= MOST_DAYS for p in parts
    ):
        raise WrongValueError(
            Text(
                "Please write how many days before the last day, each from 0 to 60,"
                " for example: 7, 3, 1, 0."
            )
        )
    return sorted({int(p) for p in parts}, reverse=True)


def _time(said: str) -> str:
    found = _TIME.fullmatch(said)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:  # noqa: PLR2004  (a day's hours)
        raise WrongValueError(Text("Please write the time of day like this: 07:30."))
    return f"{int(found[1]):02}:{int(found[2] or 0):02}"


def _quiet(said: str) -> list[str]:
    found = _TIMES.fullmatch(said)
    if found is None:
        raise WrongValueError(
            Text("Please write from when to when nothing is sent, like this: 21:00-06:30.")
        )
    since, until = _time(found[1]), _time(found[4])
    if since == until:
        raise WrongValueError(Text("The quiet hours must not begin and end at the same time."))
    return [since, until]


def _weekly(said: str) -> list[str]:
    found = _WEEK.fullmatch(said)
    day = next((d for d, w in _WEEKDAYS.items() if found and found[1].strip() in w), None)
    if found is None or day is None:
        raise WrongValueError(
            Text("Please write a weekday and a time of day, like this: Monday 07:30.")
        )
    return [day, _time(found[2])]


def _on_day_off(said: str) -> str:
    if said in _EARLIER:
        return "earlier"
    if said in _KEEP:
        return "none"
    raise WrongValueError(
        Text("Please write EARLIER (the working day before it) or KEEP (the plan's own day).")
    )


def _photo_months(said: str) -> int:
    bare = said.removesuffix("thang").removesuffix("months").strip()
    if not bare.isdecimal() or not 1 <= int(bare[:6]) <= MOST_PHOTO_MONTHS:
        raise WrongValueError(
            Text("Please write a number of months from 1 to {most}.", {"most": MOST_PHOTO_MONTHS})
        )
    return int(bare)


def _message_days(said: str) -> int | None:
    return None if said in _ALWAYS else _days(MESSAGE_DAYS[1], MESSAGE_DAYS[0])(said)


def _activity_day(said: str) -> int | None:
    if said in _NEVER:
        return None
    if not said.isdecimal() or not 1 <= int(said[:3]) <= LAST_ACTIVITY_DAY:
        raise WrongValueError(
            Text("Please write a day of the month from 1 to 28, or NO to remind of it never.")
        )
    return int(said)


def _day(said: str) -> str:
    return read_day(said).isoformat()


_READ: Final[dict[Kind, Callable[[str], Any]]] = {
    Kind.LEAD_DAYS: _days(MOST_DAYS),
    Kind.OFFSETS: _offsets,
    Kind.REMIND_AT: _time,
    Kind.QUIET_HOURS: _quiet,
    Kind.WEEKLY: _weekly,
    Kind.ON_DAY_OFF: _on_day_off,
    Kind.ESCALATE_DAYS: _days(MOST_DAYS),
    Kind.REPORT_OFFSETS: _offsets,
    Kind.ACTIVITY_DAY: _activity_day,
    Kind.STAGE_DAYS: _days(MOST_STAGE_DAYS),
    Kind.PHOTO_MONTHS: _photo_months,
    Kind.MESSAGE_DAYS: _message_days,
    Kind.DAY_OFF: _day,
    Kind.WORKING_DAY: _day,
}
_UNITS: Final[dict[Kind, str]] = {
    Kind.DEADLINE: "day",
    Kind.LEAD_DAYS: "days",
    Kind.OFFSETS: "days",
    Kind.REMIND_AT: "time",
    Kind.QUIET_HOURS: "time",
    Kind.WEEKLY: "weekday, time",
    Kind.ON_DAY_OFF: "",
    Kind.ESCALATE_DAYS: "days",
    Kind.REPORT_OFFSETS: "days",
    Kind.ACTIVITY_DAY: "day of month",
    Kind.STAGE_DAYS: "days",
    Kind.PHOTO_MONTHS: "months",
    Kind.MESSAGE_DAYS: "days",
    Kind.DAY_OFF: "day",
    Kind.WORKING_DAY: "day",
}
