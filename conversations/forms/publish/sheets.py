"""The sheets of an XLSForm with the row numbers that its author sees.

Markdown and CSV are read here, because pyxform loses their rows; .xlsx and .xls are read by
pyxform's own readers, imported only when called. A row counts within its sheet, the header is 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

from conversations.forms.publish.problems import Problem, PublishError
from conversations.forms.publish.workbook import MAX_ROWS, look_through
from conversations.text import Text

MAX_SOURCE_BYTES: Final = 5_000_000
_PIPE: Final = re.compile(r"(?<!\\)\|")
_TWICE: Final = re.compile(r"Duplicate column header: (.+)")
_RULE: Final = re.compile(r"[\s|:\-]+")


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
    count: int = 0

    def add(self, cells: Sequence[str | None]) -> None:
        """Take the next row; the first one is the header."""
        self.count += 1
        if self.count > MAX_ROWS:
            raise PublishError([Problem(Text("There are too many rows."), self.name, self.count)])
        shown = [(cell or "").strip() for cell in cells]
        if self.count == 1:
            self.headers = shown
        elif any(shown):
            if any(shown[len(self.headers) :]) or any(
                cell and not header for header, cell in zip(self.headers, shown, strict=False)
            ):
                reason = Text("Something in this row has no header above it.")
                raise PublishError([Problem(reason, self.name, self.count)])
            named = zip(self.headers, shown, strict=False)
            row = {header: cell for header, cell in named if header and cell}
            self.rows.append(Row(self.count, row))


def read_sheets(source: bytes, file_name: str) -> list[Sheet]:
    """Return the sheets of an .md, .csv, .xlsx or .xls file.

    Raises:
        PublishError: another kind of file, too large, or it cannot be read.

    """
    if len(source) > MAX_SOURCE_BYTES:
        raise PublishError([Problem(Text("The file is too large."))])
    suffix = PurePath(file_name).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        reason = Text("A questionnaire is an .xlsx, .xls, .csv or .md file.")
        raise PublishError([Problem(reason)])
    try:
        return list(reader(source))
    except PublishError:
        raise
    except UnicodeDecodeError as error:
        raise PublishError([Problem(Text("The file is not UTF-8 text."))]) from error
    except Exception as error:  # a broken workbook raises anything
        twice = _TWICE.search(str(error))
        if twice:
            reason = Text("The column {name} is there twice.", {"name": twice[1]})
            raise PublishError([Problem(reason)]) from error
        raise PublishError([Problem(Text("The file cannot be read as a workbook."))]) from error


def _markdown(source: bytes) -> Iterator[Sheet]:
    sheets: dict[str, Sheet] = {}
    sheet: Sheet | None = None
    for line in source.decode("utf-8-sig").splitlines():
        text = line.strip()
        if not text.startswith("|") or _RULE.fullmatch(text):
            continue
        inner = text[1:]
        cells = [cell.replace(r"\|", "|").strip() for cell in _PIPE.split(inner)]
        if _PIPE.search(inner[-1:]) and not cells[-1]:
            cells = cells[:-1]
        if cells[0]:
            sheet = sheets.setdefault(cells[0].lower(), Sheet(cells[0]))
        if sheet is not None and any(cells[1:]):
            sheet.add(cells[1:])
    yield from sheets.values()


def _csv(source: bytes) -> Iterator[Sheet]:
    sheets: dict[str, Sheet] = {}
    sheet: Sheet | None = None
    for cells in csv.reader(io.StringIO(source.decode("utf-8-sig"), newline="")):
        if cells and cells[0].strip():
            name = cells[0].strip()
            sheet = sheets.setdefault(name.lower(), Sheet(name))
        if sheet is not None and (any(cell.strip() for cell in cells[1:]) or sheet.count):
            sheet.add(cells[1:])
    yield from sheets.values()


def _xlsx(source: bytes) -> Iterator[Sheet]:
    if problems := look_through(source):
        raise PublishError(problems)
    from pyxform.xls2json_backends import xlsx_to_dict  # noqa: PLC0415  (0.9 s, only when publishing)

    yield from _of_pyxform(xlsx_to_dict(source))


def _xls(source: bytes) -> Iterator[Sheet]:
    from pyxform.xls2json_backends import xls_to_dict  # noqa: PLC0415  (0.9 s, only when publishing)

    yield from _of_pyxform(xls_to_dict(source))


def _of_pyxform(book: Mapping[str, Any]) -> Iterator[Sheet]:
    """Take over what pyxform read: it keeps blank rows in place and skips foreign sheets."""
    for name in book["sheet_names"]:
        headers = book.get(f"{name.lower()}_header")
        sheet = Sheet(name, [str(header) for header in headers[0]] if headers else [], count=1)
        for number, cells in enumerate(book.get(name.lower(), ()), 2):
            if cells:
                sheet.rows.append(Row(number, {k: str(v).strip() for k, v in cells.items()}))
        yield sheet


_READERS: Final[Mapping[str, Callable[[bytes], Iterator[Sheet]]]] = {
    ".md": _markdown,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".xlsm": _xlsx,
    ".xls": _xls,
}
