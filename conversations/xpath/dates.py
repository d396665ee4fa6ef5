"""Dates written by format codes, as `format-date` has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

_CODE = re.compile(r"%(.)")
_CODES: dict[str, Callable[[datetime], str]] = {
    "%": lambda _: "%",
    "Y": lambda d: f"{d.year:04}",
    "y": lambda d: f"{d.year % 100:02}",
    "m": lambda d: f"{d.month:02}",
    "n": lambda d: str(d.month),
    "d": lambda d: f"{d.day:02}",
    "e": lambda d: str(d.day),
    "W": lambda d: str(d.isocalendar().week),
    "H": lambda d: f"{d.hour:02}",
    "h": lambda d: str(d.hour),
    "M": lambda d: f"{d.minute:02}",
    "S": lambda d: f"{d.second:02}",
    "3": lambda d: f"{d.microsecond // 1000:03}",
}


def unknown_codes(pattern: str) -> list[str]:
    """Return the codes of a pattern that this module does not know, such as «%Q».

    Names of months and days are no codes here: they would need a language that the form does
    not name, and JavaRosa takes the phone's.
    """
    return [f"%{code}" for code in _CODE.findall(pattern) if code not in _CODES]


def format_date(moment: datetime, pattern: str) -> str:
    """Return a moment in a pattern, by its own clock."""

    def shown(match: re.Match[str]) -> str:
        write = _CODES.get(match[1])
        return match[0] if write is None else write(moment)

    return _CODE.sub(shown, pattern)
