"""docs/plans.md tells of every key that a pack may hold, and of none that it may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.plans import schema
from backend.plans.schema.basics import Strict

PAGE = Path(__file__).parents[3] / "docs" / "plans.md"
MODELS = {
    name: found
    for name, found in vars(schema).items()
    if isinstance(found, type)
    and issubclass(found, Strict)
    and any(not field.exclude for field in found.model_fields.values())
    and name not in {"DaySet", "Strict"}  # only ever laid over, never in a file
}


def told() -> dict[str, set[str]]:
    """Return the keys in the first column of each table under «Every key», by the shape's name."""
    part = PAGE.read_text(encoding="utf-8").partition("\n## Every key\n")[2].partition("\n## ")[0]
    found = {}
    for section in part.split("\n### ")[1:]:
        title, _, body = section.partition("\n")
        name = re.findall(r"\(`(\w+)`\)", title)[0]
        rows = re.findall(r"^\| (`.*?) \|", body, re.MULTILINE)
        found[name] = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    return found


def test_each_shape_has_a_table() -> None:
    assert set(told()) == set(MODELS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_each_key_is_told_and_no_other(name: str) -> None:
    fields = MODELS[name].model_fields.items()
    assert told().get(name) == {key for key, field in fields if not field.exclude}
