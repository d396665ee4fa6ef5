"""Which texts are values of a question's type: what a form offers is kept only if it is one.

A default, a calculation, or last period's value of a question that changed its type may hold any
text. Answers that a person types are read elsewhere and fit already.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from conversations.forms.model import QuestionType
from conversations.limits import MAX_NUMBER_DIGITS, MAX_TEXT_CHARS
from conversations.xpath.values import date_of_text

_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_LONGEST_NUMBER: Final = 60
_DEGREES: Final = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?", re.ASCII)
_LATITUDE_AND_LONGITUDE: Final = 2
_PARTS_OF_A_POSITION: Final = 4
_MOST_DEGREES: Final = (90, 180)
_STEP: Final = Decimal("0.000001")
"""What is stored keeps six decimals."""


def fitted(kind: QuestionType, text: str) -> str:
    """Return a text as a question of this type keeps it; "" when it is no value of the type.

    Whether it is among the choices of a select is not looked at. A photo fits nowhere: it has to
    be taken. Never raises, whatever the text.
    """
    match kind:
        case QuestionType.INTEGER:
            number = _number(text)
            whole = number is not None and number == number.to_integral_value()
            return str(int(number)) if number is not None and whole else ""
        case QuestionType.DECIMAL:
            number = _number(text)
            return "" if number is None else _plain(number)
        case QuestionType.DATE:
            day = date_of_text(text)
            if isinstance(day, datetime):
                day = day.date()
            return day.isoformat() if day else ""
        case QuestionType.GEOPOINT:
            return _position(text)
        case QuestionType.SELECT_ONE:
            return text.strip() if len(text.split()) == 1 else ""
        case QuestionType.SELECT_MULTIPLE:
            return " ".join(dict.fromkeys(text.split()))
        case QuestionType.IMAGE:
            return ""
        case QuestionType.TEXT:
            return text if len(text) <= MAX_TEXT_CHARS else ""
    return text


def computed(kind: QuestionType, text: str) -> str:
    """Return what a form computed for a question that nobody answers, "" if it is of no use.

    As `fitted`, but a number is kept as it is and may be longer than what people type.
    """
    if kind in {QuestionType.INTEGER, QuestionType.DECIMAL}:
        return text if is_number(text) else ""
    return fitted(kind, text)


def is_number(text: str) -> bool:
    """Say whether a text writes a number, as XPath has them."""
    return len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text.strip()) is not None


def _number(text: str) -> Decimal | None:
    text = text.strip()
    if not is_number(text):
        return None
    number = Decimal(text)
    return number if abs(number) < Decimal(10) ** MAX_NUMBER_DIGITS else None


def _plain(number: Decimal) -> str:
    shown = f"{number.quantize(_STEP):f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def _position(text: str) -> str:
    parts = text.split()
    if not _LATITUDE_AND_LONGITUDE <= len(parts) <= _PARTS_OF_A_POSITION:
        return ""
    on_earth = all(
        _DEGREES.fullmatch(part) and abs(Decimal(part)) <= most
        for part, most in zip(parts, _MOST_DEGREES, strict=False)
    )
    measured = all(_number(part) is not None for part in parts[_LATITUDE_AND_LONGITUDE:])
    return " ".join(parts) if on_earth and measured else ""
