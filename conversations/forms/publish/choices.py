"""The sheet of choices: every list with its names and labels."""

from __future__ import annotations

from collections import Counter

from conversations.forms.publish.checked import (
    MAX_NAME,
    NAME,
    PROVIDED_LISTS,
    Checked,
    has_label,
)
from conversations.forms.publish.sheets import Row
from conversations.limits import MAX_CHOICES_PER_LIST
from conversations.text import Param, Text


def check_choices(checked: Checked) -> dict[str, frozenset[str]]:
    """Note what is wrong with the choices; return the columns of each list by its name."""
    sheet = checked.sheets.get("choices")
    lists: dict[str, frozenset[str]] = {}
    if sheet is None or not {"list_name", "name"} <= set(sheet.headers):
        return lists
    seen: set[tuple[str, str]] = set()
    sizes: Counter[str] = Counter()
    columns = frozenset(h for h in sheet.headers if "::" not in h) - {"list_name"}
    for row in sheet.rows:
        list_name, name = row.cells.get("list_name", ""), row.cells.get("name", "")
        _check_list_name(checked, row, list_name, known=list_name in lists)
        sizes[list_name] += 1
        if sizes[list_name] == MAX_CHOICES_PER_LIST + 1:
            told: dict[str, Param] = {"name": list_name, "max": MAX_CHOICES_PER_LIST}
            reason = Text("The list {name} has more than {max} choices.", told)
            checked.add(reason, sheet.name, row.number)
        if not name or any(character.isspace() for character in name):
            reason = Text("A choice needs a name without spaces.")
            checked.add(reason, sheet.name, row.number, "name")
        elif len(name) > MAX_NAME:
            reason = Text(
                "What stands here is too long: more than {most} letters.", {"most": MAX_NAME}
            )
            checked.add(reason, sheet.name, row.number, "name")
        elif (list_name, name) in seen:
            reason = Text("The choice {name} is there twice.", {"name": name})
            checked.add(reason, sheet.name, row.number, "name")
        if not has_label(row.cells):
            checked.add(Text("The label is missing."), sheet.name, row.number, "label")
        seen.add((list_name, name))
        lists[list_name] = columns
    return lists


def _check_list_name(checked: Checked, row: Row, name: str, *, known: bool) -> None:
    reason = None
    if not name:
        reason = Text("The list's name is missing.")
    elif not NAME.fullmatch(name):
        reason = Text("The list name “{name}” must be ASCII letters, digits and _.", {"name": name})
    elif len(name) > MAX_NAME:
        reason = Text("What stands here is too long: more than {most} letters.", {"most": MAX_NAME})
    elif name in PROVIDED_LISTS and not known:
        reason = Text("The office has a list {name} itself. Choose another name.", {"name": name})
    if reason:
        checked.add(reason, "choices", row.number, "list_name")
