"""What people type is understood as a whole, or refused in one Vietnamese sentence."""

from __future__ import annotations

from datetime import date

import pytest

from backend.office_settings.asked import Asked, understood
from backend.office_settings.keys import Key, Kind
from backend.office_settings.overlay import Act
from backend.office_settings.values import WrongValueError, read_value
from backend.plans.schema import Indicator, Obligation
from locales import Catalog
from tests.backend.schedule.office import pack

RATE = Indicator(code="17.1", name="Nước", criterion="17", numerator=["a"], denominator=["b"])
COUNT = Indicator(code="9.1", name="Nhà tạm", criterion="9", numerator=["a"])
TODAY = date(2026, 11, 22)


def report(cadence: str, **more: object) -> Obligation:
    return Obligation.model_validate({"id": "q", "name": "Báo cáo", "cadence": cadence, **more})


@pytest.mark.parametrize(
    ("kind", "typed", "of", "value"),
    [
        (Kind.THRESHOLD, "95", RATE, "95"),
        (Kind.THRESHOLD, " 97,5 %", RATE, "97.5"),
        (Kind.THRESHOLD, "0", RATE, "0"),
        (Kind.THRESHOLD, "100%", RATE, "100"),
        (Kind.THRESHOLD, "3", COUNT, "3"),
        (Kind.DEADLINE, "13", report("quarterly"), {"before_day": 13}),
        (Kind.DEADLINE, "trước ngày 1", report("monthly"), {"before_day": 1}),
        (Kind.DEADLINE, "13 hằng quý", report("quarterly"), {"before_day": 13}),
        (Kind.DEADLINE, "20/12/2026", report("one_off"), {"before": "2026-12-20"}),
        (Kind.DEADLINE, "trước ngày 20/12/2026", report("unstated"), {"before": "2026-12-20"}),
        (
            Kind.DEADLINE,
            "25 hằng tháng",
            report("unstated"),
            {"before_day": 25, "cadence": "monthly"},
        ),
        (
            Kind.DEADLINE,
            "2026-06-12",
            report("six_month", before="2026-06-10"),
            {"before": "2026-06-12"},
        ),
        (Kind.LEAD_DAYS, "5 ngày", None, 5),
        (Kind.LEAD_DAYS, "0", None, 0),
        (Kind.OFFSETS, "1, 7 và 3;0", None, [7, 3, 1, 0]),
        (Kind.REMIND_AT, "7h30", None, "07:30"),
        (Kind.REMIND_AT, "7 giờ", None, "07:00"),
        (Kind.QUIET_HOURS, "21h đến 6h30", None, ["21:00", "06:30"]),
        (Kind.QUIET_HOURS, "từ 22:00 – 05:45", None, ["22:00", "05:45"]),
        (Kind.WEEKLY, "Thứ hai 7h30", None, ["mon", "07:30"]),
        (Kind.WEEKLY, "CN, 8:00", None, ["sun", "08:00"]),
        (Kind.WEEKLY, "thứ 6 lúc 16h", None, ["fri", "16:00"]),
        (Kind.ON_DAY_OFF, "Sớm hơn", None, "earlier"),
        (Kind.ON_DAY_OFF, "giữ nguyên", None, "none"),
        (Kind.ACTIVITY_DAY, "không", None, None),
        (Kind.ACTIVITY_DAY, "28", None, 28),
        (Kind.STAGE_DAYS, "15", None, 15),
    ],
)
def test_what_people_write(kind: Kind, typed: str, of: object, value: object) -> None:
    assert read_value(kind, typed, of) == value


@pytest.mark.parametrize(
    ("kind", "typed", "of", "said"),
    [
        (Kind.THRESHOLD, "101", RATE, "từ 0 đến 100"),
        (Kind.THRESHOLD, "-1", RATE, "từ 0 đến 100"),
        (Kind.THRESHOLD, "chín lăm", RATE, "từ 0 đến 100"),
        (Kind.THRESHOLD, "95 96", RATE, "từ 0 đến 100"),
        (Kind.THRESHOLD, "3%", COUNT, "số nguyên từ 0"),
        (Kind.THRESHOLD, "2,5", COUNT, "số nguyên từ 0"),
        (Kind.THRESHOLD, "", RATE, "Xin ghi giá trị"),
        (Kind.DEADLINE, "32", report("quarterly"), "từ 1 đến 31"),
        (Kind.DEADLINE, "0", report("monthly"), "từ 1 đến 31"),
        (Kind.DEADLINE, "20/12/2026", report("quarterly"), "trước ngày mấy"),
        (Kind.DEADLINE, "13 hằng tháng", report("quarterly"), "do kế hoạch"),
        (Kind.DEADLINE, "13", report("one_off"), "25/12/2026"),
        (Kind.DEADLINE, "31/02/2026", report("one_off"), "không có ngày 31/2/2026"),
        (Kind.DEADLINE, "13", report("unstated"), "bao lâu một lần"),
        (Kind.LEAD_DAYS, "61", None, "từ 0 đến 60"),
        (Kind.LEAD_DAYS, "năm", None, "từ 0 đến 60"),
        (Kind.OFFSETS, "7, -1", None, "từ 0 đến 60"),
        (Kind.OFFSETS, "7, 99", None, "từ 0 đến 60"),
        (Kind.OFFSETS, " , ", None, "từ 0 đến 60"),
        (Kind.REMIND_AT, "24:00", None, "07:30"),
        (Kind.REMIND_AT, "7:60", None, "07:30"),
        (Kind.QUIET_HOURS, "21:00", None, "từ giờ nào đến giờ nào"),
        (Kind.QUIET_HOURS, "21:00-25:00", None, "07:30"),
        (Kind.QUIET_HOURS, "21:00-21:00", None, "phải khác nhau"),
        (Kind.WEEKLY, "ngày mai 7:30", None, "thứ và giờ"),
        (Kind.WEEKLY, "thứ hai", None, "thứ và giờ"),
        (Kind.ON_DAY_OFF, "muộn hơn", None, "SỚM HƠN"),
        (Kind.ACTIVITY_DAY, "29", None, "từ 1 đến 28"),
        (Kind.STAGE_DAYS, "99999", None, "từ 0 đến 3.650"),
        (Kind.DAY_OFF, "25/12/1999", None, "từ 2000 đến 2100"),
        (Kind.DAY_OFF, "mai", None, "25/12/2026"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    kind: Kind, typed: str, of: object, said: str, catalog_vi: Catalog
) -> None:
    with pytest.raises(WrongValueError) as wrong:
        read_value(kind, typed, of)
    sentence = catalog_vi.say(wrong.value.reason)
    assert said in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(Key(Kind.LEAD_DAYS), "5"), "văn bản"),
        (Asked(Key(Kind.LEAD_DAYS), "5", "  "), "văn bản"),
        (Asked(Key(Kind.LEAD_DAYS), "5", "x" * 301), "văn bản"),
        (Asked(Key(Kind.LEAD_DAYS), "5", "CV 3", "1/1/2027", "31/12/2026"), "ở trước ngày đầu"),
        (Asked(Key(Kind.LEAD_DAYS, "x"), "5", "CV 3"), "không có mục"),
        (Asked(Key(Kind.DEADLINE, "khac"), "5", "CV 3"), "không có mục"),
        (Asked(Key(Kind.THRESHOLD, "q"), "5", "CV 3"), "không có mục"),
        (Asked(Key(Kind.LEAD_DAYS), "", "CV 3", ends=True), "chưa đặt giá trị riêng"),
        (Asked(Key(Kind.DAY_OFF), "26/12/2026", "CV 3"), "vốn đã là ngày nghỉ"),
        (Asked(Key(Kind.DAY_OFF), "01/01/2027", "CV 3"), "vốn đã là ngày nghỉ"),
        (Asked(Key(Kind.WORKING_DAY), "25/12/2026", "CV 3"), "vốn đã là ngày làm việc"),
        (Asked(Key(Kind.DAY_OFF), "24/12/2026", "CV 3"), "đã có trong danh sách"),
        (Asked(Key(Kind.WORKING_DAY), "24/12/2026", "CV 3"), "ghi ngược lại"),
        (Asked(Key(Kind.OFFSETS), "7, 1", "CV 2"), "đúng như vậy rồi"),
    ],
)
def test_what_is_asked_is_checked_as_a_whole(asked: Asked, said: str, catalog_vi: Catalog) -> None:
    day = date(2026, 12, 24)
    acts = [
        Act(1, Key(Kind.DAY_OFF, day.isoformat()), True, "CV 1", day, day, number=1),
        Act(2, Key(Kind.OFFSETS), [7, 1], "CV 2", TODAY, number=1),
    ]
    with pytest.raises(WrongValueError) as wrong:
        understood(asked, pack(), acts, TODAY)
    assert said in catalog_vi.say(wrong.value.reason)
