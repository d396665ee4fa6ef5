"""What is known of a questionnaire's sheets while they are checked, and what is wrong with them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from conversations.forms.publish.problems import Problem
from conversations.forms.publish.sheets import Row, Sheet
from conversations.text import Text

QUESTIONS: Final = {
    "text": "string",
    "integer": "number",
    "decimal": "number",
    "date": "date",
    "note": "string",
    "geopoint": "string",
    "image": "string",
    "calculate": "",
    "hidden": "string",
}
"""Types that are written without a list, and how expressions see their values."""
SELECTS: Final = ("select_one", "select_multiple")
EXPRESSIONS: Final = ("relevant", "required", "readonly", "constraint", "calculation")
SOFT: Final = "bind::thonmoi:soft"
SOFT_MESSAGE: Final = "bind::thonmoi:softMsg"


@dataclass(slots=True)
class Entry:
    """One node of the survey sheet."""

    row: Row
    kind: str
    name: str
    path: str
    parent: str
    list_name: str = ""
    reads: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Checked:
    """The sheets with headers in one spelling, and what was found wrong with them."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    """By path, in order."""
    names: dict[str, str] = field(default_factory=dict)
    """Path by name."""
    problems: list[Problem] = field(default_factory=list)

    def add(self, reason: Text, sheet: str, row: int = 0, column: str = "") -> None:
        """Note one problem."""
        self.problems.append(Problem(reason, sheet, row, column))

    def setting(self, name: str) -> str:
        """Return a cell of the settings sheet, "" if blank."""
        settings = self.sheets.get("settings")
        return settings.rows[0].cells.get(name, "") if settings and settings.rows else ""


def unknown(reason: Text, name: str, known: Iterable[str]) -> Text:
    """Return the reason, with the known name that is nearest if one is near."""
    near = difflib.get_close_matches(name, sorted(known), 1, 0.75)
    if not near:
        return reason
    return Text("{reason} Did you mean {name}?", {"reason": reason, "name": near[0]})
