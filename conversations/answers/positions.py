"""A position typed by hand: «14.35, 107.6» in degrees (WGS 84)."""

from __future__ import annotations

import math
import re

from conversations.answers import words
from conversations.answers.reading import UNKNOWN, Problem, Reading, Understood
from conversations.text import Text, fold

_POINT = re.compile(
    r"^\(?\s*(-?\d{1,3}\.\d{1,10})\s*[,; ]\s*(-?\d{1,3}\.\d{1,10})\s*\)?$"
    r"|^\(?\s*(-?\d{1,3},\d{1,10})\s*[; ]\s*(-?\d{1,3},\d{1,10})\s*\)?$"
)
_MAX_LATITUDE, _MAX_LONGITUDE = 90.0, 180.0


def read_position(text: str, *, unknown_ok: bool = False) -> Reading:
    """Understand latitude and longitude in degrees with decimals."""
    if words.UNKNOWN.match(fold(text)) and unknown_ok:
        return UNKNOWN
    found = _POINT.match(text.strip())
    if not found:
        return Problem(Text("Please send your position, or type it like this: 14.35, 107.60."))
    latitude, longitude = (g.replace(",", ".") for g in found.groups() if g)
    return position(float(latitude), float(longitude))


def position(latitude: float, longitude: float, accuracy: float = 0.0) -> Reading:
    """Return the XForm string of a position, or a Problem for one that is not on Earth."""
    if not (abs(latitude) <= _MAX_LATITUDE and abs(longitude) <= _MAX_LONGITUDE):
        return Problem(Text("This position is not on the map. Please send it again."))
    metres = accuracy if math.isfinite(accuracy) and accuracy > 0 else 0.0
    return Understood(f"{_plain(latitude)} {_plain(longitude)} 0 {_plain(round(metres, 1))}")


def _plain(value: float) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")
