"""Numbers as people read them. Rounding never changes what a number says."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal

from locales import Catalog

MOST_DIGITS = 4
"""Digits after the comma beyond which a rate is cut towards its true side instead."""


def shown_rate(rate: Decimal, threshold: Decimal | None, catalog: Catalog) -> str:
    """Return a rate in percent, rounded by `rounded_rate`: «94,0%»."""
    shown = rounded_rate(rate, threshold)
    return percent(shown, -int(shown.as_tuple().exponent), catalog)


def rounded_rate(rate: Decimal, threshold: Decimal | None) -> Decimal:
    """Return a rate in percent with one decimal.

    More decimals are kept where rounding would cross the threshold, 0 or 100: 94.96 beside
    a threshold of 95 is 94.96, never 95.0.
    """
    lines = [Decimal(0), Decimal(100)] + ([threshold] if threshold is not None else [])
    for digits in range(1, MOST_DIGITS + 1):
        shown = _rounded(rate, digits, ROUND_HALF_UP)
        if all(_side(shown, line) == _side(rate, line) for line in lines):
            return shown
    return _rounded(rate, MOST_DIGITS, ROUND_FLOOR)


def percent(value: Decimal, digits: int, catalog: Catalog) -> str:
    """Return a percentage with exactly `digits` decimals."""
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=catalog.lang) + "%"


def shown_number(value: Decimal, catalog: Catalog) -> str:
    """Return a count or amount without needless zeros: 17, «1.234,5»."""
    whole = value.to_integral_value()
    return catalog.number(int(whole) if whole == value else value.normalize())


def shown_threshold(threshold: Decimal, *, of_rate: bool, catalog: Catalog) -> str:
    """Return a threshold as its source writes it: «95%», or the bare count."""
    return shown_number(threshold, catalog) + ("%" if of_rate else "")


def _rounded(value: Decimal, digits: int, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=rounding)


def _side(value: Decimal, line: Decimal) -> int:
    return (value > line) - (value < line)
