"""The sheets of an XLSForm with the row numbers that its author sees.

Every kind of file is read here and not by pyxform, which loses rows and columns behind many blank
ones, formulas without a value, and the row numbers of text files. A row counts within its sheet,
the header is 1. What would be lost or cannot be shown is a problem with its row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from conversations.forms.publish.letters import clean_header, cleaned, unprintable
from conversations.forms.publish.problems import Problem, PublishError
from conversations.text import Text
from conversations.workbooks.cells import (
    Cell,
    Kind,
    Limits,
    Line,
    Table,
    WorkbookError,
    column_letters,
)
from conversations.workbooks.csv_text import csv_lines, decoded
from conversations.workbooks.xls import read_xls
from conversations.workbooks.xlsx import read_xlsx

SHEETS: Final = ("survey", "choices", "settings")
MAX_SOURCE_BYTES: Final = 5_000_000
MAX_ROWS: Final = 5_000
MAX_CELLS: Final = 100_000
MAX_CELL: Final = 32_767
"""What Excel keeps in one cell; text files are held to it too."""
MAX_PROBLEMS: Final = 50
_LIMITS: Final = Limits(MAX_ROWS, MAX_CELLS)
_PIPE: Final = re.compile(r"(?<!\\)\|")
_RULE: Final = re.compile(r"[\s|:\-]+")
_LINE: Final = re.compile(r"\r\n|\r|\n")
_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)
_ZIP: Final = b"PK\x03\x04"
_OLD: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row that are not blank, by column header."""

    number: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Sheet:
    """One sheet: its name as written, its headers in order, its rows that are not blank."""

    name: str
    headers: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def read_sheets(source: bytes, file_name: str) -> list[Sheet]:
    """Return the sheets of an .md, .csv, .xlsx or .xls file.

    Sheets whose name begins with _ are notes and left out, so are blank ones of another name.

    Raises:
        PublishError: another kind of file, too large, or it cannot be read.

    """
    tables = _tables(source, file_name)
    problems: list[Problem] = []
    sheets: list[Sheet] = []
    for table in tables:
        name = table.name.strip()
        known = name.lower() in SHEETS
        if name.startswith("_") or not (known or table.rows):
            continue
        sheets.append(_sheet(table, problems) if known else Sheet(name))
    for name, times in Counter(sheet.name.lower() for sheet in sheets).items():
        if times > 1:
            problems.append(Problem(Text("The sheet {name} is there twice.", {"name": name}), name))
    if problems:
        raise PublishError(problems[:MAX_PROBLEMS])
    return sheets


def _tables(source: bytes, file_name: str) -> list[Table]:
    if len(source) > MAX_SOURCE_BYTES:
        raise PublishError([Problem(Text("The file is too large."))])
    reader = _READERS.get(PurePath(file_name).suffix.lower())
    if reader is None:
        reason = Text("A questionnaire is an .xlsx, .xls, .csv or .md file.")
        raise PublishError([Problem(reason)])
    if source.startswith(_ZIP):
        reader = _xlsx
    elif source.startswith(_OLD):
        reader = _xls
    try:
        return list(reader(source))
    except WorkbookError as error:
        where = error.row if error.sheet else 0
        raise PublishError([Problem(error.reason, error.sheet, where)]) from error


def _sheet(table: Table, problems: list[Problem]) -> Sheet:
    sheet = Sheet(table.name.strip())
    if not table.rows:
        return sheet
    first, *lines = table.rows
    if first.number != 1:
        problems.append(Problem(Text("The first row must hold the headers."), sheet.name, 1))
        return sheet
    for column, cell in sorted(first.cells.items()):
        if reason := _why_not(cell, column, "header"):
            problems.append(Problem(reason, sheet.name, 1))
    headers = {column: clean_header(cell.text) for column, cell in first.cells.items()}
    sheet.headers = [header for _, header in sorted(headers.items()) if header]
    filled = {(first.number, column) for column in first.cells}
    for line in lines:
        cells: dict[str, str] = {}
        for column, cell in sorted(line.cells.items()):
            filled.add((line.number, column))
            header = headers.get(column, "")
            if reason := _why_not(cell, column, header):
                problems.append(Problem(reason, sheet.name, line.number, header))
            else:
                cells[header] = cleaned(cell.text, header)
        kept = {header: text for header, text in cells.items() if text}
        if kept:
            sheet.rows.append(Row(line.number, kept))
    problems += _merged(table, filled)
    return sheet


def _merged(table: Table, filled: set[tuple[int, int]]) -> Iterator[Problem]:
    """Yield the merged cells that hold something: it counts for the first of them only."""
    for merged in table.merged:
        if (merged.row, merged.column) in filled:
            reason = Text(
                "The cells {cells} are merged. Write the value in every cell.",
                {"cells": merged.reference},
            )
            yield Problem(reason, table.name.strip(), merged.row)


def _why_not(cell: Cell, column: int, header: str) -> Text | None:
    letters = column_letters(column)
    if cell.kind is Kind.FORMULA:
        return Text(
            "The formula in column {column} has no value kept with it. Write the value itself.",
            {"column": letters},
        )
    if cell.kind is Kind.ERROR:
        told = {"column": letters, "value": cell.text}
        return Text("Column {column} holds an error: {value}.", told)
    if not header:
        return Text("What stands in column {column} has no header above it.", {"column": letters})
    if len(cell.text) > MAX_CELL:
        return Text("What stands here is too long: more than {most} letters.", {"most": MAX_CELL})
    if strange := unprintable(cell.text):
        return Text(
            "A character that cannot be shown stands here ({code}). Delete it.", {"code": strange}
        )
    return None


def _table_lines(name: str, rows: list[list[str]]) -> Table:
    """Return a table of text rows, of which the first is the header."""
    table = Table(name)
    count = 0
    for number, row in enumerate(rows, 1):
        count += len(row)
        if number > MAX_ROWS:
            raise WorkbookError(Text("There are too many rows."), name, number)
        if count > MAX_CELLS:
            raise WorkbookError(Text("There are too many cells."), name, number)
        cells = {n: Cell(text.strip()) for n, text in enumerate(row) if text.strip()}
        if cells:
            table.rows.append(Line(number, cells))
    return table


def _markdown(source: bytes) -> Iterator[Table]:
    sheets: dict[str, tuple[str, list[list[str]]]] = {}
    rows: list[list[str]] | None = None
    name = ""
    for number, line in enumerate(_LINE.split(decoded(source)), 1):
        text = line.strip()
        if not text.startswith("|"):
            if rows is not None and _PIPE.search(text):
                reason = Text(
                    "This row must begin with | (line {line} of the file).", {"line": number}
                )
                raise WorkbookError(reason, name, len(rows) + 1)
            continue
        if _RULE.fullmatch(text):
            continue
        inner = text[1:]
        cells = [_text(cell) for cell in _PIPE.split(inner)]
        if _PIPE.search(inner[-1:]) and not cells[-1]:
            cells = cells[:-1]
        if cells[0]:
            name, rows = sheets.setdefault(cells[0].lower(), (cells[0], []))
        if rows is not None and any(cells[1:]):
            rows.append(cells[1:])
    for name, found in sheets.values():
        yield _table_lines(name, found)


def _text(cell: str) -> str:
    """Return what a Markdown cell says: its bars, and its breaks as new lines."""
    return "\n".join(part.strip() for part in _BREAK.split(cell.replace(r"\|", "|")))


def _csv(source: bytes) -> Iterator[Table]:
    sheets: dict[str, tuple[str, list[list[str]]]] = {}
    rows: list[list[str]] | None = None
    for cells in csv_lines(decoded(source)):
        if cells and cells[0].strip():
            name = cells[0].strip()
            _, rows = sheets.setdefault(name.lower(), (name, []))
        if rows is not None and (any(cell.strip() for cell in cells[1:]) or rows):
            rows.append(cells[1:])
    for name, found in sheets.values():
        yield _table_lines(name, found)


def _xlsx(source: bytes) -> Iterator[Table]:
    yield from read_xlsx(source, _LIMITS)


def _xls(source: bytes) -> Iterator[Table]:
    yield from read_xls(source, _LIMITS, SHEETS)


_READERS: Final[Mapping[str, Callable[[bytes], Iterator[Table]]]] = {
    ".md": _markdown,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".xlsm": _xlsx,
    ".xls": _xls,
}
