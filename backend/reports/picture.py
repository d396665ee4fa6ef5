"""Progress as pictures: a village × indicator table for a phone held upright.

1080 wide; no taller than chats carry without shrinking the type too small to read (Telegram
scales a photo's longer side down), so a long list goes on in further pictures. Each status has
a mark, a colour and a word in the legend: nobody needs to tell colours apart.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from PIL import Image, ImageDraw

from backend.reports.drawing import BOLD, PLAIN, Canvas, fitting, font, wrapped
from backend.reports.village_labels import Label, village_labels
from backend.reports.words import (
    STATUS_MARKS,
    natural,
    period_name,
    plan_labels,
    sentence,
    shown_codes,
    shown_value,
    status_word,
)
from backend.status.model import IndicatorResult, Progress, Status, VillageProgress
from conversations.text import N_
from locales import Catalog

WIDTH = 1_080
TALLEST = 2_560
"""Telegram keeps a photo's longer side up to this."""
MARGIN = 40
ROW = 64
NAME_STEP = 30
"""Between the two lines of a long name."""
HEADING = 70
CELL_HEIGHT = 52
WIDEST_CELL = 84
NARROWEST_NAME = 200
WIDEST_NAME = 300
"""Of a village where the columns need the rest; with few of them a name may be wider."""
COUNT_WIDTH = 116
MOST_COLUMNS = 12
"""Most indicators beside each other; more go on in further pictures."""

INK = "#1a2330"
FAINT = "#566171"
LINE = "#dde2e8"
BAND = "#e9eef4"
PAPER = "#ffffff"
BADGE = "#6b4200"
BADGE_FILL = "#ffe2a3"
LATE = "#a3260b"
PHOTO = "#7b2fbf"
FILLS: dict[Status, tuple[str, str]] = {
    Status.MET: ("#1d7a46", "#ffffff"),
    Status.NOT_MET: ("#c8430f", "#ffffff"),
    Status.INSUFFICIENT_DATA: ("#ffd873", "#4a3500"),
    Status.NO_THRESHOLD: ("#d3e0f2", "#23456f"),
    Status.NOT_APPLICABLE: ("#efefef", "#6b6b6b"),
}
"""Fill and ink of a cell; the fills also differ in brightness."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A commune's heading (`village` None) or a village."""

    commune: str
    village: VillageProgress | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    rows: tuple[_Row, ...]
    columns: tuple[IndicatorResult, ...]
    codes: tuple[str, ...]
    staggered: bool
    """Codes stand on two lines in turn, because they are wider than their columns."""
    name_width: float
    labels: Mapping[str, Label]
    number: int = 1
    of: int = 2


def progress_pngs(
    progress: Progress, catalog: Catalog, *, zone: tzinfo | None = None
) -> list[bytes]:
    """Return all pictures as PNG, at least one. Takes a tenth of a second each: use a thread."""
    return [_drawn(progress, page, catalog, zone) for page in _pages(progress, catalog)]


def page_count(progress: Progress, catalog: Catalog) -> int:
    """Return how many pictures `progress_pngs` would draw, without drawing any."""
    return len(_pages(progress, catalog))


def progress_page(
    progress: Progress, catalog: Catalog, page: int, *, zone: tzinfo | None = None
) -> bytes:
    """Return one of the pictures, counted from 1; the last one if there are fewer by now."""
    pages = _pages(progress, catalog)
    return _drawn(progress, pages[min(page, len(pages)) - 1], catalog, zone)


def _pages(progress: Progress, catalog: Catalog) -> list[_Page]:
    results = progress.indicators
    blocks = -(-len(results) // MOST_COLUMNS) or 1
    size = -(-len(results) // blocks)
    names = [font(PLAIN, 36).getlength(v.name) + 16 for v in progress.villages]
    spare = WIDTH - 2 * MARGIN - COUNT_WIDTH - size * (WIDEST_CELL + 6)
    name_width = min(max([*names, NARROWEST_NAME]), max(WIDEST_NAME, spare))
    labels = village_labels((v.name for v in progress.villages), name_width - 6)
    codes, staggered = _codes(progress, _step(size, name_width))
    pages = []
    for block in range(blocks):
        part = slice(block * size, (block + 1) * size)
        empty = _Page((), results[part], codes[part], staggered, name_width, labels)
        room = TALLEST - _draw(None, progress, empty, catalog, None)
        pages += [replace(empty, rows=rows) for rows in _split(_rows(progress), room)]
    return [replace(page, number=i + 1, of=len(pages)) for i, page in enumerate(pages)]


def _step(columns: int, name_width: float) -> float:
    return (WIDTH - 2 * MARGIN - name_width - COUNT_WIDTH) / max(columns, 1)


def _codes(progress: Progress, step: float) -> tuple[tuple[str, ...], bool]:
    """Return what stands over the columns and whether it takes two lines.

    The indicators' printed codes; numbers where a code is too wide or stands in two sets.
    """
    codes = shown_codes(progress.indicators)
    widest = max((font(BOLD, 28).getlength(code) for code in codes), default=0)
    twice = len({r.code for r in progress.indicators}) < len(codes)
    if twice or widest > 2 * step - 8:
        return tuple(str(i + 1) for i in range(len(codes))), False
    return codes, widest > step - 8


def _rows(progress: Progress) -> list[_Row]:
    grouped: dict[str, list[VillageProgress]] = {}
    for village in progress.villages:
        grouped.setdefault(village.commune, []).append(village)
    rows = []
    for commune, villages in grouped.items():
        if commune:
            rows.append(_Row(commune))
        rows += [_Row(commune, v) for v in sorted(villages, key=lambda v: natural(v.name))]
    return rows


def _split(rows: Sequence[_Row], room: int) -> Iterator[tuple[_Row, ...]]:
    """Cut rows into pages; a commune that goes on is headed again, and no heading stands last."""
    page: list[_Row] = []
    height = 0
    for row in rows:
        needed = ROW if row.village else HEADING + ROW
        if page and height + needed > room:
            yield tuple(page)
            page, height = [], 0
            if row.village and row.commune:
                page, height = [_Row(row.commune)], HEADING
        page.append(row)
        height += ROW if row.village else HEADING
    if page or not rows:
        yield tuple(page)


def _drawn(progress: Progress, page: _Page, catalog: Catalog, zone: tzinfo | None) -> bytes:
    height = _draw(None, progress, page, catalog, zone)
    image = Image.new("RGB", (WIDTH, height), PAPER)
    _draw(ImageDraw.Draw(image), progress, page, catalog, zone)
    out = io.BytesIO()
    # Few colours are the same to the eye and fewer bytes on a slow line.
    image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw(
    draw: ImageDraw.ImageDraw | None,
    progress: Progress,
    page: _Page,
    catalog: Catalog,
    zone: tzinfo | None,
) -> int:
    """Draw a page (or, without `draw`, only measure it) and return its height."""
    canvas = Canvas(draw, WIDTH, MARGIN)
    _head(canvas, progress, page, catalog, zone)
    _column_heads(canvas, page, catalog)
    for row in page.rows:
        if row.village is None:
            _commune(canvas, progress, row.commune)
        else:
            _village(canvas, row.village, page)
    canvas.down(24)
    _legend(canvas, progress, catalog)
    _key(canvas, page, catalog)
    canvas.down(MARGIN)
    return canvas.y


def _head(
    canvas: Canvas, progress: Progress, page: _Page, catalog: Catalog, zone: tzinfo | None
) -> None:
    canvas.down(MARGIN - 10)
    canvas.paragraph(progress.area_name, font(BOLD, 56), INK)
    at = progress.at.astimezone(zone) if zone else progress.at
    period = period_name(progress.period, catalog)
    about = sentence(catalog.get(N_("{period}, as of {time}"), period=period, time=at))
    if page.of > 1:
        number = N_("picture {number}/{all}")
        about += " · " + catalog.get(number, number=page.number, all=page.of)
    canvas.paragraph(about, font(PLAIN, 32), FAINT)
    for label in plan_labels(progress, catalog):
        canvas.down(10)
        canvas.badge(label, font(BOLD, 32), BADGE, BADGE_FILL)
    canvas.down(16)
    submitted = catalog.get(
        N_("Submitted: {done}/{all} questionnaires."),
        done=progress.submitted,
        all=progress.expected,
    )
    canvas.paragraph(submitted, font(BOLD, 40), INK)
    canvas.down(6)
    share = progress.submitted / progress.expected if progress.expected else 0.0
    canvas.bar(share, 20, FILLS[Status.MET][0], LINE)
    canvas.down(20)


def _count_centre(page: _Page) -> float:
    return MARGIN + page.name_width + COUNT_WIDTH / 2


def _cells(page: _Page) -> Iterator[tuple[float, float]]:
    """Yield each column's centre and width."""
    step = _step(len(page.columns), page.name_width)
    left = WIDTH - MARGIN - step * len(page.columns)
    for index in range(len(page.columns)):
        yield left + step * (index + 0.5), min(step - 6, WIDEST_CELL)


def _column_heads(canvas: Canvas, page: _Page, catalog: Catalog) -> None:
    lowest = canvas.y + (62 if page.staggered else 28)
    word = catalog.get(N_("Forms"))
    canvas.text((_count_centre(page), lowest), word, font(PLAIN, 28), FAINT, "mm")
    for index, ((x, _), code) in enumerate(zip(_cells(page), page.codes, strict=True)):
        y = lowest - (34 if page.staggered and index % 2 == 0 else 0)
        canvas.text((x, y), code, font(BOLD, 28), INK, "mm")
    canvas.down(lowest - canvas.y + 28)


def _commune(canvas: Canvas, progress: Progress, name: str) -> None:
    canvas.box((MARGIN - 12, canvas.y + 8, WIDTH - MARGIN + 12, canvas.y + HEADING - 6), BAND, 10)
    middle = canvas.y + HEADING / 2 + 1
    counts = next((f"{done}/{all_}" for _, n, done, all_ in progress.communes if n == name), "")
    canvas.text((MARGIN, middle), fitting(name, font(BOLD, 34), 700), font(BOLD, 34), INK)
    canvas.text((WIDTH - MARGIN, middle), counts, font(BOLD, 34), INK, "rm")
    canvas.down(HEADING)


def _village(canvas: Canvas, village: VillageProgress, page: _Page) -> None:
    middle = canvas.y + ROW / 2
    label = page.labels[village.name]
    top = middle - NAME_STEP * (len(label.lines) - 1) / 2
    for index, line in enumerate(label.lines):
        canvas.text((MARGIN, top + NAME_STEP * index), line, font(PLAIN, label.size), INK)
    done = sum(1 for s in village.surveys if s.submitted_at is not None)
    late = any(s.late for s in village.surveys)
    shown = f"{done}/{len(village.surveys)}" + ("!" if late else "")
    canvas.text((_count_centre(page), middle), shown, font(BOLD, 34), LATE if late else INK, "mm")
    found = {(r.set_id, r.code): r for r in village.indicators}
    for (x, width), column in zip(_cells(page), page.columns, strict=True):
        result = found.get((column.set_id, column.code))
        status = result.status if result else Status.INSUFFICIENT_DATA
        _cell(canvas, (x, middle, width), status, photo=bool(result and result.photo_missing))
    canvas.down(ROW)
    canvas.rule(LINE)


def _cell(
    canvas: Canvas, place: tuple[float, float, float], status: Status, *, photo: bool = False
) -> None:
    x, y, width = place
    fill, ink = FILLS[status]
    half = CELL_HEIGHT / 2
    canvas.box((x - width / 2, y - half, x + width / 2, y + half), fill, 10)
    canvas.text((x, y), STATUS_MARKS[status], font(BOLD, 36), ink, "mm")
    if photo:
        _photo(canvas, x + width / 2 - 7, y - half + 7)


def _photo(canvas: Canvas, x: float, y: float) -> None:
    """Draw the dot that says «thiếu ảnh»."""
    canvas.box((x - 12, y - 12, x + 12, y + 12), PAPER, 12)
    canvas.box((x - 9, y - 9, x + 9, y + 9), PHOTO, 9)


def _legend(canvas: Canvas, progress: Progress, catalog: Catalog) -> None:
    used = font(PLAIN, 30)
    items: list[tuple[Status | str, str]] = [(s, status_word(s, catalog)) for s in Status]
    if any(r.photo_missing for v in progress.villages for r in v.indicators):
        items.append(("photo", catalog.get(N_("photo missing"))))
    if any(s.late for v in progress.villages for s in v.surveys):
        items.append(("!", catalog.get(N_("late"))))
    x, step = float(MARGIN), 62
    for mark, word in items:
        width = 74 + used.getlength(word) + 34
        if x > MARGIN and x + width > WIDTH - MARGIN + 34:
            x = MARGIN
            canvas.down(step)
        middle = canvas.y + step / 2
        if isinstance(mark, Status):
            _cell(canvas, (x + 30, middle, 60), mark)
        elif mark == "photo":
            _photo(canvas, x + 30, middle)
        else:
            canvas.text((x + 30, middle), mark, font(BOLD, 36), LATE, "mm")
        canvas.text((x + 74, middle), word, used, INK)
        x += width
    canvas.down(step + 16)


def _key(canvas: Canvas, page: _Page, catalog: Catalog) -> None:
    """Say what each column is and what all villages together come to."""
    used, step = font(PLAIN, 30), 40
    indent = max((font(BOLD, 30).getlength(code) for code in page.codes), default=0) + 22
    for code, result in zip(page.codes, page.columns, strict=True):
        value = shown_value(result, catalog)
        right = WIDTH - MARGIN - 64 - 14
        alike = code.partition(" ")[0] == result.printed
        name = result.name if alike else f"{result.printed} {result.name}"
        room = right - MARGIN - indent - font(BOLD, 30).getlength(value) - 20
        middle = canvas.y + 28
        canvas.text((MARGIN, middle), code, font(BOLD, 30), INK)
        canvas.text((right, middle), value, font(BOLD, 30), INK, "rm")
        _cell(canvas, (WIDTH - MARGIN - 32, middle, 64), result.status)
        lines = wrapped(name, used, room)
        for index, line in enumerate(lines):
            canvas.text((MARGIN + indent, middle + index * step), line, used, INK)
        canvas.down(58 + max(len(lines) - 1, 0) * step)
