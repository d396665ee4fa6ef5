"""A sheet of the workbook: its title, its tables, and cells that are what they look like."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.reports.words import period_name, plan_labels
from backend.status.model import Progress, Status
from conversations.text import N_
from locales import Catalog

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell: TypeAlias = "str | int | Decimal | date | None"

COLOURS: dict[Status, str] = {
    Status.MET: "#CFEBD9",
    Status.NOT_MET: "#FBD5C5",
    Status.INSUFFICIENT_DATA: "#FFF0C2",
    Status.NO_THRESHOLD: "#E1EAF6",
    Status.NOT_APPLICABLE: "#F2F2F2",
}
NARROWEST, WIDEST = 9, 42
"""Widths of columns in characters; what is longer is wrapped."""
BUTTON = 3
"""Characters that a filter's button covers."""
HEAD_LINES = 4
"""Into which a long title is wrapped at most, where its words allow."""
LETTERS = 1.1
"""Letters of this font that stand in the room of one digit, by which Excel counts a width."""
LINE = 15.5
"""Height of a line in points. Excel finds a wrapped row's height itself, other programs do not."""
FONT = {"font_name": "Times New Roman", "font_size": 11}
"""That of the office's other papers; `backend.reports.xlsx` gives it to the whole book."""
LINES = {"border": 1, "border_color": "#B9C2BC"}
CELL = LINES | {"valign": "top"}
FORMATS = {
    "text": CELL | {"text_wrap": True},
    "number": CELL | {"num_format": "#,##0.0#"},
    "whole": CELL | {"num_format": "#,##0"},
    "year": CELL | {"num_format": "0", "align": "left"},
    "percent": CELL | {"num_format": "0.0%"},
    "exact_percent": CELL | {"num_format": "0.0###%"},
    "date": CELL | {"num_format": "dd/mm/yyyy", "align": "left"},
    "head": {"bold": True, "bg_color": "#E9EEF4", "text_wrap": True} | CELL,
    "merged": CELL | {"text_wrap": True},
    "title": {"bold": True, "font_size": 14},
    "label": {"bold": True, "font_color": "#6B4200", "bg_color": "#FFE2A3"},
}


@dataclass(slots=True)
class _Laid:
    """What has been written into one sheet: its widths and heights are known at the end."""

    sheet: Worksheet
    widths: dict[int, int] = field(default_factory=lambda: defaultdict(lambda: NARROWEST))
    texts: list[tuple[int, int, int, str]] = field(default_factory=list)
    """(row, first column, last column, text)"""


class Tables:
    """Adds sheets to one workbook and writes tables into them."""

    def __init__(self, book: Any, progress: Progress, catalog: Catalog, at: datetime) -> None:
        self.book = book
        self.progress = progress
        self.catalog = catalog
        self.at = at
        self.formats: dict[str, Format] = {n: book.add_format(f) for n, f in FORMATS.items()}
        self.statuses: dict[Status, Format] = {
            status: book.add_format({"bg_color": colour, "text_wrap": True} | CELL)
            for status, colour in COLOURS.items()
        }
        self._laid: list[_Laid] = []

    def sheet(self, msgid: str) -> tuple[Worksheet, int]:
        """Add a sheet with its title and labels; return it and the row of its table's head."""
        progress, say = self.progress, self.catalog.get
        sheet = self.book.add_worksheet(say(msgid)[:31])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&C&P/&N")
        self._laid.append(_Laid(sheet))
        sheet.write_string(0, 0, f"{say(msgid)} · {progress.area_name}", self.formats["title"])
        about = say(
            N_("{period}, as of {time}"),
            period=period_name(progress.period, self.catalog),
            time=self.at,
        )
        sheet.write_string(1, 0, f"{progress.plan_name} · {about}")
        row = 2
        for label in plan_labels(progress, self.catalog):
            sheet.write_string(row, 0, label, self.formats["label"])
            row += 1
        return sheet, row + 1

    def table(  # noqa: PLR0913  (a table is its place, head, rows and kinds)
        self,
        sheet: Worksheet,
        top: int,
        head: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        kinds: Sequence[str],
        *,
        filtered: bool = True,
        translated: bool = False,
        freeze_columns: int = 0,
        most: Mapping[int, int] | None = None,
    ) -> int:
        """Write head and rows; return the row below. `most` are columns that wrap earlier, and where."""
        laid = self._laid[-1]
        titles = [h if translated else self.catalog.get(h) for h in head]
        button = BUTTON if filtered else 0
        for column, title in enumerate(titles):
            sheet.write_string(top, column, title, self.formats["head"])
            laid.texts.append((top, column, column, title + " " * button))
            word = max((len(w) for w in title.split()), default=0)
            wide = max(word, len(title) // HEAD_LINES) + button
            laid.widths[column] = max(laid.widths[column], min(wide, WIDEST))
        for offset, cells in enumerate(rows, start=top + 1):
            for column, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
                self.cell(sheet, (offset, column), cell, kind)
                text = _text(cell, kind)
                laid.texts.append((offset, column, column, text))
                widest = (most or {}).get(column, WIDEST)
                laid.widths[column] = max(laid.widths[column], min(len(text) + 2, widest))
        if filtered:
            sheet.autofilter(top, 0, top + max(len(rows), 1), len(head) - 1)
            sheet.freeze_panes(top + 1, freeze_columns)
            sheet.repeat_rows(top)
        return top + 1 + len(rows)

    def note(self, sheet: Worksheet, row: int, label: str, text: str, columns: int) -> None:
        """Write a label and, beside it, a text over so many columns."""
        sheet.write_string(row, 0, label, self.formats["head"])
        sheet.merge_range(row, 1, row, columns, "", self.formats["merged"])
        sheet.write_string(row, 1, text, self.formats["merged"])
        self._laid[-1].texts.append((row, 1, columns, text))

    def finish(self) -> None:
        """Give columns their widths and rows their heights; call it after the last sheet."""
        for laid in self._laid:
            for column, width in laid.widths.items():
                laid.sheet.set_column(column, column, width)
            lines: dict[int, int] = defaultdict(int)
            for row, first, last, text in laid.texts:
                width = sum(laid.widths[c] for c in range(first, last + 1))
                lines[row] = max(lines[row], len(textwrap.wrap(text, int(width * LETTERS))))
            for row, count in lines.items():
                if count > 1:
                    laid.sheet.set_row(row, count * LINE)

    def cell(self, sheet: Worksheet, place: tuple[int, int], cell: Cell, kind: str) -> None:
        row, column = place
        if cell is None or cell == "":
            sheet.write_blank(row, column, None, self.formats["text"])
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self.formats["date"])
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell, self.formats["text"])
        else:
            if kind == "number" and cell == int(cell):
                kind = "whole"
            sheet.write_number(row, column, float(cell), self.formats[kind])


def _text(cell: Cell, kind: str) -> str:
    """Return about what a person sees in a cell, for its width."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, date):
        return "00/00/0000"
    return "000,0000%" if "percent" in kind else f"{cell:,.1f}"
