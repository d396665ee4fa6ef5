import pytest

from conversations.answers.numbers import number_param, read_number
from conversations.answers.reading import Problem, Understood

UNDERSTOOD = [
    ("95", "95"), ("95 hộ", "95"), ("95ho", "95"), ("1.200", "1200"), ("1.200.000", "1200000"),
    ("95,0", "95"), ("007", "7"), ("９５", "95"), ("dạ 95 hộ ạ", "95"), ("tổng cộng 95", "95"),
    ("có 95", "95"), ("co 95", "95"), ("95 người", "95"), ("-5", "-5"), ("−5", "-5"),
    ("không", "0"), ("ko", "0"), ("k", "0"), ("không có", "0"), ("chưa có ai", "0"), ("0", "0"),
    ("không có hộ nào", "0"), ("none", "0"), ("95.", "95"), ("95!", "95"),
    ("một", "1"), ("mười", "10"), ("mười lăm", "15"), ("hai mươi", "20"),
    ("hai muoi", "20"), ("hai mươi mốt", "21"), ("ba chục", "30"), ("2 chục", "20"), ("tám mươi", "80"),
    ("một trăm", "100"), ("một trăm lẻ năm hộ", "105"), ("hai trăm mười", "210"),
    ("hai trăm ba mươi tư", "234"), ("1 nghìn", "1000"), ("một ngàn hai trăm", "1200"),
    ("một nghìn không trăm lẻ năm", "1005"), ("hai mươi nghìn năm trăm", "20500"),
    ("hai lăm", "25"), ("chín lăm", "95"), ("hai tư", "24"), ("hai mốt", "21"), ("hai muoi lam", "25"),
    ("nam ho", "5"), ("năm", "5"), ("sáu hộ", "6"), ("tư", "4"), ("chưa hộ nào", "0"), ("chưa có hộ nào ạ.", "0"),
]  # fmt: skip
AS_PHONES_SEND_THEM = [
    "95 hộ.", "95 hộ!", "95 hộ nhé!", "95 hộ dân ạ.", "95 hộ,", "95,", "95..", "95\u200b", "\ufeff95",
    "95\ufe0f", "95👍", "👍 95 hộ 👍🏽", "95 hộ gia đình", "95 nhà", "95 hộ nha", "95 households", "95 hộ rồi em ạ.",
]  # fmt: skip
OTHER_UNITS = [
    "500 người",
    "500 người.",
    "2 lần",
    "500 dân",
    "500 nhân khẩu",
    "12 con",
    "95 hộ nghèo",
]
NO_NUMBER_WORDS = [
    "nhầm", "sau", "từ", "bà", "nam", "tam", "mươi hộ", "chục hộ", "lăm", "nhăm", "mốt", "hai mươi nhầm",
    "hồng", "đỏ 50", "tạm 50", "bầy", "sâu", "tằm mươi", "hai mười chục", "tâm",
]  # fmt: skip
ESTIMATED = [
    ("khoảng 50", "50"), ("độ 50", "50"), ("tầm 50", "50"), ("tam 50", "50"), ("~50", "50"),
    ("~ 50", "50"), ("cỡ 50", "50"), ("ước chừng 50 hộ", "50"), ("xấp xỉ 50", "50"), ("gần 50", "50"),
    ("trên dưới 50", "50"), ("50 gì đó", "50"), ("khoảng hai mươi hộ", "20"), ("tầm mười", "10"),
    ("about 1.200", "1200"), ("dạ khoảng 50 ạ", "50"),
]  # fmt: skip
ASKED_AGAIN = [
    "", "abc", "nhiều", "20/25", "20-25", "20 đến 25", "khoảng 20-25", "10^30", "1e5", "5²", "95%", "50?",
    "5k", "1 200", "30, 40", "2 hộ 3 hộ", "1,200,000", "1.2.3", "12.34.567", "1" + "0" * 30, "tam muoi",
    "một trăm hai", "một nghìn hai", "hai ba", "trăm", "nghìn", "lẻ năm trăm", "mười mười", "x mươi",
    "một trăm x", "hai mươi x", "x nghìn", "một nghìn x trăm", "1,1234567", "😀", "--5", "5-",
    "một nghìn không trăm x", "hai mươi ba bốn", "x trăm",
]  # fmt: skip
BOTH_READINGS = [
    ("1.5", "1,5", "15"), ("1.50", "1,50", "150"), ("87.5", "87,5", "875"), ("0.5", "0,5", "5"),
    ("1,200", "1,2", "1.200"), ("1,000", "1", "1.000"), ("12.3456", "12,3456", "123456"),
    ("0.500", "0,500", "500"), ("0.0", "0,0", "0"),
    ("1 nghìn 2", "1.200", "1.002"), ("một trăm hai", "120", "102"), ("một trăm tư hộ", "140", "104"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "value"), UNDERSTOOD)
def test_numbers_as_village_heads_type_them(typed, value):
    assert read_number(typed, whole=True) == Understood(value)


@pytest.mark.parametrize("typed", AS_PHONES_SEND_THEM)
def test_stops_pictures_and_courtesy_around_a_number_change_nothing(typed):
    assert read_number(typed, whole=True, unit="hộ", also=["households"]) == Understood("95")


@pytest.mark.parametrize("typed", OTHER_UNITS)
def test_a_number_of_something_else_is_asked_again_by_what_is_wanted(typed):
    reading = read_number(typed, whole=True, unit="hộ", also=["households"])
    assert isinstance(reading, Problem)
    assert reading.text.params == {"unit": "hộ"}


@pytest.mark.parametrize("typed", NO_NUMBER_WORDS)
def test_a_word_with_other_marks_or_an_everyday_word_is_no_number(typed):
    assert isinstance(read_number(typed, whole=True, unit="hộ"), Problem)


@pytest.mark.parametrize("typed", ["hết", "Hết ạ.", "hết rồi", "hết cả"])
def test_all_or_none_left_is_asked_again(typed):
    reading = read_number(typed, whole=True, unit="hộ")
    assert isinstance(reading, Problem)
    assert reading.text.params == {"words": typed.rstrip(".")}


@pytest.mark.parametrize("typed", ["tất cả", "cả thôn", "toàn bộ ạ"])
def test_all_of_them_is_asked_again_as_a_number(typed):
    assert isinstance(read_number(typed, whole=True, unit="hộ"), Problem)


def test_a_number_with_a_space_inside_is_named_as_it_may_be_meant():
    reading = read_number("1 200 hộ", whole=True, unit="hộ")
    assert isinstance(reading, Problem)
    assert reading.text.params == {"number": "1.200", "plain": "1200"}


@pytest.mark.parametrize(("typed", "value"), ESTIMATED)
def test_an_estimate_is_kept_and_marked(typed, value):
    assert read_number(typed, whole=True) == Understood(value, estimate=True)


@pytest.mark.parametrize("typed", ASKED_AGAIN)
def test_what_is_unclear_is_asked_again(typed):
    assert isinstance(read_number(typed, whole=True), Problem)


@pytest.mark.parametrize(("typed", "first", "second"), BOTH_READINGS)
@pytest.mark.parametrize("whole", [True, False])
def test_an_ambiguous_number_names_both_readings(typed, first, second, whole):
    reading = read_number(typed, whole=whole)
    assert isinstance(reading, Problem)
    assert reading.text.params == {"first": first, "second": second}


@pytest.mark.parametrize(
    "typed",
    ["không rõ", "ko rõ", "chưa rõ", "không biết", "kr", "?", "??", "KHÔNG RÕ.", "chưa biết"],
)
def test_not_known_is_an_answer_only_where_the_question_says_so(typed):
    assert read_number(typed, whole=True, unknown_ok=True) == Understood("", unknown=True)
    assert isinstance(read_number(typed, whole=True), Problem)


def test_decimals_have_a_comma():
    assert read_number("87,5", whole=False) == Understood("87.5")
    assert read_number("1.234,5", whole=False) == Understood("1234.5")
    assert isinstance(read_number("87,5", whole=True), Problem)


def test_numbers_are_shown_as_numbers():
    assert number_param("1200") == 1200
    assert str(number_param("87.50")) == "87.5"
