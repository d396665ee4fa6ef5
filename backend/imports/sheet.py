"""A spreadsheet from outside as plain rows: .xlsx or .csv, within bounds, without formulas.

What is refused whole raises SheetError with one sentence; what is wrong in one cell travels
with the cell, so that whoever reads the rows can say in which row it stands.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook

from conversations.text import Text

MAX_FILE_BYTES: Final = 10_000_000
MAX_UNPACKED_BYTES: Final = 60_000_000
MAX_PARTS: Final = 500
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 60
MAX_SHEETS: Final = 20
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
    if raw.startswith(_ZIP):
        return _workbook(raw)
    return [_rows(enumerate(_csv(raw), 1))]


def _workbook(raw: bytes) -> list[list[Row]]:
    try:
        _bounded(raw)
        with closing(load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)) as book:
            return [
                _rows(_numbered(sheet))
                for sheet in book.worksheets[:MAX_SHEETS]
                if sheet.sheet_state == "visible"
            ]
    except SheetError:
        raise
    except Exception as error:  # a broken file makes zip, XML and openpyxl raise almost anything
        reason = Text("This is no Excel file that can be read. Please save it as .xlsx.")
        raise SheetError(reason) from error


def _numbered(sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    rows = sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS)
    return ((n, [_cell(c) for c in row]) for n, row in enumerate(rows, 1))


def _bounded(raw: bytes) -> None:
    """Refuse what unpacks to too much; zipfile never unpacks more than a part declares."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > MAX_UNPACKED_BYTES:
            raise SheetError(Text("The file is too large."))
        for part in parts:
            with archive.open(part) as inside:
                if b"<!DOCTYPE" in inside.read(1024):
                    raise SheetError(
                        Text("This is no Excel file that can be read. Please save it as .xlsx.")
                    )


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell()
    if cell.data_type == "f" or (isinstance(value, str) and value.startswith("=")):
        return Cell(fault=Text("A formula stands here. Please put in the value itself."))
    if cell.data_type == "e":
        return Cell(fault=Text("Excel shows an error here. Please put in the value itself."))
    if cell.data_type == "d":
        return Cell(fault=Text("Excel has made a date of this. Please put it in as text."))
    if isinstance(value, bool):
        return Cell(fault=Text("This is neither text nor a number."))
    if isinstance(value, float):
        return _text(str(int(value)) if value.is_integer() else repr(value), is_number=True)
    return _text(str(value), is_number=isinstance(value, int))


def _csv(raw: bytes) -> Iterator[list[Cell]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = Text("The letters cannot be read. Please save the file as .xlsx, or as CSV UTF-8.")
        raise SheetError(reason) from error
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True):
            yield [_csv_cell(value) for value in row[:MAX_COLUMNS]]
    except csv.Error as error:
        raise SheetError(
            Text("This is no list that can be read. Please save it as .xlsx.")
        ) from error


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


def _rows(found: Iterator[tuple[int, list[Cell]]]) -> list[Row]:
    rows = []
    for number, cells in found:
        if number > MAX_ROWS:
            if any(c.text or c.fault for c in cells):
                raise SheetError(Text("There are more than {most} rows.", {"most": MAX_ROWS}))
            continue
        if any(c.text or c.fault for c in cells):
            rows.append(Row(number, tuple(cells)))
    return rows
