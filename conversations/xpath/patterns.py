"""Patterns of regex() that cannot freeze the process.

A backtracking matcher needs exponential time for `(a+)+$`, and a form's author can write that
unknowingly. Here a pattern is walked with the set of all places that it can have reached, so that
the time grows with the text and the pattern only. What one character matches is left to `re`.
What needs backtracking (references to groups, looking around) is refused.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from conversations.limits import MAX_TEXT_CHARS
from conversations.text import N_, Param, Text

MAX_TEXT: Final = MAX_TEXT_CHARS
"""A longer text, which no answer is, matches nothing."""
MAX_REPEATS: Final = MAX_TEXT_CHARS
_MAX_NESTING: Final = 6
_MAX_WEIGHT: Final = (2000, 2000, 100)
"""Most steps at one place of the text, by how many repeats stand inside each other."""
_REPEAT: Final = re.compile(r"\{(\d*)(?:(,)(\d*))?\}", re.ASCII)
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|0|.)", re.DOTALL)
_BETWEEN: Final = frozenset({"^", "$", r"\b", r"\B", r"\A", r"\Z"})

Places: TypeAlias = "frozenset[int]"
Walk: TypeAlias = "Callable[[str, Places], Places]"
"""From the places in a text where a part may begin to those where it may end."""


class _Part(NamedTuple):
    walk: Walk
    nested: int = 0
    """How many repeats it has inside each other."""
    weight: int = 1
    """How many steps it takes at one place."""


class PatternError(ValueError):
    """A pattern that cannot be read, or needs what is not supported; `reason` is half a sentence."""

    def __init__(self, msgid: str, **params: Param) -> None:
        super().__init__(msgid.format_map(params))
        self.reason = Text(msgid, params)


_OF_PYTHON: Final = (
    (r"nothing to repeat|multiple repeat", N_("nothing stands before a repeat such as * or +")),
    (r"bad escape (.+?)(?: at|$)", N_("{mark} is not supported")),
    (r"bad character range (.+?)(?: at|$)", N_("the range {mark} runs backwards")),
    (r"min repeat greater", N_("the least number of repeats is above the most")),
    (r"unterminated character set", N_("{mark} is not closed")),
)
"""What Python's `re` says, and our words for it."""


def _in_ours(error: str) -> PatternError:
    for pattern, msgid in _OF_PYTHON:
        if found := re.match(pattern, error):
            return PatternError(msgid, mark=found[1] if found.lastindex else "[")
    return PatternError(N_("in English “{error}”"), error=error)


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what says whether a whole text matches; escapes name ASCII only.

    Raises:
        PatternError: with the reason.

    """
    walk = _Reader(pattern).read()
    _compiled(pattern)  # the judge of what `_Reader` is lenient about

    def matches(text: str) -> bool:
        return len(text) <= MAX_TEXT and len(text) in walk(text, frozenset({0}))

    return matches


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # «[[a]» is what it looks like
            return re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise _in_ours(str(error)) from error


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def read(self) -> Walk:
        walk = self.alternatives(0).walk
        if self.at < len(self.pattern):
            raise PatternError(N_("a bracket ) stands there without its ("))
        return walk

    def alternatives(self, depth: int) -> _Part:
        if depth > _MAX_NESTING:
            raise PatternError(N_("more than {most} groups inside each other"), most=_MAX_NESTING)
        found = [self.sequence(depth)]
        while self.pattern[self.at : self.at + 1] == "|":
            self.at += 1
            found.append(self.sequence(depth))
        if len(found) == 1:
            return found[0]
        walks = [part.walk for part in found]
        return _weighed(
            lambda text, at: frozenset[int]().union(*(walk(text, at) for walk in walks)),
            max(part.nested for part in found),
            sum(part.weight for part in found),
        )

    def sequence(self, depth: int) -> _Part:
        parts: list[_Part] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self.part(depth))
        walks = [part.walk for part in parts]

        def run(text: str, at: Places) -> Places:
            for walk in walks:
                if not at:
                    break
                at = walk(text, at)
            return at

        nested = max((part.nested for part in parts), default=0)
        return _weighed(run, nested, sum(part.weight for part in parts))

    def part(self, depth: int) -> _Part:
        part = self.group(depth) if self.pattern[self.at] == "(" else _Part(self.one())
        bounds = self.bounds()
        if bounds is None:
            return part
        least, most = bounds
        repeated = _repeated(part.walk, least, most)
        return _weighed(repeated, part.nested + 1, part.weight * (least + 1))

    def group(self, depth: int) -> _Part:
        self.at += 1
        if self.pattern.startswith("?:", self.at):
            self.at += 2
        elif self.pattern[self.at : self.at + 1] == "?":
            raise PatternError(
                N_("{mark} is not supported"), mark=f"(?{self.pattern[self.at + 1 : self.at + 2]}"
            )
        part = self.alternatives(depth + 1)
        if self.pattern[self.at : self.at + 1] != ")":
            raise PatternError(N_("{mark} is not closed"), mark="(")
        self.at += 1
        return part

    def one(self) -> Walk:
        """Read one character, class or place between characters."""
        start = self.at
        if self.pattern[start] in "[\\":
            shape = _CLASS if self.pattern[start] == "[" else _ESCAPE
            found = shape.match(self.pattern, start)
            if not found:
                raise PatternError(N_("{mark} is not closed"), mark=self.pattern[start])
            token = found[0]
        else:
            token = self.pattern[start]
        if token[0] == "\\" and token[1:2] in set("123456789"):
            raise PatternError(N_("{mark} is not supported"), mark=token)
        self.at = start + len(token)
        match = _compiled(token).match
        step = 0 if token in _BETWEEN else 1
        return lambda text, at: frozenset(p + step for p in at if match(text, p))

    def bounds(self) -> tuple[int, int | None] | None:
        """Read how often the part before may stand here; None when nothing says it."""
        sign = self.pattern[self.at : self.at + 1]
        if sign in {"*", "+", "?"}:
            self.at += 1
            found: tuple[int, int | None] = (int(sign == "+"), 1 if sign == "?" else None)
        else:
            braces = _REPEAT.match(self.pattern, self.at)
            if not braces or braces[0] in {"{}", "{,}"}:
                return None
            self.at = braces.end()
            least = int(braces[1] or 0)
            most = int(braces[3]) if braces[3] else None
            found = (least, most if braces[2] else least)
        if max(found[0], found[1] or 0) > MAX_REPEATS:
            raise PatternError(N_("more than {most} repeats"), most=MAX_REPEATS)
        if self.pattern[self.at : self.at + 1] == "?":
            self.at += 1  # a lazy one: whether the whole text matches is the same
        return found


def _weighed(walk: Walk, nested: int, weight: int) -> _Part:
    if nested >= len(_MAX_WEIGHT):
        raise PatternError(
            N_("more than {most} repeats inside each other"), most=len(_MAX_WEIGHT) - 1
        )
    if weight > _MAX_WEIGHT[nested]:
        raise PatternError(N_("it takes too many steps"))
    return _Part(walk, nested, weight)


def _repeated(walk: Walk, least: int, most: int | None) -> Walk:
    def run(text: str, at: Places) -> Places:
        for _ in range(least):
            further = walk(text, at)
            if further == at:
                break
            at = further
        seen = new = at
        done = least
        while new and (most is None or done < most):
            new = walk(text, new) - seen
            seen |= new
            done += 1
        return seen

    return run
