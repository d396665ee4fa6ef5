"""Patterns match what `re` matches, and none of them can take the process with it."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.xpath.patterns import MAX_TEXT, PatternError, matcher

ONE = st.sampled_from(
    ["a", "b", "1", ".", "[ab]", "[^a]", "[a-c1]", r"\d", r"\w", r"\.", "^", "$", r"\b", r"\Z", "{"]
)
OFTEN = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{,2}", "*?", "+?"])


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, OFTEN).map(lambda two: f"(?:{two[0]}){two[1]}"),
    )


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(ONE, deeper, max_leaves=6), st.lists(st.text("ab1.\n ", max_size=7), max_size=5)
)
def test_a_text_matches_as_it_does_elsewhere(pattern: str, texts: list[str]) -> None:
    try:
        matches = matcher(pattern)
    except PatternError:
        return
    reference = re.compile(pattern, re.ASCII)
    for text in texts:
        assert matches(text) == (reference.fullmatch(text) is not None)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", ".*.*.*.*.*.*x", r"(\w+\s?)+!!", "(a|aa)+b"]
)
def test_what_freezes_a_backtracking_matcher_is_answered(pattern: str) -> None:
    assert not matcher(pattern)("a" * (MAX_TEXT - 1) + "!")
    assert not matcher("a*")("a" * (MAX_TEXT + 1))


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(a", "( is not closed"),
        ("a)", "without its ("),
        ("[a", "[ is not closed"),
        ("\\", "is not closed"),
        ("*a", "nothing stands before"),
        ("a**", "nothing stands before"),
        ("a{2,1}", "above the most"),
        ("[z-a]", "z-a runs backwards"),
        (r"\q", r"\q is not supported"),
        ("[]", "[ is not closed"),
        (r"\x1", "in English"),
        ("(?=a)b", "not supported"),
        (r"(a)\1", "not supported"),
        ("(((a+)+)+)+", "inside each other"),
        ("(" * 1500 + ")" * 1500, "inside each other"),
        ("a{99999999999}", "repeats"),
        ("((ab|cd|ef){30}x|y)+", "steps"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(PatternError, match=re.escape(says)):
        matcher(pattern)


@given(st.text("ab()[]{}|*+?\\^$-,1:.<=! ", max_size=14))
def test_any_pattern_is_read_or_refused(pattern: str) -> None:
    with contextlib.suppress(PatternError):
        matcher(pattern)("ab1")
