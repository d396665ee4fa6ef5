"""The expressions of a questionnaire's rows: each is compiled, and none may go in a circle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from conversations.forms.publish.checked import (
    EXPRESSIONS,
    PROVIDED_LISTS,
    SELECTS,
    SOFT,
    Checked,
    Entry,
    no_list,
    unknown,
)
from conversations.text import Text
from conversations.xpath.compiler import compile_expression, compile_itemset
from conversations.xpath.errors import XPathError
from conversations.xpath.scope import Compiled, Place

_REFERENCE: Final = re.compile(r"\$\{[ \t]{0,9}(last-saved#)?([^{}]{0,200})\}")
_DYNAMIC: Final = re.compile(r"(?:^|\s)/data/|[a-z-]\(|instance\('__last-saved'\)")
"""A default that is an expression and not the text itself."""
_PULLED: Final = re.compile(r"pulldata\s*\(\s*['\"]([^'\"]+)['\"]")
_WORD: Final = re.compile(r"[^\W\d]\w*")
_EXCERPT: Final = 20
_ROUNDS: Final = 2
_YES_OR_NO: Final = frozenset({"required", "readonly"})
_PLAIN: Final = frozenset({"yes", "no", "true", "false"})


def tidy_references(text: str) -> str:
    """Return a text with ${ name } written ${name}, as the converter wants it."""
    if "${" not in text:
        return text
    return _REFERENCE.sub(lambda match: f"${{{match[1] or ''}{match[2].strip()}}}", text)


def wrong_reference(checked: Checked, text: str) -> Text | None:
    """Return why a ${…} in a text names no question, None if every one does."""
    if "${" not in text:
        return None
    for match in _REFERENCE.finditer(text):
        if match[2] not in checked.names:
            reason = Text("There is no question {name}.", {"name": match[2] or match[0]})
            return unknown(reason, match[2], checked.names)
    rest = _REFERENCE.sub("", text)
    if "${" in rest:
        at = rest.index("${")
        told = {"written": rest[at : at + _EXCERPT], "example": "${so_ho}"}
        return Text("“{written}” is not closed; write it like this: {example}.", told)
    return None


def check_choice_words(checked: Checked) -> None:
    """Note every ${…} on the sheet of choices that names no question."""
    sheet = checked.sheets.get("choices")
    for row in sheet.rows if sheet else ():
        for column, cell in row.cells.items():
            if wrong := wrong_reference(checked, cell):
                checked.add(wrong, "choices", row.number, column)


def resolve(names: Mapping[str, str], text: str) -> str:
    """Return a text with every ${name} replaced by its path.

    Raises:
        KeyError: a name that no row has; its argument is the name.

    """

    def path(match: re.Match[str]) -> str:
        found = names[match[2]]
        return f" instance('__last-saved'){found} " if match[1] else f" {found} "

    return _REFERENCE.sub(path, text)


def learn_kinds(
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
                place = _place(entry, kinds, lists)
                kinds[path] = compile_expression(resolved.strip(), place).kind
            except (KeyError, XPathError):
                continue  # told by check_expressions


def _place(
    entry: Entry,
    kinds: Mapping[str, str],
    lists: Mapping[str, frozenset[str]],
) -> Place:
    return Place(entry.path, kinds, frozenset(lists) | PROVIDED_LISTS, lists)


def check_expressions(
    checked: Checked,
    entry: Entry,
    kinds: Mapping[str, str],
    lists: Mapping[str, frozenset[str]],
) -> None:
    """Note what is wrong with a row's expressions, and keep which questions each reads."""
    row = entry.row
    place = _place(entry, kinds, lists)
    for column, cell in row.cells.items():
        if column in {"type", "name"}:
            continue
        if wrong := wrong_reference(checked, cell):
            checked.add(wrong, "survey", row.number, column)
            continue
        compiled = _compiled(checked, entry, column, resolve(checked.names, cell), place)
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
        if column not in EXPRESSIONS and column != SOFT and not is_dynamic:
            return None
        if expression.strip().lower() in _PLAIN:
            return None
        if column in _YES_OR_NO and _WORD.fullmatch(expression):
            told = {"value": expression}
            reason = Text("Write yes, no or an expression here, not “{value}”.", told)
            checked.add(reason, "survey", row.number, column)
            return None
        for name in _PULLED.findall(expression):
            if name not in PROVIDED_LISTS:
                checked.add(no_list(name), "survey", row.number, column)
                return None
        compiled: Compiled = compile_expression(expression.strip(), place)
    except XPathError as error:
        checked.add(_reason(checked, entry, error), "survey", row.number, column)
        return None
    return compiled.reads


def _reason(checked: Checked, entry: Entry, error: XPathError) -> Text:
    name = str(error.reason.params.get("name", ""))
    if name.startswith(f"{entry.path}/"):  # a bare word, taken for something inside the question
        word = name.removeprefix(f"{entry.path}/")
        if word in checked.names:
            told = {"name": word, "written": f"${{{word}}}"}
            return Text("The question {name} is written {written} in an expression.", told)
        return unknown(Text("There is no question {name}.", {"name": word}), word, checked.names)
    excerpt = error.expression[max(0, error.position - 12) : error.position + 12].strip()
    if not excerpt:
        return error.reason
    return Text("{reason} (near “{excerpt}”)", {"reason": error.reason, "excerpt": excerpt})


def check_cycles(checked: Checked) -> None:
    """Refuse a question whose value, relevance or choices depend on itself."""
    graph = {path: _dependencies(checked, entry) for path, entry in checked.entries.items()}
    filters = {
        path: entry.reads.get("choice_filter", frozenset())
        for path, entry in checked.entries.items()
    }
    for edges in (graph, filters):
        state: dict[str, int] = {}
        for start in edges:
            _visit(checked, edges, state, start)


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
