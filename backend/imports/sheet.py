"""A spreadsheet from outside as plain rows: .xlsx or .csv, within bounds, without formulas.

What is refused whole raises SheetError with one sentence; what is wrong in one cell travels
with the cell, so that whoever reads the rows can say in which row it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conversations.text import Param, Text
from conversations.workbooks.cells import Cell as Filled
from conversations.workbooks.cells import Kind, Limits, Line, WorkbookError
from conversations.workbooks.csv_text import csv_lines, decoded
from conversations.workbooks.xlsx import read_xlsx

MAX_FILE_BYTES: Final = 10_000_000
MAX_ROWS: Final = 20_000
MAX_CELLS: Final = 400_000
MAX_COLUMNS: Final = 60
MAX_CELL: Final = 500
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


class SheetError(Exception):
    """A file that cannot be read as a list; carries the sentence that says why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.msgid)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as text, its spaces put in order. `fault` says why it cannot be used."""

    text: str = ""
    is_number: bool = False
    fault: Text | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its number as the spreadsheet shows it."""

    number: int
    cells: tuple[Cell, ...]


def read_sheets(path: Path) -> list[list[Row]]:
    """Return the rows of every sheet that is not hidden; blank rows are left out.

    Reads the file; raises SheetError.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SheetError(Text("The file cannot be read.")) from error
    if len(raw) > MAX_FILE_BYTES:
        raise SheetError(Text("The file is too large."))
    if raw.startswith(_OLD_EXCEL):
        raise SheetError(
            Text(
                "This is an old or a locked Excel file. Please save it as .xlsx without a password."
            )
        )
    try:
        if raw.startswith(_ZIP):
            tables = read_xlsx(raw, Limits(MAX_ROWS, MAX_CELLS))
            return [[_row(line) for line in t.rows] for t in tables if not t.hidden]
        return [list(_csv(raw))]
    except WorkbookError as error:
        if error.sheet and error.row:
            told: dict[str, Param] = {
                "sheet": error.sheet,
                "row": error.row,
                "reason": error.reason,
            }
            raise SheetError(Text("Sheet {sheet}, row {row}: {reason}", told)) from error
        raise SheetError(error.reason) from error


def _row(line: Line) -> Row:
    last = min(max(line.cells) + 1, MAX_COLUMNS)
    return Row(line.number, tuple(_cell(line.cells.get(n)) for n in range(last)))


def _cell(cell: Filled | None) -> Cell:
    if cell is None:
        return Cell()
    if cell.formula or cell.text.startswith("="):
        return Cell(fault=Text("A formula stands here. Please put in the value itself."))
    match cell.kind:
        case Kind.ERROR:
            return Cell(fault=Text("Excel shows an error here. Please put in the value itself."))
        case Kind.DATE:
            return Cell(fault=Text("Excel has made a date of this. Please put it in as text."))
        case Kind.BOOLEAN:
            return Cell(fault=Text("This is neither text nor a number."))
    return _text(cell.text, is_number=cell.kind is Kind.NUMBER)


def _csv(raw: bytes) -> Iterator[Row]:
    for number, cells in enumerate(csv_lines(decoded(raw)), 1):
        row = Row(number, tuple(_csv_cell(value) for value in cells[:MAX_COLUMNS]))
        if not any(cell.text or cell.fault for cell in row.cells):
            continue
        if number > MAX_ROWS:
            raise SheetError(Text("There are more than {most} rows.", {"most": MAX_ROWS}))
        yield row


def _csv_cell(value: str) -> Cell:
    if value.startswith("="):
        return Cell(fault=Text("A formula stands here. Please put in the value itself."))
    return _text(value, is_number=False)


def _text(value: str, *, is_number: bool) -> Cell:
    text = " ".join(value.split())
    if len(text) > MAX_CELL:
        return Cell(fault=Text("This is too long."))
    if not text.isprintable():
        return Cell(fault=Text("There are signs here that cannot be shown."))
    return Cell(text, is_number)
