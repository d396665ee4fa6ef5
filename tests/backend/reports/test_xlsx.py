"""The workbook, read back: numbers are numbers, days are days, text is text."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from backend.reports.xlsx import progress_xlsx
from backend.status.model import Progress, Status
from locales import Catalog
from tests.backend.reports.samples import indicator, progress, village
from tests.clock import OFFICE_ZONE


def read(found: Progress, catalog: Catalog) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(io.BytesIO(progress_xlsx(found, catalog, zone=OFFICE_ZONE)))
    return {sheet.title: sheet for sheet in book.worksheets}


def rows(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def row_of(sheet: Worksheet, first: str) -> tuple[Any, ...]:
    return next(row for row in sheet.iter_rows() if row[0].value == first)


def test_four_sheets_each_with_its_title_filter_and_frozen_head(catalog_vi: Catalog) -> None:
    sheets = read(progress(), catalog_vi)
    assert list(sheets) == ["Tổng hợp", "Từng thôn", "Chỉ tiêu", "Hạn báo cáo"]
    for name, sheet in sheets.items():
        assert sheet["A1"].value == f"{name} · Huyện Ia H’Drai"
        assert sheet["A2"].value == "Kế hoạch thử · quý 4 năm 2026, lúc 07:30 09/12/2026"
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref
        assert (sheet.column_dimensions["A"].width or 0) >= 9
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0, "as many pages as it takes, each one page wide"
        assert sheet.print_title_rows, "the head stands on every page"


def test_the_summary_can_be_calculated_with(catalog_vi: Catalog) -> None:
    sheet = read(progress(), catalog_vi)["Tổng hợp"]
    commune = row_of(sheet, "Xã Ia Đal")
    assert [cell.value for cell in commune[:4]] == ["Xã Ia Đal", 3, 4, 0.75]
    assert commune[3].number_format == "0.0%"
    target = row_of(sheet, "Thôn đạt chuẩn nông thôn mới")
    assert [c.value for c in target] == [
        "Thôn đạt chuẩn nông thôn mới", 2022, "thôn", 17, None, 0, 13, 2, 15, "Kế hoạch:89",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "written"), [("89.2756", 89.3), ("94.9756", 94.98), ("94.99999", 94.99)]
)
def test_a_target_s_rate_never_looks_larger_than_the_target(
    rate: str, written: float, catalog_vi: Catalog
) -> None:
    (target,) = progress().targets
    water = replace(
        target, at_least=Decimal(95), self_assessed=Decimal(rate), of_rate=True, remaining=None
    )
    sheet = read(progress(targets=(water,)), catalog_vi)["Tổng hợp"]
    cell = row_of(sheet, target.name)[7]
    assert cell.value == written
    assert cell.number_format.startswith("#,##0.0")


def test_villages_in_the_order_people_count_with_real_days(catalog_vi: Catalog) -> None:
    sheet = read(progress(), catalog_vi)["Từng thôn"]
    names = [row[1] for row in rows(sheet)[4:]]
    assert names == ["Thôn 2", "Thôn 10", "Thôn Chư Hem"]
    ten = rows(sheet)[5]
    assert ten[:8] == (
        "Xã Ia Đal", "Thôn 10", 1, 2, datetime(2026, 12, 6), None, 1, "quá hạn",  # noqa: DTZ001  (Excel has no zones)
    )  # fmt: skip
    assert sheet.cell(6, 5).number_format == "dd/mm/yyyy"
    assert ten[8] == "chưa đạt"


def test_indicators_keep_their_exact_rate(catalog_vi: Catalog) -> None:
    sheet = read(progress(), catalog_vi)["Chỉ tiêu"]
    water, housing = (list(row) for row in list(sheet.iter_rows())[4:6])
    assert [cell.value for cell in water] == [
        "thon", "17.1", "Hộ dùng nước hợp vệ sinh", "chưa đạt", 2374, 2500, 0.9496, 0.95,
        "còn 1 hộ nữa đủ 95%", 11, 12, None, None, None, None,
    ]  # fmt: skip
    assert water[6].number_format == "0.0###%", "94,96% is not shown as 95,0%"
    assert [cell.value for cell in housing[4:8]] == [12, None, None, 0]


def test_deadlines_one_row_a_report_and_none_invented(catalog_vi: Catalog) -> None:
    sheet = read(progress(), catalog_vi)["Hạn báo cáo"]
    month, quarter, year = rows(sheet)[4:]
    assert month[:3] == (datetime(2026, 12, 12), "Báo cáo tháng", "tháng 12 năm 2026")  # noqa: DTZ001  (Excel has no zones)
    assert quarter[1:3] == ("Báo cáo quý", "quý 4 năm 2026")
    assert year == ("chưa đặt hạn", "Báo cáo năm", "năm 2026", None, None, "UBND huyện")


@pytest.mark.parametrize("name", ["=1+1", '=HYPERLINK("http://x")', "+84", "-1", "@SUM(A1)"])
def test_a_name_is_never_a_formula(name: str, catalog_vi: Catalog) -> None:
    wicked = progress(
        area_name=name,
        plan_name=name,
        villages=(village(name, name),),
        communes=(("x", name, 1, 2),),
        indicators=(indicator(name=name, code=name, set_id=name),),
    )
    for sheet in read(wicked, catalog_vi).values():
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    village_cell = read(wicked, catalog_vi)["Từng thôn"]["B5"]
    assert (village_cell.value, village_cell.data_type) == (name, "s")


def test_labels_and_every_status_in_words(catalog_vi: Catalog) -> None:
    villages = tuple(
        village(f"Thôn {n}", "Xã A", indicators=(indicator(status),))
        for n, status in enumerate(Status)
    )
    sheets = read(
        progress(villages=villages, indicators=(indicator(),), sample=True, historical=True),
        catalog_vi,
    )
    for sheet in sheets.values():
        assert [sheet["A3"].value, sheet["A4"].value] == [
            "DỮ LIỆU MẪU",
            "kế hoạch năm 2022 (ví dụ)",
        ]
    shown = [row[8] for row in rows(sheets["Từng thôn"])[6:]]
    assert shown == ["đạt", "chưa đạt", "chưa đủ số liệu", "chưa có ngưỡng", "không áp dụng"]


def test_equal_progress_gives_equal_bytes(catalog_vi: Catalog) -> None:
    first = progress_xlsx(progress(), catalog_vi, zone=OFFICE_ZONE)
    book = openpyxl.load_workbook(io.BytesIO(first))
    assert book.properties.created.date() == date(2026, 12, 9), "not the day it was made"
    assert progress_xlsx(progress(), catalog_vi, zone=OFFICE_ZONE) == first


def test_an_area_with_nothing_in_it(catalog_vi: Catalog) -> None:
    empty = progress(
        villages=(), communes=(), indicators=(), deadlines=(), targets=(), late=(),
        expected=0, submitted=0,
    )  # fmt: skip
    assert len(read(empty, catalog_vi)) == 4
