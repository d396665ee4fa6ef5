"""A workbook looked through as a stream, before a library reads it whole.

A few kilobytes can unpack to millions of cells, and the reader that follows keeps them all; it
also takes a formula that was never calculated, and a cell that stands under no header, for blank,
so that a rule of the form would be lost without a word. Both are found here with sheet and row.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Final
from xml.etree import ElementTree as ET

from conversations.forms.publish.problems import Problem, PublishError
from conversations.text import Text

MAX_ROWS: Final = 5_000
MAX_CELLS: Final = 100_000
MAX_UNPACKED_BYTES: Final = 60_000_000
MAX_PROBLEMS: Final = 50
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_MAX_PART: Final = 1_000_000
_COLUMN: Final = re.compile(r"[A-Z]+")


def look_through(source: bytes) -> list[Problem]:
    """Return what is wrong with the cells of an .xlsx file.

    Raises:
        PublishError: it is too large, or has too many rows or cells.
        zipfile.BadZipFile, KeyError, ET.ParseError: it is no workbook.

    """
    found: list[Problem] = []
    with zipfile.ZipFile(io.BytesIO(source)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise PublishError([Problem(Text("The file is too large."))])
        for name, part in _sheets(archive):
            with archive.open(part) as stream:
                for problem in _problems(stream, name):
                    if not name.startswith("_"):
                        found.append(problem)
                    if len(found) >= MAX_PROBLEMS:
                        return found
    return found


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Return the sheets' names and where in the file each is."""
    where = {
        link.get("Id"): posixpath.normpath(posixpath.join("xl", link.get("Target", "")))
        for link in _small(archive, _RELATIONS)
    }
    for sheet in _small(archive, _WORKBOOK).iter(f"{_MAIN}sheet"):
        part = where.get(sheet.get(_LINK), "").removeprefix("/")
        part = part.removeprefix("xl/xl/") if part.startswith("xl/xl/") else part
        if part in archive.namelist():
            yield sheet.get("name", ""), part


def _small(archive: zipfile.ZipFile, part: str) -> ET.Element:
    if archive.getinfo(part).file_size > _MAX_PART:
        raise PublishError([Problem(Text("The file is too large."))])
    return ET.fromstring(archive.read(part))  # noqa: S314  (bounded; expat bounds entities)


def _problems(stream: IO[bytes], name: str) -> Iterator[Problem]:
    sheet = _Sheet(name)
    for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314  (as above)
        if element.tag == f"{_MAIN}row":
            if event == "start":
                sheet.begin_row(element)
            else:
                element.clear()
        elif event == "end" and element.tag == f"{_MAIN}c":
            if reason := sheet.cell(element):
                yield Problem(reason, name, sheet.row)
            element.clear()


class _Sheet:
    """Where the reading of one sheet stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.row = self.cells = self.column = 0
        self.headers: set[str] = set()

    def begin_row(self, row: ET.Element) -> None:
        self.row, self.column = int(row.get("r", self.row + 1)), 0
        if self.row > MAX_ROWS:
            raise PublishError([Problem(Text("There are too many rows."), self.name, self.row)])

    def cell(self, cell: ET.Element) -> Text | None:
        """Take the next cell; return what is wrong with it."""
        self.cells, self.column = self.cells + 1, self.column + 1
        if self.cells > MAX_CELLS:
            raise PublishError([Problem(Text("There are too many cells."), self.name, self.row)])
        place = _COLUMN.match(cell.get("r", ""))
        column = place[0] if place else str(self.column)
        if not _filled(cell):
            if cell.find(f"{_MAIN}f") is None:
                return None
            return Text(
                "The formula in column {column} has no value kept with it. Write the value itself.",
                {"column": column},
            )
        if cell.get("t") == "e":
            told = {"column": column, "value": cell.findtext(f"{_MAIN}v", "")}
            return Text("Column {column} holds an error: {value}.", told)
        if self.row == 1:
            self.headers.add(column)
        elif not self.headers:
            reason = Text("The first row must hold the headers.")
            raise PublishError([Problem(reason, self.name, 1)])
        elif column not in self.headers:
            return Text(
                "What stands in column {column} has no header above it.", {"column": column}
            )
        return None


def _filled(cell: ET.Element) -> bool:
    return bool(cell.findtext(f"{_MAIN}v")) or cell.find(f"{_MAIN}is") is not None
