"""How a pack lies over another one."""

from pathlib import Path

import pytest

from backend.plans.located import extend, read_yaml


@pytest.fixture
def laid_over(tmp_path: Path):
    def merge(base: str, own: str):
        (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
        (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
        return extend(read_yaml(tmp_path / "base.yaml"), read_yaml(tmp_path / "own.yaml"))

    return merge


def test_items_with_a_name_are_merged_and_new_ones_come_last(laid_over):
    merged = laid_over(
        "areas: [{code: a, name: A, info: {x: '1'}}, {code: b, name: B}]",
        "areas: [{code: c, name: C}, {code: a, info: {y: '2'}}]",
    )
    assert merged.plain() == {
        "areas": [
            {"code": "a", "name": "A", "info": {"x": "1", "y": "2"}},
            {"code": "b", "name": "B"},
            {"code": "c", "name": "C"},
        ]
    }


def test_null_and_lists_of_words_replace(laid_over):
    merged = laid_over("a: {value: 1}\nb: [x, y]\nc: 3", "a: null\nb: [z]")
    assert merged.plain() == {"a": None, "b": ["z"], "c": 3}


def test_a_value_remembers_the_file_that_it_came_from(laid_over):
    merged = laid_over("a:\n  x: 1\n  y: 2", "a:\n  y: 3")
    assert (merged.at(("a", "x")).file.name, merged.at(("a", "x")).line) == ("base.yaml", 2)
    assert (merged.at(("a", "y")).file.name, merged.at(("a", "y")).line) == ("own.yaml", 2)


def test_a_clock_time_stays_one(laid_over):
    assert laid_over("at: 07:30", "until: 21:00").plain() == {"at": "07:30", "until": "21:00"}
