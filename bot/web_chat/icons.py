"""The icon of the installed chat, drawn: the house of static/icon.svg in two sizes."""

from __future__ import annotations

import io
from functools import cache
from typing import Final

SIZES: Final = (192, 512)
GREEN: Final = (11, 93, 51)
WHITE: Final = (255, 255, 255)
HOUSE: Final = (
    (10, 34), (32, 14), (54, 34), (48, 34), (48, 50), (36, 50), (36, 38), (28, 38), (28, 50),
    (16, 50), (16, 34),
)  # fmt: skip
GRID: Final = 64.0
"""HOUSE is drawn on a square of this side."""

FINE: Final = 4
"""Drawn this much larger and made smaller, so that slanting edges are smooth."""

SAFE: Final = 0.8
"""Phones cut icons to circles: all that matters stays within this part of the width."""


@cache
def icon(size: int) -> bytes:
    """Return the icon as PNG, `size` pixels wide; the green reaches to the edges."""
    from PIL import Image, ImageDraw  # noqa: PLC0415  (drawn once, when first asked)

    side = size * FINE
    image = Image.new("RGB", (side, side), GREEN)
    scale, margin = side * SAFE / GRID, side * (1 - SAFE) / 2
    points = [(margin + x * scale, margin + y * scale) for x, y in HOUSE]
    ImageDraw.Draw(image).polygon(points, fill=WHITE)
    small = image.resize((size, size), Image.Resampling.LANCZOS).quantize(8)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()
