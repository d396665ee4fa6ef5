"""Numbers and dates as a spreadsheet keeps them, and as a person sees them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Final

_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Built-in formats that show a date or a time."""
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]')
_EXACT: Final = 2**53
_DAYS_TO_1904: Final = 1_462
_LAST_FAULTY_DAY: Final = 60
"""Excel counts 29 February 1900, which never was."""
_SECONDS_OF_A_DAY: Final = 86_400


def is_date_format(code: int, pattern: str | None) -> bool:
    """Say whether a number format shows a date; `pattern` is that of a workbook's own format."""
    if pattern is None:
        return code in _DATES
    shown = _LITERAL.sub("", pattern.lower())
    return "general" not in shown and any(letter in shown for letter in "dmyhs")


def date_text(serial: str, *, since_1904: bool = False) -> str:
    """Return a day as 2026-11-15, with a time «2026-11-15 10:30:00», a time alone; "" if none."""
    try:
        days = float(serial)
        seconds = round(days * _SECONDS_OF_A_DAY)
        if since_1904:
            seconds += _DAYS_TO_1904 * _SECONDS_OF_A_DAY
        elif 1 <= days < _LAST_FAULTY_DAY:
            seconds += _SECONDS_OF_A_DAY
        moment = datetime(1899, 12, 30) + timedelta(seconds=seconds)  # noqa: DTZ001  (a wall clock in a cell)
    except (ValueError, OverflowError):
        return ""
    if 0 <= days < 1 and not since_1904:
        return moment.time().isoformat()
    return moment.isoformat(" ").removesuffix(" 00:00:00")


def number_text(text: str) -> str:
    """Return a number as it is shown without a format: 2.0 is 2, 1E3 is 1000."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number) or abs(number) >= _EXACT:
        return text
    return str(int(number)) if number.is_integer() else repr(number)
