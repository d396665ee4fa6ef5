"""Functions that see more than the values of their arguments: the place, the scope, a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from conversations.text import Text
from conversations.xpath.errors import XPathError
from conversations.xpath.parser import Call, Node
from conversations.xpath.patterns import PatternError, matcher
from conversations.xpath.scope import Part, Place, Scope
from conversations.xpath.values import Value, is_blank, to_bool, to_text


class Compiling(Protocol):
    """What a function needs of the compiler that meets it."""

    @property
    def place(self) -> Place: ...

    def node(self, node: Node) -> Part:
        """Compile an argument."""
        ...

    def literal(self, node: Call, index: int) -> str:
        """Return an argument that must be a text in quotes."""
        ...

    def error(self, reason: Text, position: int) -> XPathError:
        """Return the error for a place in the expression."""
        ...


def _if(compiler: Compiling, node: Call) -> Part:
    test, yes, no = (compiler.node(argument) for argument in node.arguments)
    t, y, n = test.run, yes.run, no.run
    kind = yes.kind if yes.kind == no.kind else ""
    return Part(lambda s: y(s) if to_bool(t(s)) else n(s), kind)


def _coalesce(compiler: Compiling, node: Call) -> Part:
    first, second = (compiler.node(argument) for argument in node.arguments)
    a, b = first.run, second.run

    def run(scope: Scope) -> Value:
        value = a(scope)
        return b(scope) if is_blank(value) else value

    return Part(run, first.kind if first.kind == second.kind else "")


def _once(compiler: Compiling, node: Call) -> Part:
    path = compiler.place.context
    run = compiler.node(node.arguments[0]).run

    def once(scope: Scope) -> Value:
        present = scope.read(path)
        return run(scope) if is_blank(present) else present

    return Part(once)


def _regex(compiler: Compiling, node: Call) -> Part:
    text = compiler.node(node.arguments[0]).run
    pattern = compiler.literal(node, 1)
    try:
        matches = matcher(pattern)
    except PatternError as error:
        reason = Text("The pattern of regex() cannot be read: {error}.", {"error": error.reason})
        raise compiler.error(reason, node.position) from error
    return Part(lambda s: matches(to_text(text(s))), "boolean")


def _today(_compiler: Compiling, _node: Call) -> Part:
    return Part(lambda s: s.today(), "date")


def _now(_compiler: Compiling, _node: Call) -> Part:
    return Part(lambda s: s.now(), "date")


def _itext(compiler: Compiling, node: Call) -> Part:
    key = compiler.node(node.arguments[0]).run
    return Part(lambda s: s.itext(to_text(key(s))), "string")


def _choice_name(compiler: Compiling, node: Call) -> Part:
    value = compiler.node(node.arguments[0]).run
    path = compiler.literal(node, 1).strip()
    if path not in compiler.place.kinds:
        reason = Text("There is no question {name}.", {"name": path})
        raise compiler.error(reason, node.position)
    return Part(lambda s: s.choice_name(to_text(value(s)), path), "string")


def _pulldata(compiler: Compiling, node: Call) -> Part:
    instance = compiler.literal(node, 0)
    if instance not in compiler.place.instances:
        reason = Text("There is no list {name}.", {"name": instance})
        raise compiler.error(reason, node.position)
    column, key = compiler.literal(node, 1), compiler.literal(node, 2)
    sought = compiler.node(node.arguments[3]).run

    def run(scope: Scope) -> Value:
        wanted = to_text(sought(scope))
        for row in scope.rows(instance):
            if row.get(key) == wanted:
                return row.get(column, "")
        return ""

    return Part(run, "string")


SPECIAL: dict[str, tuple[int, int | None, Callable[[Compiling, Call], Part]]] = {
    "if": (3, 3, _if),
    "coalesce": (2, 2, _coalesce),
    "once": (1, 1, _once),
    "regex": (2, 2, _regex),
    "today": (0, 0, _today),
    "now": (0, 0, _now),
    "jr:itext": (1, 1, _itext),
    "jr:choice-name": (2, 2, _choice_name),
    "pulldata": (4, 4, _pulldata),
}
"""Least and most arguments, and what compiles the call."""
