"""Expressions to syntax trees: XPath 1.0 without axes, attributes, variables and unions."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from conversations.limits import MAX_EXPRESSION_DEPTH
from conversations.text import Text
from conversations.xpath.errors import XPathError
from conversations.xpath.lexer import Kind, tokens


class Number(NamedTuple):
    """A number as written."""

    value: float
    position: int


class String(NamedTuple):
    """A string literal."""

    value: str
    position: int


class Binary(NamedTuple):
    """Two operands and `or and = != < <= > >= + - * div mod`."""

    operator: str
    left: Node
    right: Node
    position: int


class Negative(NamedTuple):
    """A minus sign before an operand."""

    operand: Node
    position: int


class Call(NamedTuple):
    """A function call."""

    name: str
    arguments: tuple[Node, ...]
    position: int


class Step(NamedTuple):
    """One step of a path: a name, `*`, `.` or `..`, with its predicates."""

    name: str
    predicates: tuple[Node, ...]
    position: int


class Path(NamedTuple):
    """A location path; `start` is a call it goes on from (`instance('x')`, `current()`)."""

    absolute: bool
    start: Call | None
    steps: tuple[Step, ...]
    position: int


class Plain(NamedTuple):
    """An absolute path of plain names, /data/a/b, as it is written."""

    path: str
    position: int


Node: TypeAlias = Number | String | Binary | Negative | Call | Path | Plain

_DOTS_AND_STAR = frozenset({".", "..", "*"})
_OPERATOR, _SYMBOL, _NAME, _PATH = Kind.OPERATOR, Kind.SYMBOL, Kind.NAME, Kind.PATH
_NUMBER, _STRING = Kind.NUMBER, Kind.STRING
_STRENGTH = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}


@lru_cache(maxsize=4096)
def parse(expression: str) -> Node:
    """Return the tree of an expression.

    Raises:
        XPathError: anything that is not an expression this module's first line describes.

    """
    return _Parser(expression).whole()


class _Parser:
    """Reads tokens from left to right; `kind`, `text` and `position` are of the one to read next."""

    __slots__ = ("at", "depth", "expression", "kind", "position", "text", "tokens")

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = tokens(expression)
        self.at = 0
        self.kind, self.text, self.position = self.tokens[0]
        self.depth = 0

    def advance(self) -> None:
        self.at += 1
        self.kind, self.text, self.position = self.tokens[self.at]

    def whole(self) -> Node:
        if len(self.tokens) == 1:
            raise self.error(Text("The expression is empty."))
        node = self.binary(1)
        if self.at != len(self.tokens) - 1:
            raise self.unexpected()
        return node

    def error(self, reason: Text) -> XPathError:
        return XPathError(reason, self.expression, self.position)

    def unexpected(self) -> XPathError:
        if self.kind is Kind.END:
            return self.error(Text("The expression ends too early: something is missing."))
        return self.error(
            Text("“{token}” does not fit at this place of the expression.", {"token": self.text})
        )

    def take(self, text: str) -> bool:
        if self.kind is _SYMBOL and self.text == text:
            self.advance()
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.unexpected()

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_EXPRESSION_DEPTH:
            raise self.error(Text("The expression is nested too deeply."))

    def binary(self, least: int) -> Node:
        """Take operands as long as the operators between them bind at least so strongly."""
        began = self.depth
        self.deeper()
        left = self.unary() if self.kind is _OPERATOR else self.primary()
        while self.kind is _OPERATOR:
            operator, position = self.text, self.position
            strength = _STRENGTH.get(operator, 0)
            if strength < least:
                break
            self.deeper()  # a chain is as deep as it is long: its tree leans to the left
            self.advance()
            left = Binary(operator, left, self.binary(strength + 1), position)
        self.depth = began
        return left

    def unary(self) -> Node:
        signs: list[int] = []
        while self.kind is _OPERATOR and self.text == "-":
            signs.append(self.position)
            self.advance()
            if len(signs) > MAX_EXPRESSION_DEPTH:
                raise self.error(Text("The expression is nested too deeply."))
        node = self.primary()
        for position in reversed(signs):
            node = Negative(node, position)
        return node

    def primary(self) -> Node:
        kind, text, position = self.kind, self.text, self.position
        if kind is _PATH:
            self.advance()
            return Plain(text, position)
        if kind is _NUMBER:
            self.advance()
            return Number(float(text), position)
        if kind is _STRING:
            self.advance()
            return String(text, position)
        if kind is _NAME and self.follows("("):
            call = self.call()
            if self.kind is _PATH or self.take("/"):
                return Path(False, call, self.steps(), position)
            return call
        if kind is _NAME or text in _DOTS_AND_STAR:
            return Path(False, None, self.steps(), position)
        if self.take("("):
            node = self.binary(1)
            self.expect(")")
            return node
        if self.take("/"):
            return Path(True, None, self.steps(), position)
        raise self.unexpected()

    def follows(self, text: str) -> bool:
        kind, after, _ = self.tokens[self.at + 1]
        return kind is _SYMBOL and after == text

    def call(self) -> Call:
        name, position = self.text, self.position
        self.advance()
        self.expect("(")
        arguments: list[Node] = []
        if not self.take(")"):
            arguments.append(self.binary(1))
            while self.take(","):
                arguments.append(self.binary(1))
            self.expect(")")
        return Call(name, tuple(arguments), position)

    def steps(self) -> tuple[Step, ...]:
        found: list[Step] = []
        self.add_steps(found)
        while self.kind is _PATH or self.take("/"):
            self.add_steps(found)
        return tuple(found)

    def add_steps(self, found: list[Step]) -> None:
        kind, text, position = self.kind, self.text, self.position
        if kind is _PATH:  # the plain names after instance('x') or a step
            self.advance()
            found += [Step(name, (), position) for name in text.split("/")[1:]]
            return
        if kind is not _NAME and (kind is not _SYMBOL or text not in _DOTS_AND_STAR):
            raise self.unexpected()
        self.advance()
        predicates: list[Node] = []
        while self.take("["):
            predicates.append(self.binary(1))
            self.expect("]")
        found.append(Step(text, tuple(predicates), position))
