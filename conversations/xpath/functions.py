"""The function library: those of XPath 1.0 and ODK that are pure, as JavaRosa does them.

A plain function takes values and returns a value. Functions that see more than values (lazy
arguments, node sets, the clock, the form) are built in `conversations.xpath.compiler`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_FLOOR, Decimal

from conversations.xpath import dates
from conversations.xpath.values import (
    NAN,
    Value,
    to_bool,
    to_date,
    to_number,
    to_text,
)

_SECONDS_OF_A_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_DECIMALS = 15
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Plain:
    """A function of values: how many it takes (`most` None: any number) and what it returns."""

    call: Callable[..., Value]
    least: int
    most: int | None
    returns: str


@dataclass(frozen=True, slots=True)
class OfNodes:
    """A function of values that takes node sets apart first: sum, max, join…."""

    call: Callable[[Sequence[Value]], Value]
    least: int
    returns: str


def _integer(value: Value) -> float:
    number = to_number(value)
    return float(math.trunc(number)) if math.isfinite(number) else number


def _round(value: Value, places: Value = 0.0) -> float:
    """Round halves up, towards plus infinity: -2.5 becomes -2."""
    number, digits = to_number(value), to_number(places)
    if not math.isfinite(number):
        return number
    if digits == 0 or not math.isfinite(digits):
        return float(math.floor(number + 0.5))
    shift = max(-_MOST_DECIMALS, min(_MOST_DECIMALS, int(digits)))
    exact = Decimal(repr(number))
    if exact.adjusted() > _MOST_DECIMALS - shift:
        return number  # no digit is left to round
    return float((exact.scaleb(shift) + _HALF).to_integral_value(ROUND_FLOOR).scaleb(-shift))


def _whole(function: Callable[[float], int]) -> Callable[[Value], float]:
    def call(value: Value) -> float:
        number = to_number(value)
        return float(function(number)) if math.isfinite(number) else number

    return call


def _real(function: Callable[..., float]) -> Callable[..., float]:
    def call(*values: Value) -> float:
        try:
            return float(function(*(to_number(value) for value in values)))
        except (ValueError, ZeroDivisionError):
            return NAN
        except OverflowError:
            return math.inf

    return call


def _power(base: float, exponent: float) -> float:
    if base == 0 and exponent < 0:
        return math.inf
    return math.pow(base, exponent)


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda number: -math.inf if number == 0 else function(number)


def _selected(chosen: Value, wanted: Value) -> bool:
    return f" {to_text(wanted).strip()} " in f" {to_text(chosen)} "


def _selected_at(chosen: Value, index: Value) -> str:
    words, at = to_text(chosen).split(), to_number(index)
    if math.isnan(at):
        at = 0.0
    return words[int(at)] if 0 <= at < len(words) else ""


def _substr(value: Value, start: Value, end: Value | None = None) -> str:
    text = to_text(value)
    size = len(text)
    first = _index(start, size)
    last = size if end is None else _index(end, size)
    return text[first:last] if first < last else ""


def _index(value: Value, size: int) -> int:
    number = to_number(value)
    if math.isnan(number):
        return 0
    at = int(max(-size, min(size, number)))
    return at + size if at < 0 else at


def _substring(value: Value, start: Value, length: Value | None = None) -> str:
    first = to_number(_round(start))
    last = math.inf if length is None else first + to_number(_round(length))
    text = to_text(value)
    return "".join(c for at, c in enumerate(text, 1) if first <= at < last)


def _before(value: Value, mark: Value) -> str:
    head, found, _ = _partition(value, mark)
    return head if found else ""


def _after(value: Value, mark: Value) -> str:
    return _partition(value, mark)[2]


def _partition(value: Value, mark: Value) -> tuple[str, bool, str]:
    text, sought = to_text(value), to_text(mark)
    at = text.find(sought)
    return (text[:at], True, text[at + len(sought) :]) if at >= 0 else ("", False, "")


def _translate(value: Value, old: Value, new: Value) -> str:
    olds, news = to_text(old), to_text(new)
    table: dict[int, str | None] = {}
    for at, character in enumerate(olds):
        table.setdefault(ord(character), news[at] if at < len(news) else None)
    return to_text(value).translate(table)


def _moment(zone: tzinfo, value: Value) -> datetime | None:
    """Return the moment in the office's zone; a date is its first moment there."""
    found = to_date(value)
    if found is None:
        return None
    if not isinstance(found, datetime):
        return datetime(found.year, found.month, found.day, tzinfo=zone)
    try:
        return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)
    except OverflowError:
        return None


def _date(zone: tzinfo, value: Value) -> Value:
    found = _moment(zone, value)
    return "" if found is None else found.date()


def _date_time(zone: tzinfo, value: Value) -> Value:
    found = _moment(zone, value)
    return "" if found is None else found


def _decimal_date_time(zone: tzinfo, value: Value) -> float:
    """Return days since 1970 began in UTC, with their fraction."""
    found = _moment(zone, value)
    return NAN if found is None else (found - _EPOCH).total_seconds() / _SECONDS_OF_A_DAY


def _decimal_time(zone: tzinfo, value: Value) -> float:
    found = _moment(zone, value)
    if found is None:
        return NAN
    seconds = found.hour * 3600 + found.minute * 60 + found.second + found.microsecond / 1e6
    return seconds / _SECONDS_OF_A_DAY


def _format_date(zone: tzinfo, value: Value, pattern: Value) -> str:
    found = _moment(zone, value)
    return "" if found is None else dates.format_date(found, to_text(pattern))


def _numbers(values: Sequence[Value]) -> list[float]:
    """Return those that are numbers: blanks and words do not count, as on phones."""
    return [number for value in values if not math.isnan(number := to_number(value))]


def _sum(values: Sequence[Value]) -> float:
    try:
        return math.fsum(_numbers(values))
    except (OverflowError, ValueError):  # infinities of both signs
        return NAN


def _least(values: Sequence[Value]) -> float:
    return min(_numbers(values), default=NAN)


def _greatest(values: Sequence[Value]) -> float:
    return max(_numbers(values), default=NAN)


def _join(values: Sequence[Value]) -> str:
    texts = [to_text(value) for value in values]
    return texts[0].join(texts[1:]) if texts else ""


PLAIN: dict[str, Plain] = {
    "true": Plain(lambda: True, 0, 0, "boolean"),
    "false": Plain(lambda: False, 0, 0, "boolean"),
    "not": Plain(lambda value: not to_bool(value), 1, 1, "boolean"),
    "boolean": Plain(to_bool, 1, 1, "boolean"),
    "boolean-from-string": Plain(
        lambda value: to_text(value).strip().lower() in {"true", "1"}, 1, 1, "boolean"
    ),
    "number": Plain(to_number, 1, 1, "number"),
    "string": Plain(to_text, 1, 1, "string"),
    "int": Plain(_integer, 1, 1, "number"),
    "round": Plain(_round, 1, 2, "number"),
    "floor": Plain(_whole(math.floor), 1, 1, "number"),
    "ceiling": Plain(_whole(math.ceil), 1, 1, "number"),
    "abs": Plain(_real(abs), 1, 1, "number"),
    "pow": Plain(_real(_power), 2, 2, "number"),
    "sqrt": Plain(_real(math.sqrt), 1, 1, "number"),
    "exp": Plain(_real(math.exp), 1, 1, "number"),
    "exp10": Plain(_real(lambda number: math.pow(10.0, number)), 1, 1, "number"),
    "log": Plain(_real(_logarithm(math.log)), 1, 1, "number"),
    "log10": Plain(_real(_logarithm(math.log10)), 1, 1, "number"),
    "pi": Plain(lambda: math.pi, 0, 0, "number"),
    "selected": Plain(_selected, 2, 2, "boolean"),
    "is-selected": Plain(_selected, 2, 2, "boolean"),
    "selected-at": Plain(_selected_at, 2, 2, "string"),
    "count-selected": Plain(lambda value: float(len(to_text(value).split())), 1, 1, "number"),
    "contains": Plain(lambda text, part: to_text(part) in to_text(text), 2, 2, "boolean"),
    "starts-with": Plain(
        lambda text, part: to_text(text).startswith(to_text(part)), 2, 2, "boolean"
    ),
    "ends-with": Plain(lambda text, part: to_text(text).endswith(to_text(part)), 2, 2, "boolean"),
    "substr": Plain(_substr, 2, 3, "string"),
    "substring": Plain(_substring, 2, 3, "string"),
    "substring-before": Plain(_before, 2, 2, "string"),
    "substring-after": Plain(_after, 2, 2, "string"),
    "string-length": Plain(lambda value: float(len(to_text(value))), 1, 1, "number"),
    "normalize-space": Plain(lambda value: " ".join(to_text(value).split()), 1, 1, "string"),
    "translate": Plain(_translate, 3, 3, "string"),
}

ZONED: dict[str, Plain] = {
    "date": Plain(_date, 1, 1, "date"),
    "date-time": Plain(_date_time, 1, 1, "date"),
    "decimal-date-time": Plain(_decimal_date_time, 1, 1, "number"),
    "decimal-time": Plain(_decimal_time, 1, 1, "number"),
    "format-date": Plain(_format_date, 2, 2, "string"),
    "format-date-time": Plain(_format_date, 2, 2, "string"),
}
"""Functions that also take the office's time zone, before their values."""

OF_NODES: dict[str, OfNodes] = {
    "sum": OfNodes(_sum, 1, "number"),
    "min": OfNodes(_least, 1, "number"),
    "max": OfNodes(_greatest, 1, "number"),
    "concat": OfNodes(lambda values: "".join(map(to_text, values)), 1, "string"),
    "join": OfNodes(_join, 2, "string"),
    "count": OfNodes(lambda values: float(len(values)), 1, "number"),
    "count-non-empty": OfNodes(
        lambda values: float(sum(value != "" for value in values)), 1, "number"
    ),
}

IMPURE: frozenset[str] = frozenset({"random", "randomize", "uuid"})
"""Would make an interview impossible to replay."""
