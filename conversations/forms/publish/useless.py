"""Cells that would do nothing: a rule at a row that nobody answers, a word that nobody reads.

An author who writes a rule means it. Where it would never be asked, he is told so.
"""

from __future__ import annotations

import re
from typing import Final

from conversations.forms.publish.checked import (
    SOFT,
    SOFT_MESSAGE,
    Checked,
    Entry,
    base_of,
    unknown,
)
from conversations.text import Text

_ANSWERED: Final = frozenset({"required", "constraint", SOFT, SOFT_MESSAGE})
_NOTHING: Final[dict[str, frozenset[str]]] = {
    "group": _ANSWERED | {"readonly", "calculation", "default"},
    "note": _ANSWERED,
    "calculate": _ANSWERED,
    "hidden": _ANSWERED,
    "image": frozenset({"calculation", "default"}),
}
"""Rules that are never looked at, by the type of their row."""
_SWITCHES: Final = ("bind::thonmoi:unknown", "bind::thonmoi:late")
_YES_NO: Final = frozenset({"yes", "no", "true", "false", "true()", "false()", "1", "0"})
_PARAMETERS: Final = {"image": "max-pixels", "text": "rows"}
"""What changes nothing in a chat and may stand there; anything else would be a rule lost."""


def check_cells(checked: Checked, entry: Entry) -> None:
    """Note every cell of a row that would do nothing or cannot be what it says."""
    cells, row = entry.row.cells, entry.row.number
    written = cells.get("type", entry.kind)
    idle = _NOTHING.get(entry.kind, frozenset())
    for column in cells:
        if base_of(column) not in idle or cells[column] in {"no", "false()"}:
            continue
        told = {"column": column, "type": written}
        reason = Text("{column} does nothing at “{type}”. Write it at a question.", told)
        checked.add(reason, "survey", row, column)
    for column in _SWITCHES:
        value = cells.get(column, "yes")
        if value.lower() not in _YES_NO:
            reason = Text("Write yes or no here, not “{value}”.", {"value": value})
            checked.add(reason, "survey", row, column)
    _check_appearance(checked, entry)
    _check_parameters(checked, entry)


def _check_appearance(checked: Checked, entry: Entry) -> None:
    for word in entry.row.cells.get("appearance", "").split():
        reason = Text("The appearance {name} is not supported.", {"name": word})
        near = unknown(reason, word, ["field-list"])
        if word == "table-list" or (
            entry.kind == "group" and word != "field-list" and near != reason
        ):
            checked.add(
                reason if word == "table-list" else near, "survey", entry.row.number, "appearance"
            )


def _check_parameters(checked: Checked, entry: Entry) -> None:
    for part in re.split(r"[\s,;]+", entry.row.cells.get("parameters", "").replace(" = ", "=")):
        name, _, value = part.partition("=")
        if not part or (name == _PARAMETERS.get(entry.kind) and value.isdecimal()):
            continue
        reason = Text("The parameter {name} is not supported.", {"name": part})
        checked.add(reason, "survey", entry.row.number, "parameters")
