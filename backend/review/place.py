"""Where a photo was taken, seen from a village's own point: metres, and a direction in words.

Pure. No map from outside is asked: nobody else learns what the office looks at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from backend.evidence.judged import kilometres
from conversations.text import N_, Text

WINDS: Final = (
    N_("to the north"),
    N_("to the north-east"),
    N_("to the east"),
    N_("to the south-east"),
    N_("to the south"),
    N_("to the south-west"),
    N_("to the west"),
    N_("to the north-west"),
)
BESIDE: Final = 20
"""Metres under which no direction is told: telephones are not that exact."""
KILOMETRE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float

    @property
    def shown(self) -> str:
        """Return the point as maps take it: «14.12345, 107.54321» (about a metre)."""
        return f"{self.latitude:.5f}, {self.longitude:.5f}"


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo's point from a village's: metres, and degrees clockwise from north."""

    metres: float
    bearing: float


def seen_from(village: Point, photo: Point) -> Seen:
    """Return how far and in which direction a photo lies (great circle)."""
    a, b = math.radians(village.latitude), math.radians(photo.latitude)
    east = math.radians(photo.longitude - village.longitude)
    bearing = math.atan2(
        math.sin(east) * math.cos(b),
        math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(east),
    )
    apart = kilometres((village.latitude, village.longitude), (photo.latitude, photo.longitude))
    return Seen(apart * KILOMETRE, math.degrees(bearing) % 360)


def in_words(seen: Seen) -> Text:
    """Return «cách điểm của thôn 1,2 km về phía đông bắc»."""
    if seen.metres < BESIDE:
        return Text("at the village's own point")
    wind = Text(WINDS[round(seen.bearing / 45) % 8])
    if seen.metres < KILOMETRE:
        metres = round(seen.metres, -1)
        return Text(
            "{metres} m from the village's own point, {wind}", {"metres": int(metres), "wind": wind}
        )
    kilometres = f"{seen.metres / KILOMETRE:.1f}".replace(".", ",")
    return Text(
        "{kilometres} km from the village's own point, {wind}",
        {"kilometres": kilometres, "wind": wind},
    )


def on_drawing(seen: Seen, radius: float) -> tuple[float, float]:
    """Return where to draw the photo around (0, 0), east and south positive, inside a circle.

    The circle's edge is the distance itself, so the drawing shows the direction and the words
    tell how far.
    """
    turn = math.radians(seen.bearing)
    return round(radius * math.sin(turn), 1), round(-radius * math.cos(turn), 1)
