"""A questionnaire seen with answers: what is asked, in which words, what fits."""

from __future__ import annotations

import pytest

from conversations.forms.compiled import CompiledForm
from conversations.forms.model import Choice, QuestionType
from tests.conversations.forms.forms_for_tests import HOUSES, SETTINGS, form_of, see


@pytest.fixture(scope="module")
def houses() -> CompiledForm:
    return form_of(HOUSES)


def test_the_questions_are_there_in_order_with_our_own_columns(houses: CompiledForm) -> None:
    names = [(question.name, question.type) for question in houses.questions]
    assert names == [
        ("village", QuestionType.HIDDEN),
        ("book", QuestionType.CALCULATE),
        ("hello", QuestionType.NOTE),
        ("total", QuestionType.INTEGER),
        ("temp", QuestionType.INTEGER),
        ("since", QuestionType.DATE),
        ("share", QuestionType.CALCULATE),
        ("done", QuestionType.NOTE),
        ("photo", QuestionType.IMAGE),
    ]
    total, photo = houses.question("/data/total"), houses.question("/data/photo")
    assert (total.has_soft, total.has_constraint, total.unknown_ok, total.unit) == (
        True,
        True,
        True,
        "ho",
    )
    assert (photo.purpose, photo.max_photos, photo.late_ok, photo.has_soft) == (
        "housing",
        3,
        False,
        False,
    )
    assert houses.question("/data/poor/temp").group == "/data/poor"
    assert houses.languages == ("vi", "en")
    with pytest.raises(KeyError):
        houses.question("/data/poor")


def test_what_the_office_knows_fills_the_label_and_the_default(houses: CompiledForm) -> None:
    seen = see(houses)
    assert seen.label("/data/total") == "Sổ ghi 95 hộ. Nay có bao nhiêu hộ?"
    assert seen.default("/data/total") == "95"
    assert seen.value("/data/total") == ""
    assert see(houses, village="v2").default("/data/total") == "20"
    assert see(houses, village="v3").label("/data/total") == "Sổ ghi  hộ. Nay có bao nhiêu hộ?"


def test_words_come_in_the_language_asked_for_and_fall_back(houses: CompiledForm) -> None:
    english = see(houses, "en")
    assert english.label("/data/total") == "How many households?"
    assert english.hint("/data/total") == "Chỉ nhắn số"
    assert english.label("/data/poor/temp") == "Bao nhiêu nhà tạm?"
    assert english.soft_message("/data/total", "95") == "Was 90, now 95?"
    assert houses.group_label("/data/poor", english) == "Về nhà tạm"
    assert see(houses, "fr").required_message("/data/total") == "Xin bác cho biết số hộ"
    assert english.label("/data/share") == ""


def test_a_group_takes_its_questions_along_when_it_goes(houses: CompiledForm) -> None:
    with_temp = see(houses, total="10", temp="4", since="2026-01-02")
    assert with_temp.relevant("/data/poor/since")
    assert with_temp.value("/data/share") == "40"
    empty_village = see(houses, total="0", temp="4", since="2026-01-02")
    assert not empty_village.relevant("/data/poor/temp")
    assert empty_village.value("/data/poor/temp") == ""
    assert empty_village.value("/data/share") == ""
    assert not empty_village.relevant("/data/photo")


def test_required_follows_the_answers(houses: CompiledForm) -> None:
    assert see(houses).required("/data/total")
    assert not see(houses, total="9").required("/data/poor/since")
    assert see(houses, total="9", temp="1").required("/data/poor/since")


def test_the_refusal_names_the_number_that_clashes(houses: CompiledForm) -> None:
    seen = see(houses, total="95")
    assert not seen.constraint_ok("/data/total", "1000")
    assert seen.constraint_message("/data/total", "1000") == "Số 1.000 chưa đúng"
    assert seen.constraint_ok("/data/total", "")
    assert seen.constraint_ok("/data/poor/temp", "95")
    assert not seen.constraint_ok("/data/poor/temp", "96")
    assert seen.value("/data/total") == "95"


def test_a_soft_check_compares_with_last_period(houses: CompiledForm) -> None:
    seen = see(houses)
    assert seen.soft_ok("/data/total", "95")
    assert not seen.soft_ok("/data/total", "120")
    assert seen.soft_ok("/data/total", "")
    assert seen.soft_message("/data/total", "120") == "Kỳ trước 90, nay 120?"
    assert seen.soft_ok("/data/poor/temp", "7")


def test_dates_and_fractions_are_shown_as_people_write_them(houses: CompiledForm) -> None:
    answers = {"total": "16", "temp": "1", "since": "2026-11-02"}
    assert see(houses, **answers).label("/data/done") == "Còn 6,25% nhà tạm từ 02/11/2026"
    assert see(houses, "en", **answers).label("/data/done") == "Còn 6.25% nhà tạm từ 02/11/2026"
    assert not see(houses, **answers).constraint_ok("/data/poor/since", "2026-11-23")
    message = see(houses, **answers).constraint_message("/data/poor/since", "2026-11-23")
    assert message == "Ngày 23/11/2026 chưa tới"


def test_choices_follow_an_earlier_answer() -> None:
    form = form_of(
        """
| survey |
| | type | name | label | choice_filter |
| | select_one tinh | p | Tỉnh? | |
| | select_one huyen | d | Huyện? | tinh = ${p} |
| | select_multiple tinh | both | Những tỉnh nào? | |
| | note | n | Bác chọn ${both}, đã chọn kt: |
| choices |
| | list_name | name | label | tinh |
| | tinh | kt | Kon Tum | |
| | tinh | nt | Ninh Thuận | |
| | huyen | ih | Ia H'Drai | kt |
| | huyen | ba | Bác Ái | nt |
"""
        + SETTINGS
    )
    assert see(form).choices("/data/d") == ()
    assert see(form, p="kt").choices("/data/d") == (Choice("ih", "Ia H'Drai"),)
    assert [choice.value for choice in see(form).choices("/data/both")] == ["kt", "nt"]
    assert see(form).choices("/data/n") == ()
    assert see(form).read_only("/data/n")
    assert not see(form).read_only("/data/d")


def test_a_circle_that_slipped_in_cannot_loop() -> None:
    source = HOUSES.replace("${temp} div ${total} * 100", "${temp} + 1")
    form = form_of(source)
    form.nodes["/data/share"].calculate = lambda scope: scope.read("/data/share")
    form.nodes["/data/poor"].relevant = lambda scope: scope.is_relevant("/data/poor/temp")
    seen = see(form, total="5", temp="3")
    assert seen.value("/data/share") == ""
    assert seen.relevant("/data/poor/temp")


def test_numbers_are_kept_in_one_spelling(houses: CompiledForm) -> None:
    assert see(houses, total="007").value("/data/total") == "7"
    assert see(houses, total="chín").value("/data/total") == "chín"


def test_a_new_submission_starts_with_its_defaults(houses: CompiledForm) -> None:
    seen = see(houses)
    assert houses.first_load(seen._context) == {"/data/village": "v1", "/data/total": "95"}


def test_what_answers_can_call_for_is_known_apart_from_what_the_village_decides() -> None:
    form = form_of(
        """
| survey |
| | type | name | label | relevant | calculation |
| | hidden | village |
| | integer | n | Số? |
| | calculate | more | | | ${n} + 1 |
| | begin_group | pens | Chuồng | ${village} = 'v1' |
| | integer | pigs | Lợn? |
| | integer | sick | Lợn ốm? | ${pigs} > 0 |
| | end_group |
| | date | day | Ngày? | ${more} > 3 |
| | begin_group | late | Sau | ${n} > 9 |
| | text | why | Vì sao? |
| | end_group |
"""
        + SETTINGS
    )
    assert form.uncertain >= {"/data/pens/sick", "/data/day", "/data/late/why"}
    assert form.uncertain.isdisjoint({"/data/n", "/data/pens/pigs"})


def test_a_required_question_without_a_choice_left_holds_nobody_up() -> None:
    source = """
| survey |
| | type | name | label | required | choice_filter |
| | text | where | Ở đâu? | | |
| | select_one m | kind | Loại nào? | yes | place = ${where} |
| choices |
| | list_name | name | label | place |
| | m | a | A | here |
"""
    form = form_of(source)
    assert see(form, where="here").required("/data/kind")
    assert not see(form, where="there").required("/data/kind")
