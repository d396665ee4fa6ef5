"""Commands as people type them, and words that are none."""

from __future__ import annotations

import pytest

from bot.reception.commands import Asked, Command, command_of


@pytest.mark.parametrize(
    ("typed", "command", "rest"),
    [
        ("/tiendo", Command.PROGRESS, ""),
        ("Tiến  độ", Command.PROGRESS, ""),
        ("TIENDO xã Ia Đal", Command.PROGRESS, "xã Ia Đal"),
        ("tiến độ Ia Đal", Command.PROGRESS, "Ia Đal"),
        ("/tiendo@thonmoi_bot Ia Đal", Command.PROGRESS, "Ia Đal"),
        ("hạn chót!", Command.DEADLINES, ""),
        ("Rút lại", Command.WITHDRAW, ""),
        ("rút lại đồng ý", Command.WITHDRAW, ""),
        ("/Huỷ_đồng_ý", Command.WITHDRAW, ""),
        ("thêm ảnh", Command.PHOTO, ""),
        ("làm tiếp", Command.RESUME, ""),
        ("/moi trưởng thôn", Command.INVITE, "trưởng thôn"),
        ("/xyz", Command.OTHER, ""),
        ("/", Command.OTHER, ""),
    ],
)
def test_commands(typed: str, command: Command, rest: str) -> None:
    assert command_of(typed) == Asked(command, rest)


@pytest.mark.parametrize(
    "typed", ["", "95", "không", "mời bác vào nhà", "tiếp theo là gì", "menu gì thế", "web của xã"]
)
def test_other_words_are_none(typed: str) -> None:
    assert command_of(typed) is None


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/tiendo Ia Đal", True),
        ("tiến độ", True),
        ("menu", True),
        ("tiến độ thi công chậm", False),
        ("mới", False),
        ("web", False),
        ("trợ giúp", False),
        ("/trogiup", False),
        ("tiếp", False),
        ("/sua 3", False),
        ("/", False),
    ],
)
def test_while_a_question_waits_an_answer_goes_first(*, typed: str, heard: bool) -> None:
    assert (command_of(typed, answering=True) is not None) is heard


@pytest.mark.parametrize(
    "typed",
    [
        "ảnh của tôi thế nào",
        "ảnh của tôi thế nào rồi ạ?",
        "ảnh tôi sao rồi",
        "dạ ảnh của tôi đã duyệt chưa",
        "anh cua toi duoc duyet chua a",
        "Ảnh của tôi sao rồi vậy?",
        "anh cua toi the nao nhi",
        "cho hỏi ảnh của tôi thế nào với",
        "ẢNH CỦA TÔI THẾ NÀO???",
    ],
)
@pytest.mark.parametrize("answering", [False, True])
def test_how_my_photos_are_is_asked_in_many_ways(*, typed: str, answering: bool) -> None:
    assert command_of(typed, answering=answering) == Asked(Command.MY_PHOTOS)


@pytest.mark.parametrize(
    ("typed", "command", "rest"),
    [
        ("tiến độ ạ", Command.PROGRESS, ""),
        ("dạ tiến độ thế nào", Command.PROGRESS, ""),
        ("tien do the nao roi a?", Command.PROGRESS, ""),
        ("dạ, tiến độ Ia Đal đến đâu rồi ạ", Command.PROGRESS, "Ia Đal"),
        ("tiến độ thôn A", Command.PROGRESS, "thôn A"),
        ("tiến độ Ia Sao", Command.PROGRESS, "Ia Sao"),
        ("hạn chót với ạ", Command.DEADLINES, ""),
        ("dạ gửi lại 2 ạ", Command.RESEND, "2"),
        ("giúp với", Command.HELP, ""),
    ],
)
def test_courtesy_at_the_ends_spoils_no_command(typed: str, command: Command, rest: str) -> None:
    assert command_of(typed) == Asked(command, rest)


@pytest.mark.parametrize(
    "typed",
    ["dạ", "ạ", "ảnh ạ", "dạ 95 ạ", "tiến độ thi công chậm ạ", "ảnh nhà ông A thế nào", "mới ạ"],
)
def test_courtesy_makes_no_command_of_an_answer(typed: str) -> None:
    assert command_of(typed, answering=True) is None


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("Tiến độ chưa khớp, chụp lại giúp", None),
        ("Gửi lại 2", None),
        ("tiến độ ạ", None),
        ("tiến độ", Command.PROGRESS),
        ("/tiendo", Command.PROGRESS),
        ("/xyz", Command.OTHER),
    ],
)
def test_where_a_reason_is_written_only_a_bare_word_is_a_command(
    typed: str, command: Command | None
) -> None:
    asked = command_of(typed, writing=True)
    assert (asked and asked.command) == command
