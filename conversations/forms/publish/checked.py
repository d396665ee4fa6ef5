"""What is known of a questionnaire's sheets while they are checked, and what is wrong with them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from conversations.forms.model import VILLAGE
from conversations.forms.publish.problems import Problem
from conversations.forms.publish.sheets import Row, Sheet
from conversations.text import Param, Text

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
TRANSLATED: Final = frozenset({"label", "hint", "constraint_message", "required_message"})
PROVIDED_LISTS: Final = frozenset({VILLAGE})
"""What pulldata() can read: the product gives these lists to every interview."""
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_NAME: Final = 100
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


def base_of(header: str) -> str:
    """Return a column without its language: label of label::vi."""
    if header.startswith("bind::"):
        return "::".join(header.split("::")[:2])
    return header.partition("::")[0]


def has_label(cells: Mapping[str, str]) -> bool:
    """Say whether a row has a label; the converter writes - for one that is missing."""
    return any(base_of(header) == "label" and cell != "-" for header, cell in cells.items())


def bad_name(name: str) -> Text | None:
    """Return why something cannot be the name of a question, None if it can."""
    if not name:
        return Text("The name is missing.")
    if not NAME.fullmatch(name):
        return Text("The name “{name}” must be ASCII letters, digits and _.", {"name": name})
    if len(name) > MAX_NAME:
        return Text("What stands here is too long: more than {most} letters.", {"most": MAX_NAME})
    return None


def no_list(name: str) -> Text:
    """Return the refusal of a list that the product does not give."""
    told = {"name": name, "known": ", ".join(sorted(PROVIDED_LISTS))}
    return Text("The office has no list {name}; a form can read this one: {known}.", told)


def unknown(reason: Text, name: str, known: Iterable[str]) -> Text:
    """Return the reason, with the known name that is nearest if one is near."""
    by_folded = {word.casefold(): word for word in sorted(known)}
    near = difflib.get_close_matches(name.casefold(), by_folded, 1, 0.75)
    if not near:
        return reason
    told: dict[str, Param] = {"reason": reason, "name": by_folded[near[0]]}
    return Text("{reason} Did you mean {name}?", told)
