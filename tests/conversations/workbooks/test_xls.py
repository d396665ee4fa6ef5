"""Old .xls files: read like any other, and a cell far below does not cost the rows above it."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import pytest

from conversations.forms.publish import PublishError, publish
from conversations.workbooks.cells import Limits, WorkbookError
from conversations.workbooks.xls import read_xls

LIMITS = Limits(rows=1000, cells=40)
Cells = Sequence[tuple[int, int, str | float]]


def record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def old_workbook(sheets: Mapping[str, Cells]) -> bytes:
    """Return a workbook of Excel 5 with these cells (row, column, value), as its bytes are laid out."""
    head = record(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0, 1996))
    head += record(0x0042, struct.pack("<H", 1252))
    size = len(head) + sum(4 + 7 + len(name) for name in sheets) + 4
    table, bodies = b"", b""
    for name, cells in sheets.items():
        at = size + len(bodies)
        table += record(0x0085, struct.pack("<IHB", at, 0, len(name)) + name.encode("ascii"))
        bodies += record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0, 1996))
        for row, column, value in cells:
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = value.encode("cp1252")
                bodies += record(0x0204, place + struct.pack("<H", len(text)) + text)
            else:
                bodies += record(0x0203, place + struct.pack("<d", value))
        bodies += record(0x000A, b"")
    return head + table + record(0x000A, b"") + bodies


def cells_of(rows: Sequence[Sequence[str | float]]) -> Cells:
    return [(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row) if v != ""]


SURVEY = [["type", "name", "label", "constraint"], ["Integer", "ho", "Ho?", ". > 0"]]


def test_an_old_workbook_is_published_with_its_rules() -> None:
    settings = [["form_title", "form_id", "version"], ["Thu", "thu", 2.0]]
    sheets = {"survey": cells_of(SURVEY), "settings": cells_of(settings), "_ghi": [(0, 0, "x")]}
    found = publish(old_workbook(sheets), "f.xls")
    assert (found.form_id, found.version) == ("thu", "2")
    assert 'constraint=". &gt; 0"' in found.xml


def test_a_row_behind_many_blank_ones_is_refused_at_its_place_too() -> None:
    far = old_workbook({"survey": [*cells_of(SURVEY), (100, 0, "text"), (100, 3, ". >")]})
    with pytest.raises(PublishError) as refusal:
        publish(far, "f.xls")
    assert {(p.sheet, p.row) for p in refusal.value.problems} == {("survey", 101)}


@pytest.mark.parametrize(
    ("cells", "says"),
    [([(60_000, 255, 1.0)], "too many rows"), ([(r, 0, 1.0) for r in range(41)], "too many cells")],
)
def test_its_bounds_are_those_of_a_new_one(cells: Cells, says: str) -> None:
    with pytest.raises(WorkbookError, match=says):
        read_xls(old_workbook({"survey": cells}), LIMITS, {"survey"})


def test_sheets_of_other_names_are_not_read_but_known_to_be_there() -> None:
    tables = read_xls(old_workbook({"survey": [(0, 0, "a")], "other": []}), LIMITS, {"survey"})
    assert [(table.name, len(table.rows)) for table in tables] == [("survey", 1), ("other", 1)]
