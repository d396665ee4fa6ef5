"""Choices, several answers in one reply, commands, positions, free text."""

import math

import pytest

from conversations.answers.choices import read_choice, read_choices
from conversations.answers.commands import (
    NOWHERE,
    WHICH,
    Command,
    Ordered,
    read_command,
    read_question_number,
)
from conversations.answers.plain import clean
from conversations.answers.positions import position, read_position
from conversations.answers.reading import Problem, Understood
from conversations.answers.several import split_reply
from conversations.forms.model import Choice
from conversations.text import N_

WATER = (Choice("tap", "Nước máy"), Choice("dug", "Giếng đào"), Choice("bored", "Giếng khoan"))
YES_NO = (Choice("yes", "Có"), Choice("no", "Không"), Choice("dk", "Không rõ"))
TIMES = (Choice("a", "2"), Choice("b", "3"), Choice("c", "Đúng"))


@pytest.mark.parametrize(
    ("typed", "choices", "value"),
    [
        ("1", WATER, "tap"),
        ("2.", WATER, "dug"),
        ("số 3", WATER, "bored"),
        ("NUOC MAY", WATER, "tap"),
        ("giếng kh", WATER, "bored"),
        ("dug", WATER, "dug"),
        ("có", YES_NO, "yes"),
        ("vâng", YES_NO, "yes"),
        ("ko", YES_NO, "no"),
        ("không", YES_NO, "no"),
        ("Không rõ", YES_NO, "dk"),
        ("1", TIMES, "a"),
    ],
)
def test_a_choice_by_number_or_words(typed, choices, value):
    assert read_choice(typed, choices) == Understood(value)


@pytest.mark.parametrize(
    "typed", ["0", "4", "giếng", "g", "không rõ", "vâng", "", "99999999999999"]
)
def test_an_unclear_choice_is_asked_again(typed):
    assert isinstance(read_choice(typed, WATER), Problem)


def test_a_number_that_is_also_another_choices_words_is_asked_again():
    assert isinstance(read_choice("2", TIMES), Problem)


def test_a_choice_not_known():
    assert read_choice("chưa biết", WATER, unknown_ok=True) == Understood("", unknown=True)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", "bored"),
        ("3, 1", "tap bored"),
        ("1 3", "tap bored"),
        ("1 và 3", "tap bored"),
        ("1;2;3", "tap dug bored"),
        ("nước máy, giếng khoan", "tap bored"),
        ("Nước máy\nGiếng đào", "tap dug"),
        ("1, 1", "tap"),
    ],
)
def test_several_choices(typed, value):
    assert read_choices(typed, WATER) == Understood(value)


@pytest.mark.parametrize("typed", ["1, 9", "13", "1-3", "x y", "", ",", "nước máy giếng khoan"])
def test_several_choices_that_are_unclear(typed):
    assert isinstance(read_choices(typed, WATER), Problem)


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [
        ("20, 15, 3", {"a": "20", "b": "15", "c": "3"}),
        ("20,15,3", {"a": "20", "b": "15", "c": "3"}),
        ("20 15 3", {"a": "20", "b": "15", "c": "3"}),
        ("20\n\n15\n3", {"a": "20", "b": "15", "c": "3"}),
        ("20; không rõ", {"a": "20", "b": "không rõ"}),
        ("3) 3\n1) 20", {"c": "3", "a": "20"}),
        ("Câu 8a: 20\nCâu 8b: 15", {"a": "20", "b": "15"}),
        ("20 hộ 15 hộ 3 hộ", {"a": "20 hộ", "b": "15 hộ", "c": "3 hộ"}),
        ("20 và 15", {"a": "20", "b": "15"}),
        ("khoảng 20", {"a": "khoảng 20"}),
        ("1) 20\n1) 15", {"a": "1) 20", "b": "1) 15"}),
        ("b 15, a 20", {"a": "20", "b": "15"}),
        ("8B) 15", {"b": "15"}),
        ("c khoảng 3; a=20", {"a": "20", "c": "khoảng 3"}),
        ("a 20, b 15, z 3", {"a": "a 20", "b": "b 15", "c": "z 3"}),
        ("8) 20", {"a": "8) 20"}),
        ("a,b", {"a": "a,b"}),
        ("1) 500 2) 420", {"a": "500", "b": "420"}),
        ("5a 500 5b 420", {"a": "500", "b": "420"}),
        ("5a) 500 người 5c) 3", {"a": "500 người", "c": "3"}),
        ("a: khoảng 500 b: không rõ", {"a": "khoảng 500", "b": "không rõ"}),
        ("500，420", {"a": "500", "b": "420"}),
        ("500、420", {"a": "500", "b": "420"}),
        ("500 người. 420 người.", {"a": "500 người", "b": "420 người"}),
        ("khoảng 500, 420", {"a": "khoảng 500", "b": "420"}),
        ("15 tháng 11", {"a": "15 tháng 11"}),
    ],
)
def test_one_reply_to_several_questions(typed, pieces):
    assert split_reply(typed, ["a", "b", "c"]) == pieces


@pytest.mark.parametrize("typed", ["1,5", "20,15", "1,5, 3, 4", "1 2 3 4", "1\n2\n3\n4", "1,2,3,4"])
def test_a_reply_that_cannot_be_split_surely(typed):
    assert isinstance(split_reply(typed, ["a", "b", "c"]), Problem)


@pytest.mark.parametrize(
    "typed",
    [
        "khoảng 500 420",
        "8) 20",
        "500 - 420",
        "400 người trên tổng số 410 người",
        "400 trong 410",
        "400 trên 410",
        "20 khoảng 10",
        "410 người trong đó 400 người",
    ],
)
def test_numbers_that_cannot_be_told_apart_are_asked_a_line_each(typed):
    assert isinstance(split_reply(typed, ["a", "b"], numbers=True), Problem)


@pytest.mark.parametrize(
    ("typed", "number", "in_free_text"),
    [
        ("sửa câu hai", 2, 2),
        ("SUA CAU MOT", 1, 1),
        ("sửa câu thứ ba", 3, 3),
        ("sửa hai", 2, None),
        ("SỬA 3 👍", 3, 3),
        ("SỬA 0", NOWHERE, NOWHERE),
        ("SỬA abc", WHICH, None),
        ("sửa phiếu nước", WHICH, None),
        ("sửa câu 3 thành 15", 3, 3),
        ("Sửa câu 2 là 85", 2, 2),
        ("sửa lại 8 = 20", 8, 8),
        ("sửa câu từ", NOWHERE, None),
        ("SỬA 1000", NOWHERE, None),
    ],
)
def test_what_follows_the_word_for_editing_is_a_number_or_said_to_be_none(
    typed, number, in_free_text
):
    assert read_command(typed, only_commands=True) == Ordered(Command.EDIT, number)
    free = read_command(typed, any_words=True)
    assert (free.number if free else None) == in_free_text


@pytest.mark.parametrize(
    ("typed", "command", "number"),
    [
        ("SỬA", Command.EDIT, 0),
        ("sua", Command.EDIT, 0),
        ("/sua", Command.EDIT, 0),
        ("SỬA 3", Command.EDIT, 3),
        ("sửa câu 3", Command.EDIT, 3),
        ("/sua_3", Command.EDIT, 3),
        ("quay lại", Command.BACK, 0),
        ("Nghỉ.", Command.PAUSE, 0),
        ("HUY", Command.CANCEL, 0),
        ("/tro_giup", Command.HELP, 0),
        ("«GỬI»", Command.SEND, 0),
        ("xong rồi", Command.DONE, 0),
        ("bỏ  qua", Command.SKIP, 0),
        ("giữ", Command.KEEP, 0),
        ("tiếp", Command.NEXT, 0),
        ("/dung", Command.YES, 0),
        ("/khong_ro", Command.UNKNOWN, 0),
        ("/lung_tung", Command.OTHER, 0),
    ],
)
def test_command_words(typed, command, number):
    assert read_command(typed) == Ordered(command, number)


@pytest.mark.parametrize("typed", ["không", "ko", "đúng", "95", "sửa nhà", "", "nghỉ hè"])
def test_words_that_are_no_command(typed):
    assert read_command(typed) is None


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("Huy", None),
        ("huy", None),
        ("«Huy»", None),
        ("Nghị", None),
        ("NGHỊ", None),
        ("Tiệp", None),
        ("sữa", None),
        ("HUY", Command.CANCEL),
        ("hủy", Command.CANCEL),
        ("Huỷ.", Command.CANCEL),
        ("Hu\u0309y", Command.CANCEL),
        ("/huy", Command.CANCEL),
        ("huy bo", Command.CANCEL),
        ("NGHI", Command.PAUSE),
        ("giúp", Command.HELP),
    ],
)
def test_where_any_words_are_an_answer_a_name_is_no_command(typed, command):
    order = read_command(typed, any_words=True)
    assert (order.command if order else None) is command


def test_the_number_of_a_question():
    read = [
        read_question_number(t)
        for t in ("3", "câu 3", "Câu 12.", "8b", "8 B.", "câu hai", "3 4", "x")
    ]
    assert [(o.number, o.letter) if o else None for o in read] == [
        (3, ""), (3, ""), (12, ""), (8, "b"), (8, "b"), (2, ""), None, None,
    ]  # fmt: skip


def test_positions():
    assert read_position("14.35, 107.60") == Understood("14.35 107.6 0 0")
    assert read_position("(14,35; 107,60)") == Understood("14.35 107.6 0 0")
    assert read_position("không rõ", unknown_ok=True).unknown
    assert position(14.35, 107.6, 12.34) == Understood("14.35 107.6 0 12.3")
    assert position(14.35, 107.6, math.inf) == Understood("14.35 107.6 0 0")
    for bad in (position(math.nan, 0), position(91, 0), position(0, 181), read_position("14, 107")):
        assert isinstance(bad, Problem)


def test_free_text_keeps_what_xml_can_hold():
    assert clean("  a\x00\x07b\ud800 ") == "ab"


def test_a_marked_msgid_is_itself():
    assert N_("x") == "x"
