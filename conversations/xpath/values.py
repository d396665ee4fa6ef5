"""The values of expressions and their coercions, as JavaRosa does them.

A value is a str, a float, a bool, a date or a datetime. Blank is "" whatever the type.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

Value: TypeAlias = "str | float | bool | date"

NAN = math.nan
EPOCH = date(1970, 1, 1)
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TINY = 1e-12


def to_number(value: Value) -> float:
    """Return a number; a blank and what is no number are NaN, a date is its days since 1970."""
    kind = type(value)
    if kind is float:
        return value  # type: ignore[return-value]  # mypy cannot narrow through `kind`
    if kind is str:
        return number_of_text(value)
    if kind is bool:
        return 1.0 if value else 0.0
    return days_since_epoch(value)  # type: ignore[arg-type]  # only dates are left


@lru_cache(
    maxsize=1024
)  # the same few answers are read in every expression, and again in each step
def number_of_text(text: str) -> float:
    """Return the number that a text writes, NaN if none. No exponents, as in XPath 1.0."""
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else NAN


def days_since_epoch(value: date) -> float:
    """Return whole days since 1970-01-01; a datetime counts by its own calendar day."""
    if isinstance(value, datetime):
        value = value.date()
    return float((value - EPOCH).days)


def to_text(value: Value) -> str:
    """Return a value as text: 3 and not 3.0, dates in ISO, of a datetime its day."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[return-value]  # mypy cannot narrow through `kind`
    if kind is float:
        return number_text(value)  # type: ignore[arg-type]  # the same
    if kind is bool:
        return "true" if value else "false"
    if isinstance(value, datetime):
        value = value.date()
    return value.isoformat()  # type: ignore[union-attr]  # only dates are left


def number_text(value: float) -> str:
    """Return a number without exponent and without a needless fraction."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    nearest = round(value)
    if abs(value - nearest) < _TINY:
        return str(nearest)
    text = repr(value)
    return f"{value:.17f}".rstrip("0") if "e" in text else text


def to_bool(value: Value) -> bool:
    """Return the truth of a value: blank, 0 and NaN are false, the text «false» is true."""
    kind = type(value)
    if kind is bool:
        return value  # type: ignore[return-value]  # mypy cannot narrow through `kind`
    if kind is float:
        return abs(value) > _TINY  # type: ignore[arg-type]  # the same; NaN compares false
    return value != ""


def to_date(value: Value) -> date | None:
    """Return a date or datetime for an ISO text or a number of days; None for all else."""
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        try:
            return EPOCH + timedelta(days=math.floor(value))
        except (OverflowError, ValueError):
            return None
    return date_of_text(value)


def date_of_text(text: str) -> date | None:
    """Return the date (or datetime, when a time follows) of an ISO text; None if it is none."""
    text = text.strip()
    if "T" in text:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment
    match = _ISO_DATE.fullmatch(text)
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def equal(left: Value, right: Value) -> bool:
    """Compare as `=` does: by truth if one is a boolean, by number if one is, else by text."""
    left_kind, right_kind = type(left), type(right)
    if left_kind is right_kind is str:
        return left == right
    if left_kind is bool or right_kind is bool:
        return to_bool(left) == to_bool(right)
    if left_kind is float or right_kind is float:
        return abs(to_number(left) - to_number(right)) < _TINY
    return to_text(left) == to_text(right)


def is_blank(value: Value) -> bool:
    """Say whether a value is blank: an empty text or no number."""
    return value == "" or (type(value) is float and math.isnan(value))
