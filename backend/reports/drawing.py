"""A page that is written from the top down, once to measure it and once to draw it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import ImageDraw, ImageFont

FONTS = Path(__file__).parent.parent / "static" / "fonts"
PLAIN = "DejaVuSans.ttf"
BOLD = "DejaVuSans-Bold.ttf"
ELLIPSIS = "…"


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Return a vendored font; the basic layout engine draws the same on every machine."""
    return ImageFont.truetype(str(FONTS / name), size, layout_engine=ImageFont.Layout.BASIC)


def fitting(text: str, used: ImageFont.FreeTypeFont, width: float) -> str:
    """Return the text, cut with an ellipsis when it is wider than `width` pixels."""
    if used.getlength(text) <= width:
        return text
    while text and used.getlength(text + ELLIPSIS) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def wrapped(text: str, used: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Return the text in lines no wider than `width` pixels."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and used.getlength(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [fitting(each, used, width) for each in [*lines, line] if each]


class Canvas:
    """Writes downwards from `y`. Without `draw` nothing is drawn, and only `y` moves."""

    def __init__(self, draw: ImageDraw.ImageDraw | None, width: int, margin: int) -> None:
        self.draw = draw
        self.width = width
        self.margin = margin
        self.y = 0

    def down(self, pixels: int) -> None:
        """Leave space."""
        self.y += pixels

    def text(
        self,
        at: tuple[float, float],
        text: str,
        used: ImageFont.FreeTypeFont,
        ink: str,
        anchor: str = "lm",
    ) -> None:
        """Write one line at a point without moving down."""
        if self.draw is not None:
            self.draw.text(at, text, font=used, fill=ink, anchor=anchor)

    def paragraph(self, text: str, used: ImageFont.FreeTypeFont, ink: str, indent: int = 0) -> None:
        """Write wrapped lines and move below them."""
        step = round(used.size * 1.32)
        for line in wrapped(text, used, self.width - 2 * self.margin - indent):
            self.text((self.margin + indent, self.y + step / 2), line, used, ink)
            self.y += step

    def box(self, area: tuple[float, float, float, float], fill: str, radius: int = 0) -> None:
        """Fill a (rounded) rectangle given as left, top, right, bottom."""
        if self.draw is not None:
            self.draw.rounded_rectangle(area, radius=radius, fill=fill)

    def badge(self, text: str, used: ImageFont.FreeTypeFont, ink: str, fill: str) -> None:
        """Write a label in a filled pill and move below it."""
        height = round(used.size * 1.7)
        shown = fitting(text, used, self.width - 2 * self.margin - 44)
        right = self.margin + used.getlength(shown) + 44
        self.box((self.margin, self.y, right, self.y + height), fill, height // 2)
        self.text((self.margin + 22, self.y + height / 2), shown, used, ink)
        self.y += height

    def bar(self, share: float, height: int, fill: str, back: str) -> None:
        """Show a share from 0 to 1 as a bar across the page and move below it."""
        left, right = self.margin, self.width - self.margin
        self.box((left, self.y, right, self.y + height), back, height // 2)
        if share > 0:
            end = max(left + height, left + (right - left) * min(share, 1))
            self.box((left, self.y, end, self.y + height), fill, height // 2)
        self.y += height

    def rule(self, ink: str) -> None:
        """Draw a thin line across the page without moving down."""
        if self.draw is not None:
            ends = (self.margin, self.y, self.width - self.margin, self.y)
            self.draw.line(ends, fill=ink, width=2)
