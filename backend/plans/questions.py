"""Which questions the questionnaires have, by reading their Markdown tables.

Only names and types are needed, so that a plan can be checked without converting a form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import conversations

FOLDER: Final = Path(conversations.__file__).parent / "questionnaires"
Questions: TypeAlias = Mapping[str, Mapping[str, str]]
"""Question name to its XLSForm type, by questionnaire id."""

_CELL = re.compile(r"(?<!\\)\|")


@cache
def shipped_questions(folder: Path = FOLDER) -> Questions:
    """Return the questions of every questionnaire of a folder, by form id (the file's name)."""
    return {path.stem: _questions(path) for path in sorted(folder.glob("*.md"))}


def _questions(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    sheet = ""
    head: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in _CELL.split(line)[1:-1]]
        if cells and cells[0]:
            sheet, head = cells[0].lower(), []
        elif sheet == "survey" and cells and not head:
            head = cells
        elif sheet == "survey" and cells:
            row = dict(zip(head, cells, strict=False))
            kind = row.get("type", "")
            if row.get("name") and not kind.startswith(("begin", "end")):  # a group asks nothing
                found[row["name"]] = kind
    return found
