"""Villages' names in a narrow column of a picture: smaller, then on two lines, then cut in the middle.

Names of neighbouring villages often differ only at their end («Thôn Đăk Pơ Rồ 1» and «… 2»), so
the end is what is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import ImageFont

from backend.reports.drawing import ELLIPSIS, PLAIN, fitting, font, wrapped

SIZES = (36, 30)
"""Of a name on one line, the larger one where it fits."""
SMALLEST = 28
"""Of a name on two lines."""


@dataclass(frozen=True, slots=True)
class Label:
    """How a name is written: one line or two, in pixels of type."""

    lines: tuple[str, ...]
    size: int


def village_labels(names: Iterable[str], width: float) -> dict[str, Label]:
    """Return each name's label, no wider than `width` pixels; no two names have the same one."""
    found: dict[str, Label] = {}
    taken: set[tuple[str, ...]] = set()
    for name in dict.fromkeys(names):
        label, count = _label(name, width), 1
        while label.lines in taken:
            count += 1
            label = _label(f"{name} ({count})", width)
        taken.add(label.lines)
        found[name] = label
    return found


def _label(name: str, width: float) -> Label:
    for size in SIZES:
        if font(PLAIN, size).getlength(name) <= width:
            return Label((name,), size)
    used = font(PLAIN, SMALLEST)
    lines = wrapped(name, used, width)
    if len(lines) <= 2 and not any(line.endswith(ELLIPSIS) for line in lines):  # noqa: PLR2004  (what fits a row)
        return Label(tuple(lines), SMALLEST)
    head = fitting(name, used, width).removesuffix(ELLIPSIS)
    return Label((head, ELLIPSIS + _end(name, used, width)), SMALLEST)


def _end(name: str, used: ImageFont.FreeTypeFont, width: float) -> str:
    """Return as much of the end of a name as stands behind an ellipsis."""
    first = next(
        i for i in range(len(name) + 1) if used.getlength(ELLIPSIS + name[i:].lstrip()) <= width
    )
    return name[first:].lstrip()
