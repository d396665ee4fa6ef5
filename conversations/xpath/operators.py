"""The operators of XPath 1.0 as closures over their operands."""

from __future__ import annotations

import math
from collections.abc import Callable

from conversations.xpath.scope import Part, Run, Scope
from conversations.xpath.values import NAN, Value, equal, to_number, to_text


def equality(left: Part, right: Part, *, negated: bool) -> Run:
    """Return the closure of `=`, or of `!=` when negated."""
    a, b = left.run, right.run
    if isinstance(right.literal, str) and left.kind == "string":
        text = right.literal
        if negated:
            return lambda s: to_text(a(s)) != text
        return lambda s: to_text(a(s)) == text
    if negated:
        return lambda s: not equal(a(s), b(s))
    return lambda s: equal(a(s), b(s))


def _less(a: Run, b: Run) -> Run:
    return lambda s: to_number(a(s)) < to_number(b(s))


def _at_most(a: Run, b: Run) -> Run:
    return lambda s: to_number(a(s)) <= to_number(b(s))


def _more(a: Run, b: Run) -> Run:
    return lambda s: to_number(a(s)) > to_number(b(s))


def _at_least(a: Run, b: Run) -> Run:
    return lambda s: to_number(a(s)) >= to_number(b(s))


def _plus(a: Run, b: Run) -> Run:
    return lambda s: to_number(a(s)) + to_number(b(s))


def _minus(a: Run, b: Run) -> Run:
    return lambda s: to_number(a(s)) - to_number(b(s))


def _times(a: Run, b: Run) -> Run:
    return lambda s: to_number(a(s)) * to_number(b(s))


def _divided(a: Run, b: Run) -> Run:
    def run(scope: Scope) -> Value:
        top, bottom = to_number(a(scope)), to_number(b(scope))
        if bottom != 0:
            return top / bottom
        if top == 0 or math.isnan(top):
            return NAN
        return math.copysign(math.inf, top) * math.copysign(1.0, bottom)

    return run


def _remainder(a: Run, b: Run) -> Run:
    def run(scope: Scope) -> Value:
        top, bottom = to_number(a(scope)), to_number(b(scope))
        return NAN if bottom == 0 or math.isinf(top) else math.fmod(top, bottom)

    return run


COMPARISONS: dict[str, Callable[[Run, Run], Run]] = {
    "<": _less,
    "<=": _at_most,
    ">": _more,
    ">=": _at_least,
}
ARITHMETIC: dict[str, Callable[[Run, Run], Run]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "div": _divided,
    "mod": _remainder,
}
