"""Syntax trees to closures.

An expression is compiled for one place of one form: relative paths are resolved then, so that
running it is reading values by absolute path. Predicates are understood on secondary instances
only, since a form without repeats has every node of its own once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from conversations.text import Text
from conversations.xpath import dates
from conversations.xpath.errors import XPathError
from conversations.xpath.functions import IMPURE, OF_NODES, PLAIN, ZONED
from conversations.xpath.operators import ARITHMETIC, COMPARISONS, equality
from conversations.xpath.parser import (
    Binary,
    Call,
    Negative,
    Node,
    Number,
    Path,
    Plain,
    Step,
    String,
    parse,
)
from conversations.xpath.reading import first, gather, reader, rows
from conversations.xpath.scope import Compiled, Part, Place, Run, Scope
from conversations.xpath.special import SPECIAL
from conversations.xpath.values import Value, to_bool, to_number


def compile_expression(expression: str, place: Place) -> Compiled:
    """Compile an expression for its place.

    Raises:
        XPathError: it cannot be read, names a function or node that does not exist, or
            compares a date with a text (which is silently false on phones).

    """
    compiler = _Compiler(expression, place)
    part = compiler.node(parse(expression))
    return Compiled(part.run, part.kind, frozenset(compiler.reads))


@dataclass(slots=True)
class _Compiler:
    expression: str
    place: Place
    reads: set[str] = field(default_factory=set)
    in_item: str | None = None
    """The instance whose rows a predicate is tried on, None outside of one."""

    def error(self, reason: Text, position: int) -> XPathError:
        return XPathError(reason, self.expression, position)

    def node(self, node: Node) -> Part:
        match node:  # the most frequent first
            case Plain():
                return self.own(node.path, node.position)
            case Path():
                return self.path(node)
            case Binary():
                return self.binary(node)
            case Number(value=value):
                return Part(lambda _: value, "number", literal=value)
            case String(value=text):
                return Part(lambda _: text, "string", literal=text)
            case Call():
                return self.call(node)
            case Negative(operand=operand):
                run = self.node(operand).run
                return Part(lambda scope: -to_number(run(scope)), "number")

    # operators

    def binary(self, node: Binary) -> Part:
        left, right = self.node(node.left), self.node(node.right)
        a, b = left.run, right.run
        operator = node.operator
        if operator == "and":
            return Part(lambda s: to_bool(a(s)) and to_bool(b(s)), "boolean")
        if operator == "or":
            return Part(lambda s: to_bool(a(s)) or to_bool(b(s)), "boolean")
        if operator in {"=", "!="}:
            return Part(equality(left, right, negated=operator == "!="), "boolean")
        if operator in COMPARISONS:
            self.refuse_date_with_text(node, left, right)
            return Part(COMPARISONS[operator](a, b), "boolean")
        return Part(ARITHMETIC[operator](a, b), "number")

    def refuse_date_with_text(self, node: Binary, left: Part, right: Part) -> None:
        for one, other in ((left, right), (right, left)):
            if one.kind == "date" and other.kind == "string" and other.literal != "":
                written = f"'{other.literal}'" if other.literal is not None else "…"
                reason = Text(
                    "A date is compared with a text, which is always false on phones: write date({text}).",
                    {"text": written},
                )
                raise self.error(reason, node.position)

    # functions

    def call(self, node: Call) -> Part:
        name = node.name
        if name in IMPURE:
            raise self.error(
                Text(
                    "The function {name}() gives chance values and is not supported.",
                    {"name": name},
                ),
                node.position,
            )
        if name in PLAIN:
            return self.plain(node)
        if name in ZONED:
            return self.zoned(node)
        if name in OF_NODES:
            return self.of_nodes(node)
        build = SPECIAL.get(name)
        if build is None:
            raise self.error(
                Text("The function {name}() does not exist or is not supported.", {"name": name}),
                node.position,
            )
        least, most, builder = build
        self.count(node, least, most)
        return builder(self, node)

    def count(self, node: Call, least: int, most: int | None) -> None:
        given = len(node.arguments)
        if given < least or (most is not None and given > most):
            raise self.error(
                Text(
                    "The function {name}() cannot take {given} values.",
                    {"name": node.name, "given": given},
                ),
                node.position,
            )

    def plain(self, node: Call) -> Part:
        function = PLAIN[node.name]
        if not node.arguments and function.least == 1 and node.name in _OF_CONTEXT:
            here = self.path(Path(False, None, (Step(".", (), node.position),), node.position))
            arguments = [here]
        else:
            self.count(node, function.least, function.most)
            arguments = [self.node(argument) for argument in node.arguments]
        call = function.call
        runs = [argument.run for argument in arguments]
        if len(runs) == 1:
            (only,) = runs
            return Part(lambda s: call(only(s)), function.returns)
        if len(runs) == 2:  # noqa: PLR2004  (two arguments are the common case worth a closure)
            one, other = runs
            return Part(lambda s: call(one(s), other(s)), function.returns)
        return Part(lambda s: call(*[run(s) for run in runs]), function.returns)

    def zoned(self, node: Call) -> Part:
        function = ZONED[node.name]
        self.count(node, function.least, function.most)
        arguments = [self.node(argument) for argument in node.arguments]
        call, value = function.call, arguments[0].run
        if len(arguments) == 1:
            return Part(lambda s: call(_zone(s), value(s)), function.returns)
        self.check_pattern(node, arguments[1])
        pattern = arguments[1].run
        return Part(lambda s: call(_zone(s), value(s), pattern(s)), function.returns)

    def check_pattern(self, node: Call, pattern: Part) -> None:
        if not isinstance(pattern.literal, str):
            return
        for code in dates.unknown_codes(pattern.literal):
            raise self.error(
                Text("The date code {code} is not supported.", {"code": code}), node.position
            )

    def of_nodes(self, node: Call) -> Part:
        function = OF_NODES[node.name]
        self.count(node, function.least, None)
        parts = [self.node(argument) for argument in node.arguments]
        call = function.call
        gathers = [gather(part) for part in parts]
        if len(gathers) == 1:
            (only,) = gathers
            return Part(lambda s: call(only(s)), function.returns)
        return Part(lambda s: call([v for values in gathers for v in values(s)]), function.returns)

    # paths

    def path(self, node: Path) -> Part:
        if node.start is not None:
            if node.start.name == "instance":
                return self.instance_path(node, node.start)
            if node.start.name == "current" and not node.start.arguments:
                return self.own_path(node, self.place.context)
            raise self.error(
                Text("A path can only start with instance(…) or current()."), node.position
            )
        if node.absolute:
            return self.own_path(node, "")
        if self.in_item is not None:
            return self.item_path(node)
        return self.own_path(node, self.place.context)

    def own_path(self, node: Path, start: str) -> Part:
        path = start
        for index, step in enumerate(node.steps):
            if step.predicates:
                raise self.error(
                    Text("Square brackets are only supported on instance(…)."), step.position
                )
            if step.name == "..":
                path = path.rpartition("/")[0]
            elif step.name == "*":
                if index != len(node.steps) - 1:
                    raise self.error(
                        Text("* is only supported at the end of a path."), step.position
                    )
                return self.children(path)
            elif step.name != ".":
                path = f"{path}/{step.name}"
        return self.own(path, node.position)

    def own(self, path: str, position: int) -> Part:
        kind = self.place.kinds.get(path)
        if kind is None:
            raise self.error(Text("There is no question {name}.", {"name": path}), position)
        self.reads.add(path)
        return Part(reader(path), kind, path=path)

    def children(self, parent: str) -> Part:
        paths = [path for path in self.place.kinds if path.rpartition("/")[0] == parent]
        self.reads.update(paths)

        def nodes(scope: Scope) -> Sequence[Value]:
            return [scope.read(path) for path in paths if scope.is_relevant(path)]

        return Part(first(nodes), "", nodes)

    def item_path(self, node: Path) -> Part:
        names = [step.name for step in node.steps if step.name != "."]
        if len(names) != 1 or names[0] in {"..", "*"} or any(s.predicates for s in node.steps):
            raise self.error(
                Text("Inside square brackets only the name of a column is supported."),
                node.position,
            )
        (column,) = names
        self.check_column(self.in_item or "", column, node.position)
        return Part(lambda s: s.item.get(column, ""), "string")

    def check_column(self, instance: str, column: str, position: int) -> None:
        columns = self.place.columns.get(instance)
        if columns is not None and column not in columns:
            reason = Text(
                "The list {name} has no column {column}.", {"name": instance, "column": column}
            )
            raise self.error(reason, position)

    def instance_path(self, node: Path, start: Call) -> Part:
        name = self.literal(start, 0)
        if name == "__last-saved":
            path = "".join(f"/{step.name}" for step in node.steps)
            return Part(lambda s: s.last_saved(path), "")
        if name not in self.place.instances:
            raise self.error(Text("There is no list {name}.", {"name": name}), start.position)
        names = [step.name for step in node.steps]
        column = names[2] if len(names) == _STEPS_TO_COLUMN else ""
        predicates = list(node.steps[1].predicates) if len(names) > 1 else []
        every = [predicate for step in node.steps for predicate in step.predicates]
        if names[:2] != ["root", "item"] or len(names) > _STEPS_TO_COLUMN or every != predicates:
            reason = Text("A list is read as instance('…')/root/item[…]/column.")
            raise self.error(reason, node.position)
        if column:
            self.check_column(name, column, node.position)
        nodes = rows(name, self.filters(predicates, name), column)
        return Part(first(nodes), "string", nodes)

    def filters(self, predicates: Sequence[Node], instance: str) -> list[Run]:
        was, self.in_item = self.in_item, instance
        runs: list[Run] = []
        for predicate in predicates:
            part = self.node(predicate)
            if part.kind == "number":
                raise self.error(
                    Text("A number in square brackets is not supported."), predicate.position
                )
            runs.append(part.run)
        self.in_item = was
        return runs

    def literal(self, node: Call, index: int) -> str:
        argument = node.arguments[index] if index < len(node.arguments) else None
        if not isinstance(argument, String):
            raise self.error(
                Text("The function {name}() needs a text in quotes here.", {"name": node.name}),
                node.position,
            )
        return argument.value


_STEPS_TO_COLUMN = 3
"""root, item, column"""
_OF_CONTEXT = frozenset({"string", "number", "string-length", "normalize-space"})
"""Functions that take the node they stand at when they are given nothing."""


def _zone(scope: Scope) -> tzinfo:
    return scope.now().tzinfo or UTC


def compile_itemset(expression: str, place: Place) -> tuple[str, tuple[Run, ...], frozenset[str]]:
    """Compile `instance('x')/root/item[…]`: the instance, its filters, the paths they read.

    Raises:
        XPathError: as `compile_expression`, or when the expression is no such path.

    """
    node = parse(expression)
    compiler = _Compiler(expression, place)
    if not isinstance(node, Path) or node.start is None or node.start.name != "instance":
        raise compiler.error(Text("A list is read as instance('…')/root/item[…]/column."), 0)
    compiler.instance_path(node, node.start)
    predicates = [predicate for step in node.steps for predicate in step.predicates]
    instance = compiler.literal(node.start, 0)
    return instance, tuple(compiler.filters(predicates, instance)), frozenset(compiler.reads)
