"""An old .xls file, through xlrd (which comes with pyxform), within bounds."""

from __future__ import annotations

import struct
from collections.abc import Collection
from io import StringIO
from typing import Any, Final

from conversations.text import Text
from conversations.workbooks.cells import Cell, Kind, Limits, Line, Table, WorkbookError
from conversations.workbooks.numbers import date_text, number_text

_LOCKED: Final = Text(
    "This is an old or a locked Excel file. Please save it as .xlsx without a password."
)
_MOST_BYTES: Final = 2_000_000
_CELLS: Final = frozenset(
    {0x0002, 0x0003, 0x0004, 0x0201, 0x0203, 0x0204, 0x0205, 0x0006, 0x027E, 0x00BD, 0x00BE, 0x00FD}
)
"""Records that begin with the row of a cell."""


def read_xls(source: bytes, limits: Limits, names: Collection[str]) -> list[Table]:
    """Return the sheets of an .xls file; only those of these names, in small letters, are filled.

    Raises:
        WorkbookError: it is no such file, locked, or too large.

    """
    if len(source) > _MOST_BYTES:
        raise WorkbookError(Text("The file is too large."))
    import xlrd  # noqa: PLC0415  (only for old files)

    try:
        _look_through(source, limits)
        with xlrd.open_workbook(file_contents=source, on_demand=True, logfile=StringIO()) as book:
            return [_table(book, name, limits, names) for name in book.sheet_names()]
    except WorkbookError:
        raise
    except Exception as error:  # a broken file makes xlrd raise almost anything
        raise WorkbookError(_LOCKED) from error


def _look_through(source: bytes, limits: Limits) -> None:
    """Refuse a cell far below: the reader makes room for every row and column before it."""
    from xlrd.compdoc import SIGNATURE, CompDoc  # noqa: PLC0415  (only for old files)

    stream = source
    if source.startswith(SIGNATURE):
        document = CompDoc(source, logfile=StringIO())
        stream = next(filter(None, map(document.get_named_stream, ("Workbook", "Book"))))
    at = 0
    while at + 6 <= len(stream):
        record, size, row = struct.unpack_from("<HHH", stream, at)
        if record in _CELLS and row >= limits.rows:
            raise WorkbookError(Text("There are too many rows."), row=row + 1)
        at += 4 + size


def _table(book: Any, name: str, limits: Limits, names: Collection[str]) -> Table:
    table = Table(name)
    if name.strip().lower() not in names:
        table.rows.append(Line(1, {0: Cell(name)}))  # not read: it may hold something
        return table
    sheet = book.sheet_by_name(name)
    count = 0
    for number in range(sheet.nrows):
        found: dict[int, Cell] = {}
        for column, cell in enumerate(sheet.row(number)):
            if shown := _cell(cell, since_1904=bool(book.datemode)):
                found[column] = shown
        count += len(found)
        if count > limits.cells:
            raise WorkbookError(Text("There are too many cells."), name, number + 1)
        if found:
            table.rows.append(Line(number + 1, found))
    book.unload_sheet(name)
    return table


def _cell(cell: Any, *, since_1904: bool) -> Cell | None:
    from xlrd import biffh  # noqa: PLC0415  (only for old files)

    match cell.ctype:
        case biffh.XL_CELL_TEXT:
            text = str(cell.value).strip()
            return Cell(text) if text else None
        case biffh.XL_CELL_NUMBER:
            return Cell(number_text(repr(cell.value)), Kind.NUMBER)
        case biffh.XL_CELL_DATE:
            day = date_text(repr(cell.value), since_1904=since_1904)
            return Cell(day, Kind.DATE) if day else Cell(repr(cell.value), Kind.NUMBER)
        case biffh.XL_CELL_BOOLEAN:
            return Cell("TRUE" if cell.value else "FALSE", Kind.BOOLEAN)
        case biffh.XL_CELL_ERROR:
            return Cell(biffh.error_text_from_code.get(cell.value, "#N/A"), Kind.ERROR)
    return None
