"""The office's list of villages, row by row: what each row says, or why it cannot be taken. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from backend.imports.sheet import Cell, Row, SheetError
from backend.imports.words import Column, column_of
from backend.people import VIETNAM, as_phone
from conversations.text import Text, fold

HEADING_WITHIN: Final = 15
"""The headings stand within this many rows from the top: a title may come before them."""
MOST_NAME: Final = 120
MOST_HOUSEHOLDS: Final = 50_000
BARE_DIGITS: Final = 9
"""A Vietnamese number that Excel has taken the leading 0 from."""
_COUNT = re.compile(r"[0-9]{1,3}(?:[., ][0-9]{3})+|[0-9]{1,9}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_NATIONAL = re.compile(r"[2-9][0-9]{8,9}")


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row cannot be taken. `column` is empty when it is about the row as a whole."""

    row: int
    column: Column | None
    reason: Text


@dataclass(frozen=True, slots=True)
class Listed:
    """One village as the list has it; what the row leaves blank is "" or None."""

    row: int
    village: str
    commune: str
    code: str = ""
    person: str = ""
    phone: str | None = None
    households: int | None = None


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list as read: its villages, and what is wrong with other rows."""

    listed: tuple[Listed, ...]
    errors: tuple[RowError, ...]


def read_list(sheets: Sequence[Sequence[Row]]) -> ReadList:
    """Return the villages of the first sheet that has the headings, and what is wrong.

    Raises SheetError when no sheet has the headings, or one has a heading twice.
    """
    for rows in sheets:
        for i, row in enumerate(rows[:HEADING_WITHIN]):
            columns = _columns(row)
            if {Column.VILLAGE, Column.COMMUNE} <= columns.keys():
                return _read(rows[i + 1 :], columns)
    raise SheetError(
        Text(
            "The list needs a row of headings with at least: thôn, xã. `thonmoi area template` makes one."
        )
    )


def _columns(row: Row) -> dict[Column, int]:
    found: dict[Column, int] = {}
    for i, cell in enumerate(row.cells):
        column = column_of(cell.text)
        if column is None:
            continue
        if column in found:
            raise SheetError(Text("The heading {name} stands there twice.", {"name": cell.text}))
        found[column] = i
    return found


def _read(rows: Sequence[Row], columns: Mapping[Column, int]) -> ReadList:
    listed: list[Listed] = []
    errors: list[RowError] = []
    phones: dict[str, Listed] = {}
    for row in rows:
        cells = {c: row.cells[i] if i < len(row.cells) else Cell() for c, i in columns.items()}
        if not any(cell.text or cell.fault for cell in cells.values()):
            continue
        reader = _RowReader(row.number, cells)
        item = reader.listed()
        if item is None:
            errors += reader.errors
            continue
        same = phones.setdefault(item.phone, item) if item.phone else item
        if fold(same.person) != fold(item.person):
            reason = Text("Row {row} has this number for another person.", {"row": same.row})
            errors.append(RowError(item.row, Column.PHONE, reason))
        else:
            listed.append(item)
    return ReadList(tuple(listed), tuple(errors))


class _RowReader:
    """One row being read; `errors` grows."""

    def __init__(self, number: int, cells: Mapping[Column, Cell]) -> None:
        self._number = number
        self._cells = cells
        self.errors: list[RowError] = []

    def listed(self) -> Listed | None:
        for column, cell in self._cells.items():
            if cell.fault is not None:
                self._refuse(column, cell.fault)
        item = Listed(
            row=self._number,
            village=self._name(Column.VILLAGE, Text("The village's name is missing.")),
            commune=self._name(
                Column.COMMUNE,
                Text(
                    "The commune's name is missing. Please write it in every row, without merged cells."
                ),
            ),
            code=self._text(Column.CODE),
            person=self._person(),
            phone=self._phone(),
            households=self._households(),
        )
        if item.phone and not item.person:
            self._refuse(Column.PERSON, Text("There is a number, but not whose it is."))
        return None if self.errors else item

    def _text(self, column: Column) -> str:
        return self._cells.get(column, Cell()).text

    def _name(self, column: Column, missing: Text) -> str:
        cell = self._cells.get(column, Cell())
        if not cell.text and cell.fault is None:
            self._refuse(column, missing)
        return self._short(column, cell.text)

    def _person(self) -> str:
        name = self._text(Column.PERSON)
        if name and not any(letter.isalpha() for letter in name):
            self._refuse(Column.PERSON, Text("This is no person's name."))
        return self._short(Column.PERSON, name)

    def _short(self, column: Column, name: str) -> str:
        if len(name) > MOST_NAME:
            self._refuse(column, Text("This is too long."))
        return name

    def _phone(self) -> str | None:
        text = self._text(Column.PHONE)
        if not text:
            return None
        digits = re.sub(r"[\s.()-]", "", text)
        if len(digits) == BARE_DIGITS and digits.isdecimal() and digits[0] != "0":
            digits = "0" + digits
        phone = as_phone(digits) if digits.isascii() else None
        if phone is None or (
            phone.startswith(VIETNAM) and not _NATIONAL.fullmatch(phone.removeprefix(VIETNAM))
        ):
            self._refuse(
                Column.PHONE,
                Text("This is no telephone number. Please write it like 0901 234 567."),
            )
            return None
        return phone

    def _households(self) -> int | None:
        cell = self._cells.get(Column.HOUSEHOLDS, Cell())
        if not cell.text:
            return None
        bare = fold(cell.text).removesuffix(" ho")
        pattern = _WHOLE if cell.is_number else _COUNT  # 1.2 in a number's cell is no 1.200
        count = int(re.sub("[., ]", "", bare)) if pattern.fullmatch(bare) else 0
        if not 1 <= count <= MOST_HOUSEHOLDS:
            reason = Text(
                "The number of households must be a whole number from 1 to {most}.",
                {"most": MOST_HOUSEHOLDS},
            )
            self._refuse(Column.HOUSEHOLDS, reason)
            return None
        return count

    def _refuse(self, column: Column, reason: Text) -> None:
        self.errors.append(RowError(self._number, column, reason))
