"""Workbooks that hide something: millions of cells, formulas never calculated, cells under no header."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl.workbook import Workbook

from conversations.forms.publish import PublishError, publish
from conversations.forms.publish.sheets import MAX_CELLS
from locales import catalog

SURVEY = [
    ["type", "name", "label", "constraint"],
    ["integer", "a", "Bao nhiêu hộ?", ""],
    ["integer", "b", "Bao nhiêu người?", ". >= ${a}"],
]


def saved(change: Callable[[Workbook], None]) -> bytes:
    book = Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    for row in SURVEY:
        survey.append(row)
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version", "default_language"])
    settings.append(["Thử", "thu", "1", "vi"])
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: str, cell: str, value: object) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[sheet][cell] = value

    return change


def refused(data: bytes) -> list[tuple[str, int, str]]:
    with pytest.raises(PublishError) as refusal:
        publish(data, "f.xlsx")
    return [(p.sheet, p.row, catalog("en").say(p.reason)) for p in refusal.value.problems]


def test_what_is_in_order_is_published() -> None:
    assert publish(saved(lambda _: None), "f.xlsx").form_id == "thu"


def test_a_formula_that_was_never_calculated_loses_no_rule() -> None:
    [(sheet, row, reason)] = refused(saved(put("survey", "D3", '="." & ">= ${a}"')))
    assert (sheet, row) == ("survey", 3)
    assert "column D has no value" in reason


def test_a_cell_under_no_header_is_not_overlooked() -> None:
    [(sheet, row, reason)] = refused(saved(put("survey", "F2", ". >= 0")))
    assert (sheet, row) == ("survey", 2)
    assert "column F has no header" in reason


def test_an_error_in_a_cell_is_no_label() -> None:
    def change(book: Workbook) -> None:
        book["survey"]["C2"] = "#REF!"
        book["survey"]["C2"].data_type = "e"

    [(_, row, reason)] = refused(saved(change))
    assert row == 2
    assert "#REF!" in reason


def test_headers_stand_in_the_first_row() -> None:
    [(sheet, row, reason)] = refused(saved(lambda book: book["survey"].insert_rows(1)))
    assert (sheet, row) == ("survey", 1)
    assert "headers" in reason


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            (b"<row>" + b"<c><v>1</v></c>" * 50 + b"</row>") * (MAX_CELLS // 50 + 1),
            "too many cells",
        ),
        (b'<row r="9999999"><c><v>1</v></c></row>', "too many rows"),
    ],
)
def test_a_small_file_that_unpacks_to_very_much_is_not_read(cells: bytes, said: str) -> None:
    plain = saved(lambda _: None)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                begin, end = data.index(b"<sheetData>") + 11, data.index(b"</sheetData>")
                data = data[:begin] + cells + data[end:]
            new.writestr(name, data)
    [(sheet, _, reason)] = refused(out.getvalue())
    assert sheet == "survey"
    assert said in reason


def test_a_table_of_lines_is_as_strict() -> None:
    source = "| survey |\n| | type | name | label |\n| | integer | n | Số? | . >= 0 |\n"
    with pytest.raises(PublishError) as refusal:
        publish(source.encode(), "f.md")
    [problem] = refusal.value.problems
    assert (problem.sheet, problem.row) == ("survey", 2)
