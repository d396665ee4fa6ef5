"""What a photo looks like, in numbers: hashes, sharpness, light, a screenshot, when and where.

Pure, and part of the one pass that `check.examine` makes: all is measured on one small grey
picture (longest side LOOK_SIDE, already upright), so it costs about two milliseconds whatever
was sent. The numbers say nothing of what is shown; limits are in `signals`.

The perceptual hash is the one of the literature: 32 x 32 grey, a cosine transform, the 8 x 8
lowest frequencies, each bit whether one is above their median. It is made in a fifth of a
millisecond of plain Python, because the loop that answers everybody waits for such code.

Position. Where the plan in force keeps positions, the point that the camera wrote is kept with
the numbers. Where it does not, nothing of it is: no point, no distance, no class of distance. A
distance from a known village is still a place, the file is not yet bound to a village when it is
looked at, and several villages may send the same file. The time of taking is kept in both cases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from operator import lt, mul
from struct import iter_unpack
from typing import Any, Final

from PIL import Image, ImageChops, ImageFilter

from backend.evidence.position import EXIF_IFD, GPS_IFD, TAKEN, TAKEN_OFFSET

VERSION: Final = 4
"""Of the way of measuring: raised when any number would come out differently."""

LOOK_SIDE: Final = 320
"""Longest side of what is measured. At full size a hash costs ten times as much and sees no more."""

GRID: Final = 32
LOWEST: Final = 8
DARK_BELOW: Final = 32
"""A pixel below this (of 255) is nearly black: nothing can be told apart there on a phone."""
BRIGHT_FROM: Final = 250
"""A pixel from here on is nearly white: the sensor was full."""
FLAT: Final = 4.0
"""Standard deviation of grey below which a picture shows nothing; its hash would be noise."""

FARTHEST: Final = timedelta(hours=14)
"""No place's time is farther from UTC."""

MODEL: Final = 0x0110
MAKE: Final = 0x010F
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No phone took photos before; a clock never set says 1970 or 1980."""

SCREENS: Final = frozenset(
    {
        (720, 1280), (720, 1440), (720, 1520), (720, 1560), (720, 1600), (720, 1612),
        (750, 1334), (828, 1792), (1080, 1920), (1080, 2160), (1080, 2220), (1080, 2240),
        (1080, 2280), (1080, 2300), (1080, 2310), (1080, 2340), (1080, 2400), (1080, 2408),
        (1080, 2412), (1080, 2460), (1125, 2436), (1170, 2532), (1179, 2556), (1206, 2622),
        (1220, 2712), (1242, 2208), (1242, 2688), (1284, 2778), (1290, 2796), (1320, 2868),
        (1440, 2560), (1440, 2960), (1440, 3040), (1440, 3088), (1440, 3120), (1440, 3200),
    }
)  # fmt: skip
"""Screens of common phones, upright, in pixels. Cameras' pictures are 4:3, or 16:9 at 1080 x 1920
and 720 x 1280, which therefore count only in a PNG."""
ALSO_CAMERAS: Final = frozenset({(720, 1280), (1080, 1920), (1440, 2560)})

_COSINES: Final = [
    [round(math.cos(math.pi * k * (2 * i + 1) / (2 * GRID)) * (1 << 16)) for i in range(GRID)]
    for k in range(LOWEST)
]
"""In whole numbers: what cancels out does so exactly, on every machine."""
_LANE: Final = 4
"""Bytes for each column of a row of the grid in one number: 32 x 255 x 2^16 needs 30 bits."""
_ZERO: Final = 1 << 31
_ZEROS: Final = sum(_ZERO << 8 * _LANE * column for column in range(GRID))
_FEWER_TAPS: Final = 3.0
"""`reducing_gap`: averaged to three times the size and then resampled, at a third of the price."""
_ALL_GREYS: Final = range(256)
_MIDDLE: Final = 128
_AROUND: Final = ImageFilter.BoxBlur(4)
_SQUARES: Final = [grey * grey for grey in _ALL_GREYS]
_LAPLACE: Final = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@dataclass(frozen=True, slots=True)
class Look:
    """What was measured. Shares are 0 to 1, grey is 0 to 255, hashes are 64 bits unsigned."""

    phash: int | None
    """None for a picture without detail: it would be like every other such picture."""
    dhash: int | None
    sharpness: float
    """Variance of the Laplacian of the small picture."""
    brightness: float
    contrast: float
    dark: float
    bright: float
    strokes: float = 0.0
    """How much further pixels are darker than what is around them than lighter (skewness): above 0
    for dark strokes on a light ground, as writing on paper is."""
    screenshot: bool = False
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a camera wrote beside the picture, read before anything is taken out."""

    camera: bool = False
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


NOTHING_WRITTEN: Final = Written()


def enough(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size at which a JPEG may be decoded, in grey, for no more than its numbers.

    Only by a whole part of what `look_at` would make it smaller by: then the numbers are nearly
    those of the whole picture (docs/evidence.md).
    """
    smaller = max(1, max(size) // LOOK_SIDE)
    scale = next((scale for scale in (4, 2) if smaller % scale == 0), 1)
    return max(1, size[0] // scale), max(1, size[1] // scale)


def look_at(small: Image.Image, size: tuple[int, int], kind: str, written: Written) -> Look:
    """Measure an upright picture, RGB or grey, of at least LOOK_SIDE or whole.

    `size` is of the original as seen, `kind` Pillow's format.
    """
    # Grey first: to average three colours costs more than to make each pixel grey.
    grey = small.convert("L").reduce(max(1, max(small.size) // LOOK_SIDE))
    grey.thumbnail((LOOK_SIDE, LOOK_SIDE), Image.Resampling.BILINEAR)
    counts = grey.histogram()
    pixels = grey.width * grey.height
    mean, variance = _mean_and_variance(counts)
    contrast = math.sqrt(variance)
    flat = contrast < FLAT
    return Look(
        phash=None if flat else phash(grey),
        dhash=None if flat else dhash(grey),
        sharpness=round(_sharpness(grey), 2),
        brightness=round(mean, 2),
        contrast=round(contrast, 2),
        dark=round(sum(counts[:DARK_BELOW]) / pixels, 4),
        bright=round(sum(counts[BRIGHT_FROM:]) / pixels, 4),
        strokes=0.0 if flat else round(_strokes(grey), 2),
        screenshot=is_screenshot(size, kind, camera=written.camera),
        taken_at=written.taken_at,
        latitude=written.latitude,
        longitude=written.longitude,
    )


def phash(grey: Image.Image) -> int:
    """Return the perceptual hash of a grey picture: near pictures differ in few of 64 bits."""
    lowest = _lowest_frequencies(_shrunk(grey, GRID, GRID))
    middle = sorted(lowest)
    median_twice = middle[31] + middle[32]
    return _bits(2 * value > median_twice for value in lowest)


def dhash(grey: Image.Image) -> int:
    """Return the hash of which neighbour is brighter: a hint only, it takes forms for each other."""
    cells = _shrunk(grey, 9, 8)
    brighter = list(map(lt, cells, cells[1:]))
    return _bits(flag for y in range(8) for flag in brighter[9 * y : 9 * y + 8])


def _shrunk(grey: Image.Image, width: int, height: int) -> bytes:
    resampling = Image.Resampling.LANCZOS
    return grey.resize((width, height), resampling, reducing_gap=_FEWER_TAPS).tobytes()


def _lowest_frequencies(cells: bytes) -> list[int]:
    """Return the 8 x 8 lowest frequencies of the grid, row by row, each times 2^32.

    A row of the grid is one large number with a lane for each column, so one sum of products is
    that of all the columns. A lane may be negative while it is added up; with _ZERO in each of
    them none borrows from its neighbour.
    """
    wide = bytearray(_LANE * len(cells))
    wide[::_LANE] = cells
    step = _LANE * GRID
    rows = [int.from_bytes(wide[i : i + step], "little") for i in range(0, len(wide), step)]
    lowest: list[int] = []
    for down in _COSINES:
        lanes = (sum(map(mul, down, rows)) + _ZEROS).to_bytes(step, "little")
        line = [lane - _ZERO for (lane,) in iter_unpack("<I", lanes)]
        lowest += (sum(map(mul, across, line)) for across in _COSINES)
    return lowest


def distance(one: int, other: int) -> int:
    """Return in how many bits two hashes differ."""
    return (one ^ other).bit_count()


def is_screenshot(size: tuple[int, int], kind: str, *, camera: bool) -> bool:
    """Guess whether a picture of a screen was sent: a screen's exact size and no camera named."""
    upright = (min(size), max(size))
    return not camera and upright in SCREENS and (kind == "PNG" or upright not in ALSO_CAMERAS)


def written_in(image: Image.Image, zone: tzinfo, *, keep_position: bool) -> Written:
    """Read what the camera wrote. Never raises: broken EXIF says nothing of the picture.

    A time without an offset is in `zone`, the office's. The point is read only if it may be kept.
    """
    try:
        found = image.getexif()
        detail = found.get_ifd(EXIF_IFD)
        camera = bool(found.get(MAKE) or found.get(MODEL))
        taken = _time(detail.get(TAKEN), detail.get(TAKEN_OFFSET), zone)
        point = _point(found.get_ifd(GPS_IFD)) if keep_position else None
    except Exception:  # noqa: BLE001  (EXIF is written by anybody and broken in any way)
        return NOTHING_WRITTEN
    latitude, longitude = point or (None, None)
    return Written(camera, taken, latitude, longitude)


def _sharpness(grey: Image.Image) -> float:
    # The kernel leaves a border of one pixel as it was: cut it off.
    edges = grey.filter(_LAPLACE)
    if min(edges.size) <= 2:  # noqa: PLR2004  (nothing but border)
        return 0.0
    inner = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    return _mean_and_variance(inner.histogram())[1]


def _strokes(grey: Image.Image) -> float:
    darker = ImageChops.subtract(grey.filter(_AROUND), grey, 1, _MIDDLE).histogram()
    mean, variance = _mean_and_variance(darker)
    if variance < 1:
        return 0.0
    cubes = sum(count * (by - mean) ** 3 for by, count in enumerate(darker) if count)
    return cubes / sum(darker) / variance / math.sqrt(variance)


def _mean_and_variance(counts: list[int]) -> tuple[float, float]:
    """Return both of grey values, by how often each of the 256 occurs."""
    pixels = sum(counts)
    total = sum(map(mul, _ALL_GREYS, counts))
    squares = sum(map(mul, _SQUARES, counts))
    return total / pixels, (squares * pixels - total * total) / (pixels * pixels)


def _bits(flags: Iterable[bool]) -> int:
    return int("".join("1" if flag else "0" for flag in flags), 2)


def _time(text: object, offset: object, zone: tzinfo) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        taken = datetime.strptime(text.strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  (its zone follows)
        taken = taken.replace(tzinfo=_offset(offset) or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return taken if taken >= EARLIEST else None


def _offset(text: object) -> timezone | None:
    """Return the zone of an offset like "+07:00"; None if there is none."""
    if not isinstance(text, str):
        return None
    sign, hours, colon, minutes = text[:1], text[1:3], text[3:4], text[4:6]
    if sign not in {"+", "-"} or colon != ":" or not (hours + minutes).isdecimal():
        return None
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    if ahead > FARTHEST:
        return None
    return timezone(ahead if sign == "+" else -ahead)


def _point(gps: dict[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(2), gps.get(1), "S", 90)
    longitude = _degrees(gps.get(4), gps.get(3), "W", 180)
    # Phones without a fix write zeros; nobody here lives in the Gulf of Guinea.
    if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude


def _degrees(parts: Any, side: Any, negative: str, most: float) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:  # noqa: PLR2004  (degrees, minutes, seconds)
        return None
    degrees, minutes, seconds = (float(p) for p in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    return round(-value if side == negative else value, 6)
