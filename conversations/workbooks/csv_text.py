"""Letters and rows of a text file: UTF-8 or UTF-16, with comma, semicolon or tab between cells."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

from conversations.text import Text
from conversations.workbooks.cells import WorkbookError

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT: Final = 5
"""Lines whose marks are counted to learn what stands between the cells."""


def decoded(source: bytes) -> str:
    """Return the text of a file; WorkbookError with the line where its letters cannot be read."""
    try:
        return source.decode("utf-16" if source.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        reason = Text(
            "The letters in line {line} cannot be read. "
            "Please save the file as .xlsx, or as CSV UTF-8.",
            {"line": line},
        )
        raise WorkbookError(reason, row=line) from error


def csv_lines(text: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV file, blank ones too.

    Raises:
        WorkbookError: a quotation mark is never closed or stands amid a cell, with the row.

    """
    head = "\n".join(islice(io.StringIO(text), _LOOKED_AT))
    mark = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        reason = Text(
            "The table cannot be read from line {line} on: a quotation mark is not closed, "
            "or a cell is too long.",
            {"line": reader.line_num},
        )
        raise WorkbookError(reason, row=reader.line_num) from error
