"""«Dạ gửi ạ» is GỬI; a name or an answer that only sounds like it is not."""

import pytest

from conversations.answers.commands import Command, Ordered, read_command
from conversations.answers.courtesy import without_courtesy


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("dạ gửi ạ", Ordered(Command.SEND)),
        ("giữ nhé", Ordered(Command.KEEP)),
        ("sửa câu 3 ạ", Ordered(Command.EDIT, 3)),
        ("Dạ, xong rồi ạ!", Ordered(Command.DONE)),
        ("trợ giúp với", Ordered(Command.HELP)),
        ("gửi rồi ạ", None),
        ("dạ", None),
        ("dạ không ạ", None),
        ("dạ 95 ạ", None),
    ],
)
def test_commands_said_politely(typed, order):
    assert read_command(typed) == order


def test_where_any_words_are_an_answer_a_polite_name_is_no_command():
    assert read_command("Huy ạ", any_words=True) is None
    assert read_command("HỦY ạ", any_words=True) == Ordered(Command.CANCEL)


def test_courtesy_alone_stays():
    assert without_courtesy("da vang a") == "da vang a"
    assert without_courtesy("da dung a") == "dung"
