"""Numbers as a village head types them (vi_VN: a dot separates thousands, a comma decimals)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from conversations.answers import words
from conversations.answers.number_words import spoken_number
from conversations.answers.plain import without_pictures
from conversations.answers.reading import UNKNOWN, Problem, Reading, Understood
from conversations.limits import MAX_NUMBER_DIGITS
from conversations.text import Text, fold

MAX_DECIMALS = 6
"""Most digits after the comma; what is stored keeps six."""

_WIDE = str.maketrans(
    {chr(0xFF10 + d): str(d) for d in range(10)}
    | {"．": ".", "，": ",", "－": "-", "−": "-", "–": "-", "～": "~", "\u00a0": " "}
)
_PLAIN = re.compile(r"^-?\d+$")
_GROUPED = re.compile(r"^-?[1-9]\d{0,2}(?:\.\d{3})+$")
_COMMA = re.compile(r"^-?\d+,\d+$")
_GROUPED_COMMA = re.compile(r"^-?[1-9]\d{0,2}(?:\.\d{3})+,\d+$")
_COMMA_GROUP = re.compile(r"^-?[1-9]\d{0,2},\d{3}$")
_DOT = re.compile(r"^-?\d+\.\d+$")
_RANGE = re.compile(r"^~?\d[\d.,]*\s*(?:-|/|den|toi|hoac|hay|to|or)\s*\d[\d.,]*\D*$")

_SPACED = re.compile(r"^[1-9]\d{0,2}(?: \d{3})+$")


def read_number(
    text: str,
    *,
    whole: bool,
    unit: str = "",
    also: Sequence[str] = (),
    unknown_ok: bool = False,
) -> Reading:
    """Understand one number.

    Nothing is guessed: «1.5» comes back as a Problem that names both readings, and «500 người» to
    a question that counts something else as one that names what is asked for. A negative number
    is understood; the form's own constraint judges it.

    Args:
        text: as it was typed.
        whole: an integer is asked for.
        unit: what the number counts, as people read it; "" takes any usual unit word.
        also: the same in other languages.
        unknown_ok: «không rõ» is an answer.

    """
    text = without_pictures(text).translate(_WIDE)
    folded = fold(text)
    if words.UNKNOWN.match(folded):
        if unknown_ok:
            return UNKNOWN
        return Problem(Text("This question needs a number. Not sure? Send it like this: about 50."))
    if words.NONE.match(folded) and _as_spelt(text, words.NONE_SPELT):
        return Understood("0")
    if words.ALL.match(folded):
        return Problem(_how_many(text))
    units = words.same_units(unit, *also) if unit else words.UNITS
    answer = _bare(text, units)
    core = [fold(word) for word in answer.core]
    if len(core) == 1 and words.PHONE.match(core[0].replace(".", "")):
        return Problem(Text("This looks like a telephone number. Please send the count asked for."))
    reading = _read_digits(core[0], whole=whole) if len(core) == 1 else None
    if reading is None:
        said_in_words = spoken_number(answer.core, counted=answer.counted)
        if isinstance(said_in_words, tuple):
            return _two_readings(*(_grouped(n) for n in said_in_words))
        if said_in_words is None:
            return Problem(_why_not(core, unit))
        reading = Understood(str(said_in_words))
    if isinstance(reading, Understood):
        return Understood(reading.value, estimate=answer.estimate)
    return reading


def _as_spelt(text: str, spelt: Collection[str]) -> bool:
    """Say whether the words that carry marks carry the right ones."""
    tokens = (w.strip(".!") for w in text.casefold().split())
    return all(w.isascii() or w in spelt for w in tokens)


def _how_many(text: str) -> Text:
    if "het" not in fold(text):
        return Text("How many is that? Please send the number, for example 95.")
    return Text(
        "“{words}” may mean all, or none left. Please send the number; none is 0.",
        {"words": text.strip(" .!")[:40]},
    )


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _why_not(core: list[str], unit: str) -> Text:
    joined = " ".join(core)
    if _RANGE.match(joined):
        return Text("Please choose one number. Not sure? Send it like this: about 50.")
    if _SPACED.match(joined):
        return Text(
            "Is it {number}? Then please send it without a space: {plain}.",
            {"number": joined.replace(" ", "."), "plain": joined.replace(" ", "")},
        )
    numbers = sum(any(c.isdigit() for c in token) for token in core)
    if numbers > 1:
        return Text("I see several numbers. Please send one number, for example 95.")
    if not numbers:
        return Text("Please answer with a number, for example 95. If there is none, send 0.")
    if unit and len(core) > 1 and core[0][0].isdigit():
        return Text(
            "This question counts: {unit}. Please send that number, for example: 95 {unit}.",
            {"unit": unit},
        )
    return Text("I could not read this number. Please send only the number, for example 95.")


def number_param(value: str) -> int | Decimal:
    """Return an XForm number as a value that the catalogue formats for the reader."""
    number = Decimal(value)
    return int(number) if number == number.to_integral_value() else number.normalize()


class _Bare(NamedTuple):
    """An answer without what says nothing about its number."""

    core: list[str]
    """Words in lower case, with their marks."""
    counted: bool
    """A unit followed."""
    estimate: bool


def _bare(text: str, units: Collection[str]) -> _Bare:
    """Take units, courtesy, stops and words of estimating from around a number."""
    spaced = re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)|(?<=[~≈])(?=.)", " ", text)
    core = [bare for w in spaced.casefold().split() if (bare := w.rstrip("!.,;…"))]
    estimate, counted = _cut_tail(core, units)
    while len(core) > 1:
        head = fold(core[0])
        if words.is_one_of(core[0], words.ESTIMATE) or core[0] == words.ESTIMATE_MARKED:
            unclear = head == words.EIGHT_OR_ABOUT and core[0] != words.ABOUT_MARKED
            if unclear and not core[1][0].isdigit():
                break  # the number words decide
            estimate = True
        elif not (head in words.FILLERS or (estimate and head in words.ESTIMATE_MORE)):
            break
        del core[0]
    return _Bare(core, counted, estimate)


def _cut_tail(core: list[str], units: Collection[str]) -> tuple[bool, bool]:
    """Take units and courtesy off the end; say whether there was «gì đó», and whether a unit."""
    estimate = counted = False
    while len(core) > 1:
        tail = fold(core[-1])
        ending = fold(" ".join(core[-2:]))
        if ending in words.ESTIMATE_AFTER:
            estimate = True
            del core[-2:]
        elif ending in units and len(core) > 2:  # noqa: PLR2004  (a number and two words)
            counted = True
            del core[-2:]
        elif tail in units or tail in words.FILLERS_AFTER:
            counted = counted or tail in units
            del core[-1]
        elif tail == "dan" and fold(core[-2]) in units:
            del core[-1]  # «hộ dân»; «500 dân» counts people
        elif core[-1] == words.COURTESY_OR_HOUSE and len(core) > 2:  # noqa: PLR2004  (it follows a unit)
            del core[-1]
        else:
            break
    return estimate, counted


def _read_digits(token: str, *, whole: bool) -> Reading | None:
    if _PLAIN.match(token):
        return _bounded(token, whole=whole)
    if _GROUPED.match(token):
        return _bounded(token.replace(".", ""), whole=whole)
    if _COMMA_GROUP.match(token):
        return _two_readings(token.rstrip("0"), token.replace(",", "."))
    if _COMMA.match(token) or _GROUPED_COMMA.match(token):
        return _bounded(token.replace(".", "").replace(",", "."), whole=whole)
    if _DOT.match(token):
        return _two_readings(token.replace(".", ","), token.replace(".", "").lstrip("0") or "0")
    return None


def _two_readings(first: str, second: str) -> Problem:
    return Problem(
        Text(
            "Is it {first} or {second}? Please send the number again.",
            {"first": first.rstrip(","), "second": second},
        )
    )


def _bounded(token: str, *, whole: bool) -> Reading:
    before, _, after = token.lstrip("-").partition(".")
    if len(before.lstrip("0")) > MAX_NUMBER_DIGITS or len(after) > MAX_DECIMALS:
        return Problem(Text("This number is too long. Please look at it again."))
    number = Decimal(token)
    if number == number.to_integral_value():
        return Understood(str(int(number)))
    if whole:
        return Problem(Text("This question needs a whole number, for example 95."))
    return Understood(str(number.normalize()))
