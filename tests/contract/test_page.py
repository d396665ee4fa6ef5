"""docs/add-a-channel.md keeps what it promises."""

from __future__ import annotations

import ast

from tests.contract.driver_example import code_of_the_page


def test_a_channel_is_about_150_lines_that_say_what_they_do() -> None:
    code = code_of_the_page()
    lines = [line for text in code.values() for line in text.splitlines() if line.strip()]
    assert len(lines) <= 150
    for name, text in code.items():
        assert ast.get_docstring(ast.parse(text)), name
