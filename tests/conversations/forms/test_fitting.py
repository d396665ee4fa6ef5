"""What a form may offer: values of the question's type in one spelling, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.forms.fitting import fitted
from conversations.forms.model import QuestionType


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("integer", "95.0", "95"),
        ("integer", "007", "7"),
        ("integer", "1.5", ""),
        ("integer", "1,5", ""),
        ("integer", "9" * 10, ""),
        ("integer", "Infinity", ""),
        ("integer", "1e5", ""),
        ("decimal", "87.50", "87.5"),
        ("decimal", "33.333333333333336", "33.333333"),
        ("decimal", "-0.0000001", "0"),
        ("decimal", "NaN", ""),
        ("date", "2026-1-5", "2026-01-05"),
        ("date", "2026-11-20T07:00:00.000+07:00", "2026-11-20"),
        ("date", "2026-02-30", ""),
        ("geopoint", "14.35 107.6 0 0", "14.35 107.6 0 0"),
        ("geopoint", "95 0", ""),
        ("geopoint", "abc", ""),
        ("select_one", "a b", ""),
        ("select_multiple", " b  a b", "b a"),
        ("text", "a" * 2001, ""),
        ("image", "photo", ""),
    ],
)
def test_a_value_is_kept_in_one_spelling_or_not_at_all(kind: str, text: str, kept: str) -> None:
    assert fitted(QuestionType(kind), text) == kept


@given(st.sampled_from(QuestionType), st.one_of(st.text(max_size=30), st.text("0123456789.-:TeE ")))
def test_any_text_is_judged_and_what_is_kept_stays(kind: QuestionType, text: str) -> None:
    kept = fitted(kind, text)
    assert fitted(kind, kept) == kept
