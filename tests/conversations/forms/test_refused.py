"""Questionnaires that are refused, and what their author reads: pairs of files in `refused/`.

`NAME.md` is refused with the lines of `NAME.txt`, all of them, in this order. A pair more needs no
Python.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conversations.forms.publish import PublishError, publish
from locales import catalog

FOLDER = Path(__file__).parent / "refused"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_it_is_refused_with_sheet_row_and_reason(path: Path) -> None:
    with pytest.raises(PublishError) as refusal:
        publish(path.read_bytes(), path.name)
    say = catalog("vi").say
    lines = [say(problem.text()) for problem in refusal.value.problems]
    assert lines == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
