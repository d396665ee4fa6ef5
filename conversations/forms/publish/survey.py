"""Checking the sheets of a questionnaire before pyxform sees them.

pyxform accepts in silence what no phone can run (xforms.md 1): unknown functions, syntax errors,
cycles, misspelled columns. All of that is found here, with its row, and all in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from conversations.forms.publish.checked import (
    EXPRESSIONS,
    QUESTIONS,
    SELECTS,
    SOFT,
    SOFT_MESSAGE,
    Checked,
    Entry,
    unknown,
)
from conversations.forms.publish.expressions import check_cycles, check_expressions, learn_kinds
from conversations.forms.publish.sheets import Row, Sheet
from conversations.text import Text

SHEETS: Final = ("survey", "choices", "settings")

UNLABELLED: Final = frozenset({"calculate", "hidden"})

_TRANSLATED: Final = frozenset({"label", "hint", "constraint_message", "required_message"})
_OURS: Final = frozenset(
    {SOFT, *(f"bind::thonmoi:{name}" for name in ("unknown", "purpose", "max", "late", "unit"))}
)
_SURVEY: Final = (
    frozenset({"type", "name", "default", "choice_filter", "appearance", "parameters"})
    | frozenset(EXPRESSIONS)
    | _TRANSLATED
    | _OURS
    | {SOFT_MESSAGE}
)
_SETTINGS: Final = frozenset({"form_title", "form_id", "version", "default_language", "namespaces"})
_ALIASES: Final = {
    "read_only": "readonly",
    "constraint message": "constraint_message",
    "required message": "required_message",
    "read only": "readonly",
    "list name": "list_name",
    "title": "form_title",
    "id_string": "form_id",
    "relevance": "relevant",
    "calculate": "calculation",
}
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check(sheets: Iterable[Sheet]) -> Checked:
    """Check everything that can be checked without converting the form."""
    checked = Checked()
    _check_sheets(checked, sheets)
    if "survey" not in checked.sheets:
        checked.add(Text("There is no sheet survey."), "survey")
        return checked
    lists = _check_choices(checked)
    _check_survey(checked, lists)
    place_kinds = {"/data": "group"} | {
        path: QUESTIONS.get(entry.kind, "group" if entry.kind == "group" else "string")
        for path, entry in checked.entries.items()
    }
    learn_kinds(checked, place_kinds, lists)
    for entry in checked.entries.values():
        check_expressions(checked, entry, place_kinds, lists)
    check_cycles(checked)
    return checked


def _check_sheets(checked: Checked, sheets: Iterable[Sheet]) -> None:
    for sheet in sheets:
        name = sheet.name.lower()
        if name.startswith("_"):
            continue
        if name not in SHEETS:
            checked.add(unknown(Text("This sheet is not known."), name, SHEETS), sheet.name)
            continue
        headers = {header: _canonical(header) for header in sheet.headers if header}
        rows = [
            Row(row.number, {headers[header]: cell for header, cell in row.cells.items()})
            for row in sheet.rows
        ]
        canonical = [headers[header] for header in sheet.headers if header]
        clean = Sheet(name, canonical, rows, sheet.count)
        checked.sheets[name] = clean
        _check_columns(checked, clean)


def _canonical(header: str) -> str:
    base, mark, language = header.partition("::")
    if base.strip().lower() == "bind" and mark:
        return f"bind::{language.strip()}"
    base = base.strip().lower()
    return _ALIASES.get(base, base) + (f"::{language.strip()}" if mark else "")


def _base(header: str) -> str:
    if header.startswith("bind::"):
        return "::".join(header.split("::")[:2])
    return header.partition("::")[0]


def _check_columns(checked: Checked, sheet: Sheet) -> None:
    seen: set[str] = set()
    for header in sheet.headers:
        base = _base(header)
        if header in seen:
            checked.add(Text("The column {name} is there twice.", {"name": header}), sheet.name, 1)
        seen.add(header)
        if sheet.name == "choices":
            known = {"list_name", "name", "label"}
            if base in known or _NAME.fullmatch(header):
                continue
            checked.add(
                Text("The column {name} is not supported.", {"name": header}), sheet.name, 1
            )
            continue
        known = set(_SURVEY if sheet.name == "survey" else _SETTINGS)
        translated = _TRANSLATED | {SOFT_MESSAGE}
        if base in known and (base == header or base in translated):
            continue
        reason = Text("The column {name} is not known or not supported.", {"name": header})
        checked.add(unknown(reason, base, known), sheet.name, 1)


def _check_choices(checked: Checked) -> dict[str, frozenset[str]]:
    """Return the columns of each list by its name."""
    sheet = checked.sheets.get("choices")
    lists: dict[str, frozenset[str]] = {}
    if sheet is None:
        return lists
    seen: set[tuple[str, str]] = set()
    columns = frozenset(h for h in sheet.headers if "::" not in h) - {"list_name"}
    for row in sheet.rows:
        list_name, name = row.cells.get("list_name", ""), row.cells.get("name", "")
        if not _NAME.fullmatch(list_name):
            reason = Text(
                "The list name “{name}” must be ASCII letters, digits and _.", {"name": list_name}
            )
            checked.add(reason, sheet.name, row.number, "list_name")
        if not name or any(character.isspace() for character in name):
            reason = Text("A choice needs a name without spaces.")
            checked.add(reason, sheet.name, row.number, "name")
        if (list_name, name) in seen:
            reason = Text("The choice {name} is there twice.", {"name": name})
            checked.add(reason, sheet.name, row.number, "name")
        if not any(_base(header) == "label" for header in row.cells):
            checked.add(Text("The label is missing."), sheet.name, row.number, "label")
        seen.add((list_name, name))
        lists[list_name] = columns
    return lists


def _check_survey(checked: Checked, lists: Mapping[str, frozenset[str]]) -> None:
    sheet = checked.sheets["survey"]
    if not sheet.rows:
        checked.add(Text("There are no questions."), sheet.name)
    open_groups: list[Entry] = []
    for row in sheet.rows:
        kind, list_name = _kind(row)
        if kind == "end group":
            if not open_groups:
                checked.add(Text("This group was never begun."), sheet.name, row.number, "type")
            else:
                open_groups.pop()
            continue
        parent = open_groups[-1].path if open_groups else "/data"
        entry = _entry(checked, row, kind, list_name, parent)
        if entry is None:
            continue
        if kind == "group":
            open_groups.append(entry)
        elif kind in SELECTS and list_name not in lists:
            reason = Text("The list {name} is not on the sheet choices.", {"name": list_name})
            checked.add(reason, sheet.name, row.number, "type")
    for entry in open_groups:
        checked.add(Text("This group is never ended."), sheet.name, entry.row.number, "type")


def _kind(row: Row) -> tuple[str, str]:
    words = row.cells.get("type", "").split()
    written = " ".join(words).lower().replace("begin_", "begin ").replace("end_", "end ")
    if written == "begin group":
        return "group", ""
    if written == "end group":
        return written, ""
    if words and words[0].lower() in SELECTS and len(words) == 2:  # noqa: PLR2004  (type and list)
        return words[0].lower(), words[1]
    return written, ""


def _entry(checked: Checked, row: Row, kind: str, list_name: str, parent: str) -> Entry | None:
    sheet = "survey"
    name = row.cells.get("name", "")
    if kind == "csv-external":
        return None
    if kind != "group" and kind not in QUESTIONS and not (kind in SELECTS and list_name):
        reason = Text("The type “{type}” is not supported.", {"type": row.cells.get("type", "")})
        known = (*QUESTIONS, *SELECTS, "begin_group", "end_group")
        checked.add(unknown(reason, kind, known), sheet, row.number, "type")
        kind = "text"
    if not _NAME.fullmatch(name):
        reason = Text("The name “{name}” must be ASCII letters, digits and _.", {"name": name})
        checked.add(reason, sheet, row.number, "name")
        name = f"row_{row.number}"
    if name in checked.names or name in {"data", "meta"}:
        reason = Text("The name {name} is there twice.", {"name": name})
        checked.add(reason, sheet, row.number, "name")
        name = f"row_{row.number}"
    if "table-list" in row.cells.get("appearance", ""):
        reason = Text("The appearance {name} is not supported.", {"name": "table-list"})
        checked.add(reason, sheet, row.number, "appearance")
    has_label = any(_base(header) == "label" for header in row.cells)
    if not has_label and kind != "group" and kind not in UNLABELLED:
        checked.add(Text("The label is missing."), sheet, row.number, "label")
    if kind == "calculate" and "calculation" not in row.cells:
        checked.add(Text("The calculation is missing."), sheet, row.number, "calculation")
    entry = Entry(row, kind, name, f"{parent}/{name}", parent, list_name)
    checked.entries[entry.path] = entry
    checked.names[name] = entry.path
    return entry
