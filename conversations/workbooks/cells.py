"""What is read from a workbook, whoever needs it: sheets, rows and cells, and how a file is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, NamedTuple

from conversations.text import Text

NOT_READABLE: Final = Text("This is no Excel file that can be read. Please save it as .xlsx.")


class WorkbookError(Exception):
    """A file that cannot be read; `reason` is the sentence, `sheet` and `row` say where if known."""

    def __init__(self, reason: Text, sheet: str = "", row: int = 0) -> None:
        super().__init__(f"{reason.msgid} {dict(reason.params)} {sheet}:{row}")
        self.reason = reason
        self.sheet = sheet
        self.row = row


class Kind(Enum):
    """What a cell holds."""

    TEXT = auto()
    NUMBER = auto()
    DATE = auto()
    """A day as 2026-11-15, a moment with its time behind it."""
    BOOLEAN = auto()
    """TRUE or FALSE."""
    ERROR = auto()
    """#REF! and the like."""
    FORMULA = auto()
    """A formula that no value was kept with."""


class Cell(NamedTuple):
    """One cell that is not blank. `formula` says that its value was computed."""

    text: str
    kind: Kind = Kind.TEXT
    formula: bool = False


class Line(NamedTuple):
    """One row with its number as the spreadsheet shows it, and its cells by column from 0."""

    number: int
    cells: Mapping[int, Cell]


class Merged(NamedTuple):
    """Cells that were merged into one: rows and columns, both ends included; rows count from 1."""

    reference: str
    row: int
    column: int


@dataclass(slots=True)
class Table:
    """One sheet: its rows that are not blank, in order."""

    name: str
    rows: list[Line] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: rows and filled cells of one sheet."""

    rows: int
    cells: int


def column_letters(column: int) -> str:
    """Return the name of a column, counted from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def too_large() -> WorkbookError:
    """Return the refusal of a file that would take too much memory."""
    return WorkbookError(Text("The file is too large."))
