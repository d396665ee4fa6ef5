from datetime import date

import pytest

from conversations.answers.dates import read_date
from conversations.answers.reading import Problem, Understood

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("15/11/2026", "2026-11-15"),
        ("15-11-2026", "2026-11-15"),
        ("15.11.2026", "2026-11-15"),
        ("5/1/26", "2026-01-05"),
        ("2026-11-15", "2026-11-15"),
        ("ngày 15/11", "2026-11-15"),
        ("15/11", "2026-11-15"),
        ("15/12", "2025-12-15"),
        ("29/2", "2024-02-29"),
        ("ngày 15", "2026-11-15"),
        ("25", "2026-10-25"),
        ("mùng 2", "2026-11-02"),
        ("15 tháng 11", "2026-11-15"),
        ("ngày 15 tháng 12", "2025-12-15"),
        ("15 tháng 11 năm 2027", "2027-11-15"),
        ("hôm nay", "2026-11-22"),
        ("HOM QUA", "2026-11-21"),
        ("hôm kia.", "2026-11-20"),
        ("1/12/2027", "2027-12-01"),
        ("hôm kìa", "2026-11-19"),
        ("hom kia", "2026-11-20"),
        ("tối hôm qua", "2026-11-21"),
        ("dạ hôm qua ạ.", "2026-11-21"),
        ("hom qua 👍", "2026-11-21"),
        ("mồng 5", "2026-11-05"),
        ("mong 5", "2026-11-05"),
        ("20/11 ạ", "2026-11-20"),
        ("20 / 11", "2026-11-20"),
        ("20 / 11 / 2026 nhé!", "2026-11-20"),
        ("15.11", "2026-11-15"),
        ("sáng ngày 15/11 em ạ", "2026-11-15"),
        ("ngày 15 tháng này", "2026-11-15"),
        ("ngày 15 tháng trước", "2026-10-15"),
        ("25 tháng này", "2026-11-25"),
    ],
)
def test_the_day_comes_first_and_the_year_is_the_latest_past_one(typed, day):
    assert read_date(typed, TODAY) == Understood(day)


def test_a_day_that_this_month_does_not_have_yet_or_at_all():
    assert read_date("31", date(2026, 3, 1)) == Understood("2026-01-31")
    assert read_date("31", date(2026, 1, 5)) == Understood("2025-12-31")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "31/2/2026",
        "15/13",
        "11/2026",
        "0",
        "99",
        "tháng 11",
        "hôm nọ",
        "30/2",
        "1/2/3/4",
        "quà",
        "hôm này",
        "15 11",
    ],
)
def test_what_is_no_day_is_asked_again(typed):
    assert isinstance(read_date(typed, TODAY), Problem)


def test_a_day_to_come_is_the_next_one_where_the_question_looks_ahead():
    ahead = date(2027, 11, 21)
    assert read_date("15/12", TODAY, until=ahead) == Understood("2026-12-15")
    assert read_date("ngày 25 tháng này", TODAY, until=ahead) == Understood("2026-11-25")


def test_not_known_where_it_is_an_answer():
    assert read_date("không rõ", TODAY, unknown_ok=True).unknown
    assert isinstance(read_date("không rõ", TODAY), Problem)
