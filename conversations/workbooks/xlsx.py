"""An .xlsx file as a stream: no more is kept of it than its filled cells.

A few kilobytes can unpack to millions of cells, styles or strings. So the parts are read one
element after the other, everything is counted, and what is not needed is dropped at once.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from conversations.text import Text
from conversations.workbooks.cells import (
    NOT_READABLE,
    Cell,
    Kind,
    Limits,
    Line,
    Merged,
    Table,
    WorkbookError,
    too_large,
)
from conversations.workbooks.elements import elements
from conversations.workbooks.numbers import date_text, is_date_format, number_text

MAX_UNPACKED_BYTES: Final = 60_000_000
MAX_ELEMENTS: Final = 1_500_000
MAX_PARTS: Final = 2_000
MAX_SHEETS: Final = 50
_MOST_COLUMNS: Final = 16_384
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_STRINGS: Final = "xl/sharedStrings.xml"
_STYLES: Final = "xl/styles.xml"
_PLACE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_xlsx(source: bytes, limits: Limits) -> list[Table]:
    """Return the sheets of an .xlsx file.

    Raises:
        WorkbookError: it is no such file, or too large; with the sheet and row where that is known.

    """
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            return _Book(archive, limits).tables()
    except WorkbookError:
        raise
    except Exception as error:  # a broken file makes zip and XML raise almost anything
        raise WorkbookError(NOT_READABLE) from error


class _Book:
    """One file being read, and how much of it has been."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.archive = archive
        self.limits = limits
        self.parts = {entry.filename: entry.file_size for entry in archive.infolist()}
        self.bytes = self.elements = 0
        if len(self.parts) > MAX_PARTS:
            raise too_large()

    def tables(self) -> list[Table]:
        where: dict[str, str] = {}
        for _, link in self.walk(_RELATIONS):
            target = posixpath.normpath(posixpath.join("xl", link.get("Target", "")))
            where[link.get("Id", "")] = target.removeprefix("/").replace("xl/xl/", "xl/", 1)
        sheets: list[tuple[Table, str]] = []
        since_1904 = False
        for _, element in self.walk(_WORKBOOK):
            if element.tag == "workbookPr":
                since_1904 = element.get("date1904", "") in {"1", "true"}
            elif element.tag == "sheet":
                link_id = next((v for k, v in element.items() if k.endswith("}id")), "")
                hidden = element.get("state", "visible") != "visible"
                table = Table(element.get("name", ""), hidden=hidden)
                sheets.append((table, where.get(link_id, "")))
        if len(sheets) > MAX_SHEETS:
            raise too_large()
        cells = _Cells(self.strings(), self.dates(), since_1904)
        for table, part in sheets:
            if part in self.parts:
                self.fill(table, part, cells)
        return [table for table, part in sheets if part in self.parts]

    def walk(self, part: str, unit: int = 2) -> Iterator[tuple[int, ET.Element]]:
        """Yield every element of a part at its end, with its depth.

        Elements down to the depth `unit` are whole then, and dropped afterwards.
        """
        self.bytes += self.parts[part]
        if self.bytes > MAX_UNPACKED_BYTES:
            raise too_large()
        with self.archive.open(part) as stream:
            yield from elements(stream, unit, self.count)

    def count(self) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise too_large()

    def strings(self) -> list[str]:
        if _STRINGS not in self.parts:
            return []
        return [_words(e) for depth, e in self.walk(_STRINGS, 1) if depth == 1]

    def dates(self) -> frozenset[int]:
        """Return the cell styles that show a number as a date."""
        if _STYLES not in self.parts:
            return frozenset()
        own: dict[int, str] = {}
        styles: list[int] = []
        for depth, element in self.walk(_STYLES):
            if element.tag == "numFmt":
                own[int(element.get("numFmtId", 0))] = element.get("formatCode", "")
            elif depth == 1 and element.tag == "cellXfs":
                break
            elif depth == 2 and element.tag == "xf":  # noqa: PLR2004  (of cellStyleXfs, then cellXfs)
                styles.append(int(element.get("numFmtId", 0)))
            elif depth == 1:
                styles.clear()
        return frozenset(
            style for style, code in enumerate(styles) if is_date_format(code, own.get(code))
        )

    def fill(self, table: Table, part: str, cells: _Cells) -> None:
        number = count = 0
        for depth, element in self.walk(part):
            name = element.tag
            if depth == 2 and name == "row":  # noqa: PLR2004  (worksheet, sheetData, row)
                given = int(element.get("r", number + 1))
                if given <= number:
                    raise WorkbookError(NOT_READABLE, table.name)
                number = given
                found = cells.of_row(element)
                count += len(found)
                if found and number > self.limits.rows:
                    raise WorkbookError(Text("There are too many rows."), table.name, number)
                if count > self.limits.cells:
                    raise WorkbookError(Text("There are too many cells."), table.name, number)
                if found:
                    table.rows.append(Line(number, found))
            elif name == "mergeCell":
                place = _PLACE.match(element.get("ref", ""))
                if place:
                    column = _column(place[1])
                    table.merged.append(Merged(element.get("ref", ""), int(place[2]), column))


class _Cells:
    """Turns the cells of a row into what a person sees in them."""

    def __init__(self, strings: Sequence[str], dates: frozenset[int], since_1904: bool) -> None:  # noqa: FBT001  (internal)
        self.strings = strings
        self.dates = dates
        self.since_1904 = since_1904

    def of_row(self, row: ET.Element) -> Mapping[int, Cell]:
        found: dict[int, Cell] = {}
        column = -1
        for element in row:
            place = _PLACE.match(element.get("r", ""))
            column = _column(place[1]) if place else column + 1
            if column >= _MOST_COLUMNS:
                raise WorkbookError(NOT_READABLE)
            if cell := self.cell(element):
                found[column] = cell
        return found

    def cell(self, element: ET.Element) -> Cell | None:
        parts = {child.tag: child for child in element}
        formula = "f" in parts
        kind = element.get("t", "n")
        if kind == "inlineStr":
            text = _words(parts["is"]) if "is" in parts else ""
        else:
            value = parts.get("v")
            text = (value.text or "") if value is not None else ""
        if kind == "s" and text:
            text = self.strings[int(text)]
        if not text.strip():
            return Cell("", Kind.FORMULA, formula=True) if formula else None
        match kind:
            case "b":
                return Cell("TRUE" if text.strip() == "1" else "FALSE", Kind.BOOLEAN, formula)
            case "e":
                return Cell(text, Kind.ERROR, formula)
            case "d":
                return Cell(text.removesuffix("T00:00:00").replace("T", " "), Kind.DATE, formula)
            case "n":
                return self.number(text.strip(), int(element.get("s", 0)), formula=formula)
        return Cell(_unescaped(text).strip(), Kind.TEXT, formula)

    def number(self, text: str, style: int, *, formula: bool) -> Cell:
        day = date_text(text, since_1904=self.since_1904) if style in self.dates else ""
        if day:
            return Cell(day, Kind.DATE, formula)
        return Cell(number_text(text), Kind.NUMBER, formula)


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _words(element: ET.Element) -> str:
    """Return the text of a string, plain or in runs, without its reading aid."""
    found = []
    for child in element:
        if child.tag == "t":
            found.append(child.text or "")
        elif child.tag == "r":
            found += [t.text or "" for t in child if t.tag == "t"]
    return "".join(found)


def _unescaped(text: str) -> str:
    """Return a text with _x000D_ and the like as the character that they stand for."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
