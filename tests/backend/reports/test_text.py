"""What an officer reads after /tiendo, and a village head about their own village."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from backend.reports.text import deadlines_text, progress_text, village_text
from backend.status.model import Status
from locales import Catalog
from tests.backend.reports.samples import indicator, progress, survey, village
from tests.clock import OFFICE_ZONE


def test_an_offices_progress_word_for_word(catalog_vi: Catalog) -> None:
    assert (
        progress_text(progress(), catalog_vi, zone=OFFICE_ZONE)
        == """\
TIẾN ĐỘ · Huyện Ia H’Drai
Quý 4 năm 2026, lúc 07:30 09/12/2026
Đã nộp: 3/6 phiếu.
Đã đủ phiếu: 1/3 thôn.

• Xã Ia Đal: 3/4 phiếu
• Xã Ia Tơi: 0/2 phiếu

Quá hạn (2):
• Xã Ia Đal: Thôn 10
• Xã Ia Tơi: Thôn Chư Hem
Thiếu ảnh (1): Thôn 10

✗ 17.1 Hộ dùng nước hợp vệ sinh: 94,96%, chưa đạt, còn 1 hộ nữa đủ 95%
   11/12 thôn đã báo cáo · 3 chưa đạt
✗ 9.1 Hộ còn nhà tạm: 12, chưa đạt, cần giảm 12 hộ
   11/12 thôn đã báo cáo

Hạn sắp tới:
• chậm nhất 12/12/2026: Báo cáo tháng; Báo cáo quý
• chưa đặt hạn: Báo cáo năm

Mục tiêu (số tự đánh giá chưa phải là công nhận):
• Thôn đạt chuẩn nông thôn mới (2022): mục tiêu 17 thôn, tháng 7/2021 0 thôn, \
ước cuối 2021 13 thôn, tự đánh giá 2 thôn, còn 15 thôn nữa đủ 17"""
    )


@pytest.mark.parametrize(
    ("more", "label"),
    [
        ({"sample": True}, "DỮ LIỆU MẪU"),
        ({"historical": True}, "kế hoạch năm 2022 (ví dụ)"),
        ({"historical": True, "plan_year": 0}, "Kế hoạch thử (ví dụ)"),
    ],
)
def test_made_up_data_and_old_plans_say_so_near_the_top(
    more: dict[str, object], label: str, catalog_vi: Catalog
) -> None:
    labelled = progress(**more)
    assert label in progress_text(labelled, catalog_vi).splitlines()[:4]
    assert label in village_text(labelled, labelled.villages[0], catalog_vi).splitlines()[:4]
    assert label not in progress_text(progress(), catalog_vi)


def test_each_status_is_said_in_words_and_counted(catalog_vi: Catalog) -> None:
    villages = tuple(
        village(f"Thôn {n}", "Xã A", indicators=(indicator(status),))
        for n, status in enumerate([*Status, Status.MET, Status.INSUFFICIENT_DATA])
    )
    text = progress_text(progress(villages=villages), catalog_vi)
    assert "· 2 đạt · 1 chưa đạt · 2 chưa đủ số liệu · 1 chưa có ngưỡng · 1 không áp dụng" in text


def test_without_a_value_no_number_is_invented(catalog_vi: Catalog) -> None:
    unknown = indicator(
        Status.INSUFFICIENT_DATA, numerator=None, denominator=None, rate=None, threshold=None
    )
    text = progress_text(progress(indicators=(unknown,)), catalog_vi)
    assert "? 17.1 Hộ dùng nước hợp vệ sinh: chưa đủ số liệu\n" in text


def test_what_nobody_reported_is_one_line(catalog_vi: Catalog) -> None:
    silent = indicator(
        Status.INSUFFICIENT_DATA, numerator=None, denominator=None, rate=None, reported=0
    )
    text = progress_text(progress(indicators=(indicator(), silent, silent)), catalog_vi)
    assert "? 2 chỉ tiêu chưa thôn nào có số liệu.\n" in text
    assert text.count("Hộ dùng nước hợp vệ sinh") == 1


def test_an_estimate_is_called_one(catalog_vi: Catalog) -> None:
    text = progress_text(progress(indicators=(indicator(estimate=True),)), catalog_vi)
    assert ": khoảng 94,96%, chưa đạt" in text


def test_a_target_without_a_number_says_so_and_recognition_is_never_added(
    catalog_vi: Catalog,
) -> None:
    (target,) = progress().targets
    unset = replace(target, at_least=None, remaining=None, baseline=None, estimate=None)
    text = progress_text(progress(targets=(unset,)), catalog_vi)
    assert "mục tiêu kế hoạch không ghi số, tự đánh giá 2 thôn" in text
    ranged = replace(target, at_least=Decimal(2), at_most=Decimal(3), unit="xã")
    assert "mục tiêu 2–3 xã" in progress_text(progress(targets=(ranged,)), catalog_vi)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "tự đánh giá 89,3% (11/12 thôn đã báo cáo)"),
        ({"estimated": True}, "tự đánh giá khoảng 89,3% (11/12 thôn đã báo cáo)"),
        (
            {"self_assessed": Decimal("94.9756"), "reported": 12},
            "tự đánh giá 94,98% (12/12 thôn đã báo cáo)",
        ),
    ],
)
def test_a_target_of_an_indicator_says_what_its_indicator_says(
    more: dict[str, object], said: str, catalog_vi: Catalog
) -> None:
    (target,) = progress().targets
    water = replace(
        target,
        unit="%",
        at_least=Decimal(95),
        baseline=None,
        estimate=None,
        remaining=None,
        self_assessed=Decimal(94900) / 1063,
        of_rate=True,
        reported=11,
        expected=12,
    )
    shown = progress_text(progress(targets=(replace(water, **more),)), catalog_vi)
    assert f"mục tiêu 95%, {said}\n" in f"{shown}\n"


def test_of_many_late_villages_some_are_named_and_the_rest_counted(catalog_vi: Catalog) -> None:
    many = tuple(
        village(f"Thôn {n}", "Xã A", surveys=(survey(submitted_at=None, late=True),))
        for n in range(60, 0, -1)
    )
    late = tuple((v.code, v.name) for v in many)
    text = progress_text(progress(villages=many, late=late), catalog_vi)
    assert "Quá hạn (60): Thôn 1, Thôn 2, Thôn 3," in text
    assert "Thôn 8 và 52 nơi khác" in text


@pytest.mark.parametrize("limit", [300, 2_000, 4_096])
def test_it_fits_the_channel_and_keeps_the_most_important_first(
    limit: int, catalog_vi: Catalog
) -> None:
    results = tuple(indicator(code=f"17.{n}", name="Tên rất dài " * 9) for n in range(60))
    text = progress_text(progress(indicators=results), catalog_vi, limit=limit)
    assert len(text) <= limit
    assert text.splitlines()[2] == "Đã nộp: 3/6 phiếu."
    assert text.endswith("… còn nữa, xem trong bảng và trang của văn phòng.")
    if limit >= 2_000:
        assert "còn 15 thôn nữa đủ 17" in text, "indicators go first: the picture has them"


def test_a_villages_own_state_word_for_word(catalog_vi: Catalog) -> None:
    own = village(
        "Thôn 2",
        "Xã Ia Đal",
        surveys=(
            survey(missing_photos=("/data/a", "/data/b")),
            survey("Rác thải", submitted_at=None),
            survey("Nhà ở", submitted_at=None, begun=False, late=True),
            survey("Nhà tiêu", submitted_at=None, begun=False, due=None),
        ),
        indicators=(
            indicator(photo_missing=True),
            indicator(Status.NO_THRESHOLD, threshold=None),
            indicator(Status.INSUFFICIENT_DATA, rate=None),
        ),
    )
    assert (
        village_text(progress(), own, catalog_vi, zone=OFFICE_ZONE)
        == """\
TIẾN ĐỘ · Thôn 2
Quý 4 năm 2026
Đã nộp: 1/4 phiếu.

✓ Nước: đã nộp ngày 06/12/2026, thiếu 2 ảnh
… Rác thải: đang làm dở, hạn 07/12/2026
○ Nhà ở: chưa làm, hạn 07/12/2026, đã qua
○ Nhà tiêu: chưa làm

Chỉ tiêu (thôn tự đánh giá):
✗ Hộ dùng nước hợp vệ sinh: 94,96%, chưa đạt, còn 1 hộ nữa đủ 95%
○ Hộ dùng nước hợp vệ sinh: 95,0%
? Còn 1 chỉ tiêu chưa đủ số liệu."""
    )


def test_deadlines_word_for_word(catalog_vi: Catalog) -> None:
    assert (
        deadlines_text(progress().deadlines, catalog_vi)
        == """\
HẠN BÁO CÁO

Chậm nhất 12/12/2026
• Báo cáo tháng
• Báo cáo quý
Kỳ: tháng 12 năm 2026, quý 4 năm 2026
Đơn vị báo cáo: UBND xã
Gửi: UBND huyện, qua Phòng Nông nghiệp

Chưa đặt hạn
• Báo cáo năm
Kỳ: năm 2026
Gửi: UBND huyện"""
    )
    assert deadlines_text((), catalog_vi) == "Mấy tháng tới chưa có báo cáo nào đến hạn."
