"""Checking the sheets of a questionnaire before pyxform sees them.

pyxform accepts in silence what no phone can run (xforms.md 1): unknown functions, syntax errors,
cycles, misspelled columns. All of that is found here, with its row, and all in one go.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from conversations.forms.publish.checked import (
    EXPRESSIONS,
    NAME,
    PROVIDED_LISTS,
    QUESTIONS,
    SELECTS,
    SOFT,
    SOFT_MESSAGE,
    TRANSLATED,
    Checked,
    Entry,
    bad_name,
    base_of,
    has_label,
    no_list,
    unknown,
)
from conversations.forms.publish.choices import check_choices
from conversations.forms.publish.expressions import (
    check_choice_words,
    check_cycles,
    check_expressions,
    learn_kinds,
    tidy_references,
)
from conversations.forms.publish.settings import check_languages, check_settings
from conversations.forms.publish.sheets import SHEETS, Row, Sheet
from conversations.forms.publish.useless import check_cells
from conversations.limits import MAX_QUESTIONS_PER_FORM
from conversations.text import Text

UNLABELLED: Final = frozenset({"calculate", "hidden"})
_NOT_ASKED: Final = UNLABELLED | {"note", "group"}

_OURS: Final = frozenset(
    {SOFT, *(f"bind::thonmoi:{name}" for name in ("unknown", "purpose", "max", "late", "unit"))}
)
_SURVEY: Final = (
    frozenset({"type", "name", "default", "choice_filter", "appearance", "parameters"})
    | frozenset(EXPRESSIONS)
    | TRANSLATED
    | _OURS
    | {SOFT_MESSAGE}
)
_SETTINGS: Final = frozenset({"form_title", "form_id", "version", "default_language", "namespaces"})
_NEEDED: Final = {"survey": ("type", "name"), "choices": ("list_name", "name")}
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
_MEDIA: Final = frozenset({"image", "big-image", "audio", "video", "media"})
_GROUP: Final = ("begin group", "end group")
_EXTERNAL: Final = "csv-external"
_RESERVED: Final = frozenset({"data", "meta", "instanceID"})
_YES_NO: Final = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}


def check(sheets: Iterable[Sheet]) -> Checked:
    """Check everything that can be checked without converting the form."""
    checked = Checked()
    _check_sheets(checked, sheets)
    if "survey" not in checked.sheets:
        checked.add(Text("There is no sheet survey."), "survey")
        return checked
    check_settings(checked)
    check_languages(checked)
    lists = check_choices(checked)
    _check_survey(checked, lists)
    for entry in checked.entries.values():
        check_cells(checked, entry)
    place_kinds = {"/data": "group"} | {
        path: QUESTIONS.get(entry.kind, "group" if entry.kind == "group" else "string")
        for path, entry in checked.entries.items()
    }
    learn_kinds(checked, place_kinds, lists)
    for entry in checked.entries.values():
        check_expressions(checked, entry, place_kinds, lists)
    check_choice_words(checked)
    check_cycles(checked)
    if not checked.problems and all(e.kind in _NOT_ASKED for e in checked.entries.values()):
        checked.add(Text("There are no questions to be answered."), "survey")
    return checked


def _check_sheets(checked: Checked, sheets: Iterable[Sheet]) -> None:
    for sheet in sheets:
        name = sheet.name.lower()
        if name not in SHEETS:
            reason = Text("This sheet is not known; the name of a sheet of notes begins with _.")
            checked.add(unknown(reason, name, SHEETS), sheet.name)
            continue
        headers = {header: _canonical(header) for header in sheet.headers}
        rows = [
            Row(row.number, {headers[h]: _tidy(headers[h], cell) for h, cell in row.cells.items()})
            for row in sheet.rows
        ]
        clean = Sheet(name, [headers[header] for header in sheet.headers], rows)
        checked.sheets[name] = clean
        _check_columns(checked, clean)


def _canonical(header: str) -> str:
    base, mark, language = header.partition("::")
    if base.strip().lower() == "bind" and mark:
        return f"bind::{language.strip()}"
    base = base.strip().lower()
    return _ALIASES.get(base, base) + (f"::{language.strip()}" if mark else "")


def _tidy(header: str, cell: str) -> str:
    """Return a cell in the spelling that the converter knows."""
    if header == "type":
        return _canonical_type(cell)
    if header in EXPRESSIONS:
        return _YES_NO.get(cell.lower()) or tidy_references(cell)
    return tidy_references(cell)


def _canonical_type(cell: str) -> str:
    """Return a type as the converter knows it; one that is not supported stays as written."""
    words = unicodedata.normalize("NFKC", cell).split()
    if words and words[0].lower() in SELECTS:
        return " ".join([words[0].lower(), *words[1:]])
    written = " ".join(words).lower()
    plain = written.replace("begin_", "begin ").replace("end_", "end ")
    if plain in _GROUP or written in QUESTIONS or written == _EXTERNAL:
        return plain
    return cell


def _check_columns(checked: Checked, sheet: Sheet) -> None:
    seen: set[str] = set()
    for header in sheet.headers:
        base = base_of(header)
        if header in seen:
            checked.add(Text("The column {name} is there twice.", {"name": header}), sheet.name, 1)
        seen.add(header)
        if sheet.name == "choices":
            known = {"list_name", "name", "label"}
            if base in known or (NAME.fullmatch(header) and base not in _MEDIA):
                continue
            checked.add(
                Text("The column {name} is not supported.", {"name": header}), sheet.name, 1
            )
            continue
        known = set(_SURVEY if sheet.name == "survey" else _SETTINGS)
        translated = TRANSLATED | {SOFT_MESSAGE}
        if base in known and (base == header or base in translated):
            continue
        reason = Text("The column {name} is not known or not supported.", {"name": header})
        checked.add(unknown(reason, base, known), sheet.name, 1)
    for needed in _NEEDED.get(sheet.name, ()) if sheet.rows else ():
        if needed not in seen:
            checked.add(Text("The column {name} is missing.", {"name": needed}), sheet.name, 1)


def _check_survey(checked: Checked, lists: Mapping[str, frozenset[str]]) -> None:
    sheet = checked.sheets["survey"]
    if not sheet.rows:
        checked.add(Text("There are no questions."), sheet.name)
    if not set(_NEEDED["survey"]) <= set(sheet.headers):
        return
    open_groups: list[Entry] = []
    questions = 0
    for row in sheet.rows:
        kind, list_name = _kind(row)
        if kind == "end group":
            if open_groups:
                _end(checked, open_groups.pop(), row)
            else:
                checked.add(Text("This group was never begun."), sheet.name, row.number, "type")
            continue
        entry = _entry(checked, row, (kind, list_name), open_groups[-1].path if open_groups else "")
        questions += kind != "group"
        if questions > MAX_QUESTIONS_PER_FORM:
            told = {"max": MAX_QUESTIONS_PER_FORM}
            reason = Text("The form has more than {max} questions.", told)
            checked.add(reason, sheet.name, row.number)
            return
        if entry is not None and kind == "group":
            open_groups.append(entry)
        elif kind in SELECTS and list_name and list_name not in lists:
            reason = Text("The list {name} is not on the sheet choices.", {"name": list_name})
            checked.add(unknown(reason, list_name, lists), sheet.name, row.number, "type")
    for entry in open_groups:
        checked.add(Text("This group is never ended."), sheet.name, entry.row.number, "type")


def _end(checked: Checked, group: Entry, row: Row) -> None:
    if not any(entry.parent == group.path for entry in checked.entries.values()):
        checked.add(Text("This group is empty."), "survey", group.row.number, "type")
    for column in row.cells:
        if column not in {"type", "name"} and base_of(column) != "label":
            reason = Text(
                "{column} belongs into the row where the group begins.", {"column": column}
            )
            checked.add(reason, "survey", row.number, column)


def _kind(row: Row) -> tuple[str, str]:
    written = row.cells.get("type", "")
    if written == "begin group":
        return "group", ""
    first, _, rest = written.partition(" ")
    if first in SELECTS and " " not in rest:
        return first, rest
    return written, ""


def _entry(checked: Checked, row: Row, kinds: tuple[str, str], group: str) -> Entry | None:
    kind, list_name = kinds
    name, parent = row.cells.get("name", ""), group or "/data"
    why_no_name = _why_no_name(checked, name)
    if kind == _EXTERNAL:
        if name not in PROVIDED_LISTS:
            checked.add(no_list(name), "survey", row.number, "name")
        return None
    if reason := _why_no_type(kind, list_name):
        checked.add(reason, "survey", row.number, "type")
        if why_no_name:
            return None
        kind = "text"  # its name is known, so that nothing else is reported for its sake
    elif why_no_name:
        checked.add(why_no_name, "survey", row.number, "name")
        name = f"row_{row.number}"
    if not has_label(row.cells) and not reason and kind != "group" and kind not in UNLABELLED:
        checked.add(Text("The label is missing."), "survey", row.number, "label")
    if kind == "calculate" and "calculation" not in row.cells:
        checked.add(Text("The calculation is missing."), "survey", row.number, "calculation")
    entry = Entry(row, kind, name, f"{parent}/{name}", parent, list_name)
    checked.entries[entry.path] = entry
    checked.names[name] = entry.path
    return entry


def _why_no_type(kind: str, list_name: str) -> Text | None:
    if not kind:
        return Text("The type is missing.")
    if kind in SELECTS and not list_name:
        told = {"example": f"{kind} co_khong"}
        return Text("The name of a list is missing; write for example {example}.", told)
    if kind in {"group", *QUESTIONS, *SELECTS}:
        return None
    reason = Text("The type “{type}” is not supported.", {"type": kind})
    return unknown(reason, kind, (*QUESTIONS, *SELECTS, *_GROUP))


def _why_no_name(checked: Checked, name: str) -> Text | None:
    if reason := bad_name(name):
        return reason
    if name in _RESERVED:
        return Text(
            "The name {name} is kept for the form itself. Choose another one.", {"name": name}
        )
    if name in checked.names:
        return Text("The name {name} is there twice.", {"name": name})
    return None
