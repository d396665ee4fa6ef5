"""Dates as people type them: day first, the year optional."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from conversations.answers import words
from conversations.answers.plain import without_pictures
from conversations.answers.reading import UNKNOWN, Problem, Reading, Understood
from conversations.text import Text, fold

_AGO: Final = {
    "hôm nay": 0, "nay": 0, "sáng nay": 0, "trưa nay": 0, "chiều nay": 0, "tối nay": 0, "today": 0,
    "hôm qua": 1, "qua": 1, "sáng qua": 1, "trưa qua": 1, "chiều qua": 1, "tối qua": 1, "đêm qua": 1,
    "sáng hôm qua": 1, "trưa hôm qua": 1, "chiều hôm qua": 1, "tối hôm qua": 1, "đêm hôm qua": 1,
    "yesterday": 1, "hôm kia": 2, "sáng hôm kia": 2, "chiều hôm kia": 2, "tối hôm kia": 2, "hôm kìa": 3,
}  # fmt: skip
"""Days that have a name, with marks or without any; «hom kia» is the usual one of its two."""
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_FULL = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})$")
_SHORT = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})$")
_SPOKEN = re.compile(r"^(\d{1,2}) thang (\d{1,2})(?: nam (\d{4}))?$")
_THIS_MONTH = re.compile(r"^(\d{1,2}) thang nay$")
_LAST_MONTH = re.compile(r"^(\d{1,2}) thang (?:truoc|roi|qua)$")
_DAY = re.compile(r"^(\d{1,2})$")
_BEFORE = re.compile(r"^(?:da |vang |la |hom |vao |sang |trua |chieu |toi |ngay |mung |mong )+")
_AFTER = re.compile(r"(?: a| ah| nhe| nha| roi| em| bac| thoi)+$")
_AROUND_MARKS = re.compile(r"(?<=\d) *([/\-]) *(?=\d)")
_COURTESY: Final = frozenset("dạ da vâng vang ạ a à nhé nhe rồi roi em bác bac".split())  # noqa: SIM905  (one line of words)
_CENTURY = 2000
_YEARS_BACK = 8
"""Far enough for 29 February."""


def read_date(
    text: str, today: date, *, unknown_ok: bool = False, until: date | None = None
) -> Reading:
    """Understand one date.

    Without year or month it is the most recent one not after `until`, which is `today` if it is
    not given.
    """
    text = without_pictures(text).strip(" .,!;")
    folded = fold(text)
    if words.UNKNOWN.match(folded):
        if unknown_ok:
            return UNKNOWN
        return _asked_again()
    days = _days_ago(text)
    if days is not None:
        return Understood((today - timedelta(days=days)).isoformat())
    bare = _AROUND_MARKS.sub(r"\1", _AFTER.sub("", _BEFORE.sub("", folded)))
    return _written(bare, today, until or today)


def _written(bare: str, today: date, until: date) -> Reading:
    if found := _ISO.match(bare):
        year, month, day = (int(g) for g in found.groups())
        return _day(year, month, day)
    if found := _FULL.match(bare):
        day, month, year = (int(g) for g in found.groups())
        return _day(year if len(found[3]) > 2 else _CENTURY + year, month, day)  # noqa: PLR2004  (digits)
    if found := _SPOKEN.match(bare):
        day, month = int(found[1]), int(found[2])
        return _day(int(found[3]), month, day) if found[3] else _recent(until, day, month)
    if found := _SHORT.match(bare):
        return _recent(until, int(found[1]), int(found[2]))
    if found := _THIS_MONTH.match(bare):
        return _day(today.year, today.month, int(found[1]))
    if found := _LAST_MONTH.match(bare):
        before = today.replace(day=1) - timedelta(days=1)
        return _day(before.year, before.month, int(found[1]))
    if found := _DAY.match(bare):
        return _recent_day(until, int(found[1]))
    return _asked_again()


def _days_ago(text: str) -> int | None:
    said = " ".join(w for w in text.casefold().split() if w not in _COURTESY)
    if said in _AGO:
        return _AGO[said]
    typed = said.split()
    for name, days in _AGO.items():
        spelt = name.split()
        if len(spelt) == len(typed) and all(
            words.is_one_of(t, frozenset({w})) for t, w in zip(typed, spelt, strict=True)
        ):
            return days
    return None


def _asked_again() -> Problem:
    return Problem(Text("Please send the date as day/month/year, for example 15/11/2026."))


def _day(year: int, month: int, day: int) -> Reading:
    try:
        return Understood(date(year, month, day).isoformat())
    except ValueError:
        return Problem(
            Text(
                "The calendar has no such day. Please send day/month/year, for example 15/11/2026."
            )
        )


def _recent(today: date, day: int, month: int) -> Reading:
    for year in range(today.year, today.year - _YEARS_BACK - 1, -1):
        reading = _day(year, month, day)
        if isinstance(reading, Understood) and date.fromisoformat(reading.value) <= today:
            return reading
    return _day(today.year, month, day)


def _recent_day(today: date, day: int) -> Reading:
    year, month = today.year, today.month
    for _ in range(4):
        reading = _day(year, month, day)
        if isinstance(reading, Understood) and date.fromisoformat(reading.value) <= today:
            return reading
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return _asked_again()
