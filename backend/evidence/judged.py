"""What a reviewer should know of a photo: signals, each with its number and its limit.

A signal is a hint to look twice; none decides alone and none is hidden by another. Pure; who has
a photo's id asks `signals.signals_of`. The limits were set on 35 real photographs that Python
packages ship, as they are and blurred, darkened and brightened (docs/evidence.md has the
figures); they are to be measured again on a pilot's own photos.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from backend.evidence.alike import SURELY, Alike, limit_for
from backend.evidence.looking import Look
from conversations.interview.advice import Advice

DARK: Final = 40.0
"""Mean grey (0 to 255) below which a photo is too dark. Of the 34 that are not of a night sky none
lies below 60; made five times darker, all but a white one lie below 35."""

BRIGHT: Final = 0.6
"""Share of pixels nearly white above which a photo is too bright. None of the 35 passes 0.15; made
2.5 times brighter, a third do: the others can still be read."""

BLURRED: Final = 30.0
"""Variance of the Laplacian at 320 pixels below which a photo is blurred. Of 30 sharp photos of
things none lies below 60; blurred by a hundred-and-sixtieth of their width, all lie below it."""

TINY: Final = 320
"""Shortest side in pixels below which a plate or a crack cannot be read. Telegram's photos have
1280 and the smallest that a chat sends on, a thumbnail, 320."""

TAKEN_BEFORE_DAYS: Final = 7
"""Days before the period's first day from which «long before» counts: a photo of the last day of
the month before is an honest one, and cameras' clocks are off by hours. Our choice."""

FAR_KM: Final = 10.0
"""Kilometres from the village's point beyond which a photo is far. Our choice: the hill communes
of the plans are 10 to 20 km across and a point is one house of the village."""

EARTH_KM: Final = 6_371.0


class Kind(StrEnum):
    """What a signal says."""

    SAME_FILE = "same_file"
    """The same bytes answer another question; number: how many others, limit 0."""
    ALIKE = "alike"
    """Nearly the same photo does; number: the least distance, in bits of both hashes."""
    TAKEN_BEFORE = "taken_before"
    """Days between the taking and the period's first day."""
    FAR = "far"
    """Kilometres from the village's point."""
    DARK = "dark"
    BRIGHT = "bright"
    BLURRED = "blurred"
    TINY = "tiny"
    """Shortest side in pixels."""
    SCREENSHOT = "screenshot"
    """A screen's exact size and no camera named: number 1, limit 0."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing to look at. `others` are ids of evidence that it is about, nearest first."""

    kind: Kind
    number: float
    limit: float
    others: tuple[int, ...] = ()


Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a photo is looked at beside; unknown things give no signal."""

    size: tuple[int, int]
    """Width and height as a person sees it."""
    period_begins: date | None = None
    zone: tzinfo = UTC
    """Of the period's first day; beside a limit of days its hours matter little."""
    village: Point | None = None


def signals(look: Look | None, others: Iterable[Alike], setting: Setting) -> list[Signal]:
    """Return what is to be looked at, the gravest first. `look` is None for what was not measured.

    `others` are uses of the same or a like photo without the one in question.
    """
    if look is None:
        return _used(others, SURELY)
    return [
        *_used(others, limit_for(look.strokes)),
        *_when_and_where(look, setting),
        *flaws(look, setting.size),
    ]


def flaws(look: Look, size: tuple[int, int]) -> list[Signal]:
    """Return what the picture itself shows: the signals that a sender can mend."""
    found: list[Signal] = []
    if look.screenshot:
        found.append(Signal(Kind.SCREENSHOT, 1, 0))
    if look.brightness < DARK:
        found.append(Signal(Kind.DARK, look.brightness, DARK))
    if look.bright > BRIGHT:
        found.append(Signal(Kind.BRIGHT, look.bright, BRIGHT))
    if look.sharpness < BLURRED:
        found.append(Signal(Kind.BLURRED, look.sharpness, BLURRED))
    if min(size) < TINY:
        found.append(Signal(Kind.TINY, min(size), TINY))
    return found


def advice(look: Look, size: tuple[int, int], *, again: bool) -> Advice | None:
    """Return the one thing that the sender is told; `again`: a photo like it is used already."""
    found = {Advice(flaw.kind.value) for flaw in flaws(look, size)}
    if again:
        found.add(Advice.AGAIN)
    return next((advice for advice in Advice if advice in found), None)


def kilometres(one: Point, other: Point) -> float:
    """Return the distance over the ground between two points."""
    (a, b), (c, d) = ((math.radians(p[0]), math.radians(p[1])) for p in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def taken_long_before(taken_at: datetime | None, setting: Setting) -> Signal | None:
    """Return the signal of a photo taken more than TAKEN_BEFORE_DAYS before the period."""
    if taken_at is None or setting.period_begins is None:
        return None
    begins = datetime.combine(setting.period_begins, time(), setting.zone)
    days = (begins - taken_at) / timedelta(days=1)
    if days <= TAKEN_BEFORE_DAYS:
        return None
    return Signal(Kind.TAKEN_BEFORE, round(days, 1), TAKEN_BEFORE_DAYS)


def _used(others: Iterable[Alike], limit: int) -> list[Signal]:
    same: list[int] = []
    near: list[Alike] = []
    for other in others:
        if other.same_file:
            same.append(other.evidence_id)
        elif other.distance <= limit:
            near.append(other)
    found: list[Signal] = []
    if same:
        found.append(Signal(Kind.SAME_FILE, len(same), 0, tuple(same)))
    if near:
        least: Sequence[Alike] = sorted(near, key=lambda a: (a.distance, a.evidence_id))
        ids = tuple(a.evidence_id for a in least)
        found.append(Signal(Kind.ALIKE, least[0].distance, limit, ids))
    return found


def _when_and_where(look: Look, setting: Setting) -> list[Signal]:
    found: list[Signal] = []
    if before := taken_long_before(look.taken_at, setting):
        found.append(before)
    if look.latitude is not None and look.longitude is not None and setting.village is not None:
        apart = kilometres((look.latitude, look.longitude), setting.village)
        if apart > FAR_KM:
            found.append(Signal(Kind.FAR, round(apart, 1), FAR_KM))
    return found
