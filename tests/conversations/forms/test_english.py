"""What pyxform says in English, out of its own tables, is said in a sentence of ours with its place."""

from __future__ import annotations

import pytest
from pyxform.errors import ErrorCode

from conversations.forms.publish.english import error_in_ours, warnings_in_ours
from locales import catalog

SAY = catalog("en").say
AT = {"row": 7, "sheet": "choices", "column": "label", "q": "zz", "value": "ho"}


@pytest.mark.parametrize(
    ("code", "place", "says"),
    [
        (ErrorCode.PYREF_001, ("choices", 7, "label"), "${so_ho}"),
        (ErrorCode.PYREF_003, ("choices", 7, "label"), "There is no question zz."),
        (ErrorCode.PYREF_004, ("choices", 7, "label"), "The name zz is there twice."),
        (ErrorCode.NAMES_001, ("survey", 7, "name"), "This name is there twice."),
        (ErrorCode.NAMES_008, ("choices", 7, "label"), "ASCII letters"),
        (ErrorCode.SURVEY_001, ("survey", 7, ""), "never begun"),
        (ErrorCode.SURVEY_002, ("survey", 7, ""), "never ended"),
    ],
)
def test_a_refusal_that_is_known_has_its_place(
    code: ErrorCode, place: tuple[str, int, str], says: str
) -> None:
    problem = error_in_ours(code.value.format(**AT))
    assert (problem.sheet, problem.row, problem.column) == place
    assert says in SAY(problem.reason)
    assert "English" not in SAY(problem.reason)


def test_a_refusal_that_is_not_known_is_quoted_and_bounded() -> None:
    problem = error_in_ours("[row : 3] KeyError: " + "x" * 5000)
    assert (problem.sheet, problem.row) == ("survey", 3)
    assert SAY(problem.reason).startswith("The form cannot be converted. In English: “KeyError")
    assert len(SAY(problem.reason)) < 400
    assert error_in_ours("").sheet == ""


def test_remarks_are_known_or_quoted() -> None:
    [twin] = warnings_in_ours(ErrorCode.NAMES_002.value.format(row=4, value="ho"))
    assert (twin.sheet, twin.row, SAY(twin.reason)) == (
        "survey", 4, "The name ho differs from another one by its capitals only.",
    )  # fmt: skip
    [other] = warnings_in_ours("[row : 5] Something new.")
    assert (other.row, "“Something new.”" in SAY(other.reason)) == (5, True)
    assert not list(warnings_in_ours("[row : 2] Use the max-pixels parameter to speed up"))
