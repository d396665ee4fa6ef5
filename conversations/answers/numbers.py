"""Numbers as a village head types them (vi_VN: a dot separates thousands, a comma decimals)."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from conversations.answers import words
from conversations.answers.number_words import spoken_number
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


def read_number(text: str, *, whole: bool, unit: str = "", unknown_ok: bool = False) -> Reading:
    """Understand one number; `whole` asks for an integer, `unit` is one more unit word (folded).

    Nothing is guessed: «1.5» comes back as a Problem that names both readings. A negative number
    is understood; the form's own constraint judges it.
    """
    text = text.translate(_WIDE)
    folded = fold(text)
    if words.UNKNOWN.match(folded):
        if unknown_ok:
            return UNKNOWN
        return Problem(Text("This question needs a number. Not sure? Send it like this: about 50."))
    if words.NONE.match(folded):
        return Understood("0")
    core, marked, estimate = _bare(text, unit)
    reading = _read_digits(core[0], whole=whole) if len(core) == 1 else None
    if reading is None:
        spoken = spoken_number(core, marked)
        if spoken is None:
            return Problem(_why_not(core))
        reading = Understood(str(spoken))
    if isinstance(reading, Understood):
        return Understood(reading.value, estimate=estimate)
    return reading


def _why_not(core: list[str]) -> Text:
    if _RANGE.match(" ".join(core)):
        return Text("Please choose one number. Not sure? Send it like this: about 50.")
    if sum(any(c.isdigit() for c in token) for token in core) > 1:
        return Text("I see several numbers. Please send one number, for example 95.")
    if not any(c.isdigit() for token in core for c in token):
        return Text("Please answer with a number, for example 95. If there is none, send 0.")
    return Text("I could not read this number. Please send only the number, for example 95.")


def number_param(value: str) -> int | Decimal:
    """Return an XForm number as a value that the catalogue formats for the reader."""
    number = Decimal(value)
    return int(number) if number == number.to_integral_value() else number.normalize()


def _bare(text: str, unit: str) -> tuple[list[str], list[str], bool]:
    """Split into folded and marked words without units, fillers and words of estimating."""
    spaced = re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)|(?<=[~≈])(?=.)", " ", text)
    marked = unicodedata.normalize("NFC", spaced).casefold().split()
    core = [fold(w) for w in marked]
    estimate = False
    for ending in words.ESTIMATE_AFTER:
        if core[-2:] == ending.split():
            del core[-2:], marked[-2:]
            estimate = True
    units = words.UNITS | {unit} if unit else words.UNITS
    while len(core) > 1 and (core[-1] in units or core[-1] in words.FILLERS_AFTER):
        del core[-1], marked[-1]
    if core and (tail := core[-1].rstrip("!.;")):
        core[-1] = tail
    while len(core) > 1:
        head = core[0]
        if head in words.ESTIMATE or marked[0] == words.ESTIMATE_MARKED:
            unclear = head == words.EIGHT_OR_ABOUT and marked[0] != words.ABOUT_MARKED
            if unclear and not core[1][0].isdigit():
                break  # the number words decide
            estimate = True
        elif not (head in words.FILLERS or (estimate and head in words.ESTIMATE_MORE)):
            break
        del core[0], marked[0]
    return core, marked, estimate


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
