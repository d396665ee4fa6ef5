"""Tokens of XPath 1.0 (https://www.w3.org/TR/1999/REC-xpath-19991116/#exprlex)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from conversations.limits import MAX_EXPRESSION_CHARS
from conversations.text import Text
from conversations.xpath.errors import XPathError


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    STRING = auto()
    NAME = auto()
    SYMBOL = auto()
    OPERATOR = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token; a string's text is without its quotes."""

    kind: Kind
    text: str
    position: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<name>[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?)
    | (?P<symbol>\.\.|//|::|!=|<=|>=|[()\[\]@,/.|+\-=<>*$])
    )""",
    re.VERBOSE,
)
_NAMED_OPERATORS = frozenset({"and", "or", "div", "mod"})
_OPERATORS = frozenset({"|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "//", "/"})
_BEFORE_OPERAND = frozenset({"@", "::", "(", "[", ",", "$"}) | _OPERATORS
_CURLY = frozenset("‘’“”«»")


def tokens(expression: str) -> list[Token]:
    """Split an expression; the last token is END.

    Raises:
        XPathError: a character that starts no token, a quote that is not closed, too long.

    """
    if len(expression) > MAX_EXPRESSION_CHARS:
        reason = Text(
            "The expression is too long: more than {max} characters.", {"max": MAX_EXPRESSION_CHARS}
        )
        raise XPathError(reason, expression, MAX_EXPRESSION_CHARS)
    found: list[Token] = []
    position, end = 0, len(expression.rstrip())
    operand_next = True
    while position < end:
        match = _TOKEN.match(expression, position)
        if match is None:
            raise _unreadable(expression, position)
        group = match.lastgroup or ""
        text = match[group]
        start = match.start(group)
        token = _token(group, text, start, operand_next=operand_next)
        found.append(token)
        operand_next = token.kind is Kind.OPERATOR or (
            token.kind is Kind.SYMBOL and token.text in _BEFORE_OPERAND
        )
        position = match.end()
    found.append(Token(Kind.END, "", end))
    return found


def _token(group: str, text: str, start: int, *, operand_next: bool) -> Token:
    if group == "number":
        return Token(Kind.NUMBER, text, start)
    if group == "string":
        return Token(Kind.STRING, text[1:-1], start)
    if group == "name":
        is_operator = text in _NAMED_OPERATORS and not operand_next
        return Token(Kind.OPERATOR if is_operator else Kind.NAME, text, start)
    if text == "*":
        return Token(Kind.SYMBOL if operand_next else Kind.OPERATOR, text, start)
    if text in _OPERATORS and text not in {"/", "//"}:
        return Token(Kind.OPERATOR, text, start)
    return Token(Kind.SYMBOL, text, start)


def _unreadable(expression: str, position: int) -> XPathError:
    while position < len(expression) and expression[position].isspace():
        position += 1
    character = expression[position]
    if character in _CURLY:
        reason = Text(
            "The curly quote {character} is not allowed in an expression; use ' or \".",
            {"character": character},
        )
    elif character in "'\"":
        reason = Text("A quote is opened and never closed.")
    else:
        reason = Text(
            "The character {character} is not allowed in an expression.", {"character": character}
        )
    return XPathError(reason, expression, position)
