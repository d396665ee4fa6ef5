"""What a number counts is said in the language of the conversation, or not at all."""

import pytest

from conversations.forms.model import Question, QuestionType
from conversations.forms.names import OURS
from conversations.forms.ours import with_ours


@pytest.mark.parametrize(
    ("column", "own", "other", "typed"),
    [
        ("hộ", "hộ", "", "ho"),
        ("hộ; en: households", "hộ", "households", "ho"),
        (" en:  people ;người ", "người", "people", "nguoi"),
        ("en: people", "", "people", ""),
        ("; :", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_a_unit_by_language(column, own, other, typed):
    question = with_ours(Question("/data/n", "n", QuestionType.INTEGER), {f"{OURS}unit": column})
    assert (question.unit_in("vi", "vi"), question.unit_in("en", "vi")) == (own, other)
    assert question.unit_in("", "vi") == own, "a form without languages"
    assert question.unit == typed
