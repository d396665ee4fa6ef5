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
