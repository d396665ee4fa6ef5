from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.reports.reminder import reminder_text
from backend.schedule.due import Missing
from locales import Catalog

DUE = date(2026, 12, 7)


def missing(title: str, area: str = "Thôn 1", due: date = DUE, *, begun: bool = False) -> Missing:
    return Missing("a1", area, title.casefold(), title, "2026-Q4", due, begun)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (7, "Hạn chót: 07/12/2026, còn 7 ngày."),
        (0, "Hạn chót: hôm nay, 07/12/2026."),
        (-2, "Hạn là 07/12/2026. Bác vẫn gửi được."),
    ],
)
def test_until_when(days: int, words: str, catalog_vi: Catalog) -> None:
    text = reminder_text("Nguyễn Văn Hai", [missing("Nước")], DUE - timedelta(days), catalog_vi)
    assert words in text.splitlines()
    assert text.startswith("Chào bác Nguyễn Văn Hai.")


def test_two_villages_and_two_days_are_told_apart_nearest_first(catalog_vi: Catalog) -> None:
    things = [
        missing("Nước", "Thôn 1"),
        missing("Rác thải", "Thôn 2"),
        missing("Nhà ở", "Thôn 2", DUE - timedelta(3)),
    ]
    text = reminder_text("", things, DUE - timedelta(3), catalog_vi)
    lines = [line for line in text.splitlines() if line.startswith(("Thôn", "•", "Hạn"))]
    assert lines == [
        "Thôn 2 còn 1 phiếu chưa gửi (quý 4 năm 2026):",
        "• Nhà ở",
        "Hạn chót: hôm nay, 04/12/2026.",
        "Thôn 1 còn 1 phiếu chưa gửi (quý 4 năm 2026):",
        "• Nước",
        "Hạn chót: 07/12/2026, còn 3 ngày.",
        "Thôn 2 còn 1 phiếu chưa gửi (quý 4 năm 2026):",
        "• Rác thải",
        "Hạn chót: 07/12/2026, còn 3 ngày.",
    ]


def test_sample_data_says_so_first(catalog_vi: Catalog) -> None:
    text = reminder_text("Hai", [missing("Nước")], DUE, catalog_vi, sample=True)
    assert text.splitlines()[0] == "DỮ LIỆU MẪU"


def test_somebody_with_a_hundred_villages_gets_a_message_that_fits(catalog_vi: Catalog) -> None:
    things = [missing(title, f"Thôn {n}") for n in range(100) for title in ("Nước", "Rác thải")]
    text = reminder_text("Hai", things, DUE, catalog_vi)
    assert len(text) <= 2_000
    assert "… và 188 phiếu nữa." in text
