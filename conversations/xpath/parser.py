"""Expressions to syntax trees: XPath 1.0 without axes, attributes, variables and unions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from conversations.limits import MAX_EXPRESSION_DEPTH
from conversations.text import Text
from conversations.xpath.errors import XPathError
from conversations.xpath.lexer import Kind, Token, tokens


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    value: float
    position: int


@dataclass(frozen=True, slots=True)
class String:
    """A string literal."""

    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and `or and = != < <= > >= + - * div mod`."""

    operator: str
    left: Node
    right: Node
    position: int


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus sign before an operand."""

    operand: Node
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function call."""

    name: str
    arguments: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a name, `*`, `.` or `..`, with its predicates."""

    name: str
    predicates: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Path:
    """A location path; `start` is a call it goes on from (`instance('x')`, `current()`)."""

    absolute: bool
    start: Call | None
    steps: tuple[Step, ...]
    position: int


Node: TypeAlias = Number | String | Binary | Negative | Call | Path

_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"=", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "div", "mod"}),
)


@lru_cache(maxsize=4096)
def parse(expression: str) -> Node:
    """Return the tree of an expression.

    Raises:
        XPathError: anything that is not an expression this module's first line describes.

    """
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = tokens(expression)
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        if self.tokens[0].kind is Kind.END:
            raise self.error(Text("The expression is empty."))
        node = self.binary(0)
        if self.here.kind is not Kind.END:
            raise self.unexpected()
        return node

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def error(self, reason: Text) -> XPathError:
        return XPathError(reason, self.expression, self.here.position)

    def unexpected(self) -> XPathError:
        if self.here.kind is Kind.END:
            return self.error(Text("The expression ends too early: something is missing."))
        return self.error(
            Text(
                "“{token}” does not fit at this place of the expression.", {"token": self.here.text}
            )
        )

    def is_symbol(self, text: str) -> bool:
        return self.here.kind is Kind.SYMBOL and self.here.text == text

    def take(self, text: str) -> bool:
        if self.is_symbol(text):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.unexpected()

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        chained = 0
        while self.here.kind is Kind.OPERATOR and self.here.text in _LEVELS[level]:
            token = self.here
            self.at += 1
            chained += 1
            if self.depth + chained > MAX_EXPRESSION_DEPTH:
                raise self.error(Text("The expression is nested too deeply."))
            left = Binary(token.text, left, self.binary(level + 1), token.position)
        return left

    def unary(self) -> Node:
        signs = [self.here.position]
        while self.here.kind is Kind.OPERATOR and self.here.text == "-":
            signs.append(self.here.position)
            self.at += 1
        if len(signs) > MAX_EXPRESSION_DEPTH:
            raise self.error(Text("The expression is nested too deeply."))
        node = self.operand()
        for position in reversed(signs[1:]):
            node = Negative(node, position)
        return node

    def operand(self) -> Node:
        self.depth += 1
        if self.depth > MAX_EXPRESSION_DEPTH:
            raise self.error(Text("The expression is nested too deeply."))
        node = self.primary()
        self.depth -= 1
        return node

    def primary(self) -> Node:
        token = self.here
        if token.kind is Kind.NUMBER:
            self.at += 1
            return Number(float(token.text), token.position)
        if token.kind is Kind.STRING:
            self.at += 1
            return String(token.text, token.position)
        if self.take("("):
            node = self.binary(0)
            self.expect(")")
            return node
        if token.kind is Kind.NAME and self.follows("("):
            call = self.call()
            if self.is_symbol("/"):
                self.at += 1
                return Path(False, call, self.steps(), token.position)
            return call
        if self.take("/"):
            return Path(True, None, self.steps(), token.position)
        if token.kind is Kind.NAME or token.text in {".", "..", "*"}:
            return Path(False, None, self.steps(), token.position)
        raise self.unexpected()

    def follows(self, text: str) -> bool:
        after = self.tokens[self.at + 1]
        return after.kind is Kind.SYMBOL and after.text == text

    def call(self) -> Call:
        token = self.here
        self.at += 1
        self.expect("(")
        arguments: list[Node] = []
        if not self.take(")"):
            arguments.append(self.binary(0))
            while self.take(","):
                arguments.append(self.binary(0))
            self.expect(")")
        return Call(token.text, tuple(arguments), token.position)

    def steps(self) -> tuple[Step, ...]:
        found = [self.step()]
        while self.take("/"):
            found.append(self.step())
        return tuple(found)

    def step(self) -> Step:
        token = self.here
        is_name = token.kind is Kind.NAME or (
            token.kind is Kind.SYMBOL and token.text in {".", "..", "*"}
        )
        if not is_name:
            raise self.unexpected()
        self.at += 1
        predicates: list[Node] = []
        while self.take("["):
            predicates.append(self.binary(0))
            self.expect("]")
        return Step(token.text, tuple(predicates), token.position)
