"""Expressions to syntax trees: XPath 1.0 without axes, attributes, variables and unions."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from conversations.limits import MAX_EXPRESSION_DEPTH
from conversations.text import Text
from conversations.xpath.errors import XPathError
from conversations.xpath.lexer import Kind, Token, tokens


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


Node: TypeAlias = Number | String | Binary | Negative | Call | Path

_DOTS_AND_STAR = frozenset({".", "..", "*"})
_OPERATOR, _SYMBOL, _NAME, _PATH = Kind.OPERATOR, Kind.SYMBOL, Kind.NAME, Kind.PATH
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
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = tokens(expression)
        self.at = 0
        self.here: Token = self.tokens[0]
        self.depth = 0

    def advance(self) -> Token:
        token = self.here
        self.at += 1
        self.here = self.tokens[self.at]
        return token

    def whole(self) -> Node:
        if len(self.tokens) == 1:
            raise self.error(Text("The expression is empty."))
        node = self.binary(1)
        if self.at != len(self.tokens) - 1:
            raise self.unexpected()
        return node

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

    def take(self, text: str) -> bool:
        if self.here.kind is _SYMBOL and self.here.text == text:
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
        left = self.unary()
        while self.here.kind is _OPERATOR:
            strength = _STRENGTH.get(self.here.text, 0)
            if strength < least:
                break
            self.deeper()  # a chain is as deep as it is long: its tree leans to the left
            token = self.advance()
            left = Binary(token.text, left, self.binary(strength + 1), token.position)
        self.depth = began
        return left

    def unary(self) -> Node:
        if self.here.kind is not _OPERATOR:
            return self.primary()
        signs: list[int] = []
        while self.here.kind is _OPERATOR and self.here.text == "-":
            signs.append(self.advance().position)
            if len(signs) > MAX_EXPRESSION_DEPTH:
                raise self.error(Text("The expression is nested too deeply."))
        node = self.primary()
        for position in reversed(signs):
            node = Negative(node, position)
        return node

    def primary(self) -> Node:
        token = self.here
        kind = token.kind
        if kind is _PATH:
            self.advance()
            steps = tuple(Step(n, (), token.position) for n in token.text.split("/")[1:])
            return Path(True, None, steps, token.position)
        if kind is Kind.NUMBER:
            self.advance()
            return Number(float(token.text), token.position)
        if kind is Kind.STRING:
            self.advance()
            return String(token.text, token.position)
        if self.take("("):
            node = self.binary(1)
            self.expect(")")
            return node
        if kind is _NAME and self.follows("("):
            call = self.call()
            if self.here.kind is _PATH or self.take("/"):
                return Path(False, call, self.steps(), token.position)
            return call
        if self.take("/"):
            return Path(True, None, self.steps(), token.position)
        if kind is _NAME or token.text in _DOTS_AND_STAR:
            return Path(False, None, self.steps(), token.position)
        raise self.unexpected()

    def follows(self, text: str) -> bool:
        after = self.tokens[self.at + 1]
        return after.kind is _SYMBOL and after.text == text

    def call(self) -> Call:
        token = self.advance()
        self.expect("(")
        arguments: list[Node] = []
        if not self.take(")"):
            arguments.append(self.binary(1))
            while self.take(","):
                arguments.append(self.binary(1))
            self.expect(")")
        return Call(token.text, tuple(arguments), token.position)

    def steps(self) -> tuple[Step, ...]:
        found: list[Step] = []
        self.add_steps(found)
        while self.here.kind is _PATH or self.take("/"):
            self.add_steps(found)
        return tuple(found)

    def add_steps(self, found: list[Step]) -> None:
        token = self.here
        if token.kind is _PATH:  # the plain names after instance('x') or a step
            self.advance()
            found += [Step(name, (), token.position) for name in token.text.split("/")[1:]]
            return
        if token.kind is not _NAME and (
            token.kind is not _SYMBOL or token.text not in _DOTS_AND_STAR
        ):
            raise self.unexpected()
        self.advance()
        predicates: list[Node] = []
        while self.take("["):
            predicates.append(self.binary(1))
            self.expect("]")
        found.append(Step(token.text, tuple(predicates), token.position))
