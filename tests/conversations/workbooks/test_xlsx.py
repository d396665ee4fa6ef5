"""Workbooks read as a stream: what a person sees in the cells, and nothing that eats the memory."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from conversations.workbooks.cells import Cell, Kind, Limits, WorkbookError
from conversations.workbooks.numbers import date_text, is_date_format, number_text
from conversations.workbooks.xlsx import MAX_ELEMENTS, read_xlsx

LIMITS = Limits(rows=100, cells=1000)
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"


def plain() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        day = book.add_format({"num_format": 'dd/mm/yyyy "ngày"'})
        money = book.add_format({"num_format": '#,##0 "đồng"'})
        sheet = book.add_worksheet("Thôn")
        sheet.write_row(0, 0, ["Số hộ", 95, 1.5, True])
        sheet.write_rich_string(2, 0, "Nhà ", book.add_format({"bold": True}), "tạm")
        sheet.write_number(2, 1, 46341, day)
        sheet.write_number(2, 2, 1200, money)
        sheet.write_formula(2, 3, "=1+1", None, 2)
        sheet.write_formula(2, 4, "=A1", None, "")
        sheet.write_formula(2, 5, "=1/0", None, "#DIV/0!")
        sheet.write_blank(2, 6, None, day)
        sheet.merge_range("A5:B6", "gộp")
        book.add_worksheet("ẩn").hide()
    return out.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return out.getvalue()


def test_cells_are_what_a_person_sees() -> None:
    sheet, hidden = read_xlsx(plain(), LIMITS)
    assert (sheet.name, sheet.hidden, hidden.hidden) == ("Thôn", False, True)
    first, second, third = sheet.rows
    assert (first.number, second.number, third.number) == (1, 3, 5)
    assert first.cells == {
        0: Cell("Số hộ"),
        1: Cell("95", Kind.NUMBER),
        2: Cell("1.5", Kind.NUMBER),
        3: Cell("TRUE", Kind.BOOLEAN),
    }
    assert second.cells == {
        0: Cell("Nhà tạm"),
        1: Cell("2026-11-15", Kind.DATE),
        2: Cell("1200", Kind.NUMBER),
        3: Cell("2", Kind.NUMBER, formula=True),
        4: Cell("", Kind.FORMULA, formula=True),
        5: Cell("#DIV/0!", Kind.ERROR, formula=True),
    }
    assert [(m.reference, m.row, m.column) for m in sheet.merged] == [("A5:B6", 5, 0)]


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, b"<sheetData><row>" + b"<c/>" * (MAX_ELEMENTS // 10) + b"</row></sheetData>"),
        (SHEET, b"<a>" * 50 + b"</a>" * 50),
        (SHEET, b'<c a="' + b"x" * 1_200_000 + b'"/>'),
        (SHEET, b"<!-- > " + b"x" * 1_200_000 + b"-->"),
        (SHEET, b"<sheetData><row><c><v>1</v></c></row><row r='1'><c><v>1</v></c></row></sheetData>"),
        ("xl/sharedStrings.xml", b"<si><t>" + b"a" * 300_000 + b"</t></si>"),
    ],
    ids=["cells", "depth", "a long tag", "a long comment", "a row twice", "a long text"],
)  # fmt: skip
def test_what_would_eat_memory_or_time_is_refused(part: str, content: bytes) -> None:
    data = with_part(part, b"<worksheet " + MAIN + b">" + content + b"</worksheet>")
    assert len(data) < 20_000
    with pytest.raises(WorkbookError):
        read_xlsx(data, LIMITS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_any_letters(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet>&b;</worksheet>'
    )
    with pytest.raises(WorkbookError, match="no Excel file"):
        read_xlsx(with_part(SHEET, text.encode(encoding)), LIMITS)


def test_elements_are_counted_over_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.workbooks.xlsx.MAX_ELEMENTS", 50)
    with pytest.raises(WorkbookError, match="too large"):
        read_xlsx(plain(), LIMITS)


def test_rows_and_cells_have_their_limits_with_the_place() -> None:
    for limits, row in ((Limits(rows=4, cells=100), 5), (Limits(rows=9, cells=5), 3)):
        with pytest.raises(WorkbookError, match="too many") as refusal:
            read_xlsx(plain(), limits)
        assert (refusal.value.sheet, refusal.value.row) == ("Thôn", row)


@pytest.mark.parametrize(
    ("serial", "shown"),
    [
        ("46341", "2026-11-15"),
        ("46341.4375", "2026-11-15 10:30:00"),
        ("0.5", "12:00:00"),
        ("59", "1900-02-28"),
        ("61", "1900-03-01"),
        ("1e300", ""),
        ("nan", ""),
        ("-999999999", ""),
    ],
)
def test_a_serial_number_is_a_day(serial: str, shown: str) -> None:
    assert date_text(serial) == shown


def test_dates_since_1904_and_formats() -> None:
    assert date_text("44879", since_1904=True) == "2026-11-15"
    assert is_date_format(14, None)
    assert not is_date_format(2, None)
    for pattern, is_date in (
        ("[h]:mm", True),
        ('0 "ngày"', False),
        ("[Red]0.00", False),
        ("General", False),
    ):
        assert is_date_format(170, pattern) is is_date
    assert [number_text(t) for t in ("2.0", "1E3", "0.1", "1e400", "12345678901234567890", "x")] == [
        "2", "1000", "0.1", "1e400", "12345678901234567890", "x",
    ]  # fmt: skip
