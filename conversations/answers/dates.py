"""Dates as people type them: day first, the year optional."""

from __future__ import annotations

import re
from datetime import date, timedelta

from conversations.answers import words
from conversations.answers.reading import UNKNOWN, Problem, Reading, Understood
from conversations.text import Text, fold

_AGO = {
    "hom nay": 0, "nay": 0, "today": 0, "sang nay": 0, "chieu nay": 0,
    "hom qua": 1, "qua": 1, "toi qua": 1, "yesterday": 1, "hom kia": 2,
}  # fmt: skip
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_FULL = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})$")
_SHORT = re.compile(r"^(\d{1,2})[/\-](\d{1,2})$")
_SPOKEN = re.compile(r"^(\d{1,2}) thang (\d{1,2})(?: nam (\d{4}))?$")
_DAY = re.compile(r"^(\d{1,2})$")
_CENTURY = 2000
_YEARS_BACK = 8
"""Far enough for 29 February."""


def read_date(text: str, today: date, *, unknown_ok: bool = False) -> Reading:
    """Understand one date; without year or month it is the most recent one not after `today`."""
    folded = fold(text).rstrip(".!")
    if words.UNKNOWN.match(folded):
        if unknown_ok:
            return UNKNOWN
        return _asked_again()
    if folded in _AGO:
        return Understood((today - timedelta(days=_AGO[folded])).isoformat())
    bare = re.sub(r"^(?:hom |vao )?(?:ngay |mung )+", "", folded)
    if found := _ISO.match(bare):
        year, month, day = (int(g) for g in found.groups())
        return _day(year, month, day)
    if found := _FULL.match(bare):
        day, month, year = (int(g) for g in found.groups())
        return _day(year if len(found[3]) > 2 else _CENTURY + year, month, day)  # noqa: PLR2004  (digits)
    if found := _SPOKEN.match(bare):
        day, month = int(found[1]), int(found[2])
        return _day(int(found[3]), month, day) if found[3] else _recent(today, day, month)
    if found := _SHORT.match(bare):
        return _recent(today, int(found[1]), int(found[2]))
    if found := _DAY.match(bare):
        return _recent_day(today, int(found[1]))
    return _asked_again()


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
