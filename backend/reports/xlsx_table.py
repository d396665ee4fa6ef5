"""A sheet of the workbook: its title, its tables, and cells that are what they look like."""

from __future__ import annotations

from collections.abc import Sequence
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
NARROWEST, WIDEST = 9, 60
FORMATS = {
    "text": {"valign": "top", "text_wrap": True},
    "number": {"num_format": "#,##0.0#", "valign": "top"},
    "whole": {"num_format": "#,##0", "valign": "top"},
    "year": {"num_format": "0", "valign": "top", "align": "left"},
    "percent": {"num_format": "0.0%", "valign": "top"},
    "exact_percent": {"num_format": "0.0###%", "valign": "top"},
    "date": {"num_format": "dd/mm/yyyy", "valign": "top", "align": "left"},
    "head": {"bold": True, "bg_color": "#E9EEF4", "bottom": 1, "text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "label": {"bold": True, "font_color": "#6B4200", "bg_color": "#FFE2A3"},
}


class Tables:
    """Adds sheets to one workbook and writes tables into them."""

    def __init__(self, book: Any, progress: Progress, catalog: Catalog, at: datetime) -> None:
        self.book = book
        self.progress = progress
        self.catalog = catalog
        self.at = at
        self.formats: dict[str, Format] = {n: book.add_format(f) for n, f in FORMATS.items()}
        self.statuses: dict[Status, Format] = {
            status: book.add_format({"bg_color": colour, "valign": "top"})
            for status, colour in COLOURS.items()
        }

    def sheet(self, msgid: str) -> tuple[Worksheet, int]:
        """Add a sheet with its title and labels; return it and the row of its table's head."""
        progress, say = self.progress, self.catalog.get
        sheet = self.book.add_worksheet(say(msgid)[:31])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
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
    ) -> int:
        """Write head and rows; return the row below."""
        titles = [h if translated else self.catalog.get(h) for h in head]
        for column, title in enumerate(titles):
            sheet.write_string(top, column, title, self.formats["head"])
        for offset, cells in enumerate(rows, start=top + 1):
            for column, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
                self.cell(sheet, (offset, column), cell, kind)
        if filtered:
            sheet.autofilter(top, 0, top + max(len(rows), 1), len(head) - 1)
            sheet.freeze_panes(top + 1, freeze_columns)
            for column, title in enumerate(titles):
                longest = max((len(_text(cells[column])) for cells in rows), default=0)
                width = max(longest + 3, min(len(title), 18), NARROWEST)
                sheet.set_column(column, column, min(width, WIDEST))
        return top + 1 + len(rows)

    def cell(self, sheet: Worksheet, place: tuple[int, int], cell: Cell, kind: str) -> None:
        row, column = place
        if cell is None or cell == "":
            return
        if isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self.formats["date"])
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell, self.formats["text"])
        else:
            if kind == "number" and cell == int(cell):
                kind = "whole"
            sheet.write_number(row, column, float(cell), self.formats[kind])


def _text(cell: Cell) -> str:
    return "00/00/0000" if isinstance(cell, date) else str(cell or "")
