"""Checking the sheets of a questionnaire before pyxform sees them.

pyxform accepts in silence what no phone can run (xforms.md 1): unknown functions, syntax errors,
cycles, misspelled columns. All of that is found here, with its row, and all in one go.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from conversations.forms.publish.problems import Problem
from conversations.forms.publish.sheets import Row, Sheet
from conversations.text import Text
from conversations.xpath.compiler import compile_expression, compile_itemset
from conversations.xpath.errors import XPathError
from conversations.xpath.scope import Compiled, Place

SHEETS: Final = ("survey", "choices", "settings")

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
UNLABELLED: Final = frozenset({"calculate", "hidden"})

_TRANSLATED: Final = frozenset({"label", "hint", "constraint_message", "required_message"})
_EXPRESSIONS: Final = ("relevant", "required", "readonly", "constraint", "calculation")
_SOFT: Final = "bind::thonmoi:soft"
SOFT_MESSAGE: Final = "bind::thonmoi:softMsg"
_OURS: Final = frozenset(
    {_SOFT, *(f"bind::thonmoi:{name}" for name in ("unknown", "purpose", "max", "late", "unit"))}
)
_SURVEY: Final = (
    frozenset({"type", "name", "default", "choice_filter", "appearance", "parameters"})
    | frozenset(_EXPRESSIONS)
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
_REFERENCE: Final = re.compile(r"\$\{\s*(last-saved#)?([^}]*?)\s*\}")
_DYNAMIC: Final = re.compile(r"(?:^|\s)/data/|[a-z-]+\(|instance\('__last-saved'\)")
"""A default that is an expression and not the text itself."""
_PULLED: Final = re.compile(r"pulldata\(\s*['\"]([^'\"]+)['\"]")
_ROUNDS: Final = 2
_PLAIN: Final = frozenset({"yes", "no", "true", "false"})


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
    _learn_kinds(checked, place_kinds, lists)
    for entry in checked.entries.values():
        _check_expressions(checked, entry, place_kinds, lists)
    _check_cycles(checked)
    return checked


def _check_sheets(checked: Checked, sheets: Iterable[Sheet]) -> None:
    for sheet in sheets:
        name = sheet.name.lower()
        if name.startswith("_"):
            continue
        if name not in SHEETS:
            checked.add(_unknown(Text("This sheet is not known."), name, SHEETS), sheet.name)
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
        checked.add(_unknown(reason, base, known), sheet.name, 1)


def _unknown(reason: Text, name: str, known: Iterable[str]) -> Text:
    near = difflib.get_close_matches(name, sorted(known), 1, 0.75)
    if not near:
        return reason
    return Text("{reason} Did you mean {name}?", {"reason": reason, "name": near[0]})


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
        checked.add(_unknown(reason, kind, known), sheet, row.number, "type")
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


def resolve(names: Mapping[str, str], text: str) -> str:
    """Return a text with every ${name} replaced by its path.

    Raises:
        KeyError: a name that no row has; its argument is the name.

    """

    def path(match: re.Match[str]) -> str:
        found = names[match[2]]
        return f" instance('__last-saved'){found} " if match[1] else f" {found} "

    return _REFERENCE.sub(path, text)


def _learn_kinds(
    checked: Checked, kinds: dict[str, str], lists: Mapping[str, frozenset[str]]
) -> None:
    """Put down which calculations give dates or texts, also those that build on each other."""
    for _ in range(_ROUNDS):
        for path, entry in checked.entries.items():
            cell = entry.row.cells.get("calculation")
            if entry.kind != "calculate" or not cell:
                continue
            try:
                resolved = resolve(checked.names, cell)
                place = _place(checked, entry, kinds, lists)
                kinds[path] = compile_expression(resolved.strip(), place).kind
            except (KeyError, XPathError):
                continue  # told by _check_expressions


def _place(
    checked: Checked,
    entry: Entry,
    kinds: Mapping[str, str],
    lists: Mapping[str, frozenset[str]],
) -> Place:
    cells = " ".join(entry.row.cells.values())
    declared = (
        row.cells.get("name", "")
        for row in checked.sheets["survey"].rows
        if row.cells.get("type", "").strip().lower() == "csv-external"
    )
    instances = frozenset(lists) | frozenset(_PULLED.findall(cells)) | frozenset(declared)
    return Place(entry.path, kinds, instances, lists)


def _check_expressions(
    checked: Checked,
    entry: Entry,
    kinds: Mapping[str, str],
    lists: Mapping[str, frozenset[str]],
) -> None:
    row = entry.row
    place = _place(checked, entry, kinds, lists)
    for column, cell in row.cells.items():
        if column in {"type", "name"}:
            continue
        try:
            resolved = resolve(checked.names, cell)
        except KeyError as error:
            reason = Text("There is no question {name}.", {"name": str(error.args[0])})
            near = _unknown(reason, str(error.args[0]), checked.names)
            checked.add(near, "survey", row.number, column)
            continue
        compiled = _compiled(checked, entry, column, resolved, place)
        if compiled is not None:
            entry.reads[column] = compiled


def _compiled(
    checked: Checked, entry: Entry, column: str, expression: str, place: Place
) -> frozenset[str] | None:
    row = entry.row
    try:
        if column == "choice_filter":
            if entry.kind not in SELECTS:
                reason = Text("A choice_filter needs a select question.")
                checked.add(reason, "survey", row.number, column)
                return None
            itemset = f"instance('{entry.list_name}')/root/item[{expression}]"
            return compile_itemset(itemset, place)[2]
        is_dynamic = column == "default" and _DYNAMIC.search(expression)
        if column not in _EXPRESSIONS and column != _SOFT and not is_dynamic:
            return None
        if expression.strip().lower() in _PLAIN:
            return None
        compiled: Compiled = compile_expression(expression.strip(), place)
    except XPathError as error:
        checked.add(_reason(error), "survey", row.number, column)
        return None
    return compiled.reads


def _reason(error: XPathError) -> Text:
    excerpt = error.expression[max(0, error.position - 12) : error.position + 12].strip()
    if not excerpt:
        return error.reason
    return Text("{reason} (near “{excerpt}”)", {"reason": error.reason, "excerpt": excerpt})


def _check_cycles(checked: Checked) -> None:
    """Refuse a question whose value or relevance depends on itself."""
    graph = {path: _dependencies(checked, entry) for path, entry in checked.entries.items()}
    state: dict[str, int] = {}
    for start in graph:
        _visit(checked, graph, state, start)


def _dependencies(checked: Checked, entry: Entry) -> frozenset[str]:
    reads = entry.reads.get("calculation", frozenset()) | entry.reads.get("relevant", frozenset())
    return reads | ({entry.parent} & checked.entries.keys())


def _visit(
    checked: Checked, graph: Mapping[str, frozenset[str]], state: dict[str, int], start: str
) -> None:
    stack: list[tuple[str, list[str]]] = [(start, sorted(graph[start]))]
    if start in state:
        return
    state[start] = 1
    while stack:
        path, rest = stack[-1]
        if not rest:
            state[path] = 2
            stack.pop()
            continue
        following = rest.pop()
        if following not in graph or state.get(following) == 2:  # noqa: PLR2004  (2 is done)
            continue
        if state.get(following) == 1:
            names = [p for p, _ in stack]
            loop = [*names[names.index(following) :], following]
            shown = " → ".join(p.rpartition("/")[2] for p in loop)
            reason = Text("These depend on each other in a circle: {names}.", {"names": shown})
            checked.add(reason, "survey", checked.entries[following].row.number)
            continue
        state[following] = 1
        stack.append((following, sorted(graph[following])))
