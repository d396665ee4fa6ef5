"""Tokens of XPath 1.0 (https://www.w3.org/TR/1999/REC-xpath-19991116/#exprlex)."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from conversations.limits import MAX_EXPRESSION_CHARS
from conversations.text import Text
from conversations.xpath.errors import XPathError


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    STRING = auto()
    NAME = auto()
    PATH = auto()
    """A whole absolute path of plain names, /data/a/b: most of what forms are made of."""
    SYMBOL = auto()
    OPERATOR = auto()
    END = auto()


class Token(NamedTuple):
    """One token; a string's text is without its quotes."""

    kind: Kind
    text: str
    position: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<path>(?:/[A-Za-z_]\w*)+(?![\w./\-:\[(*]))
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<name>[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?)
    | (?P<symbol>\.\.|//|::|!=|<=|>=|[()\[\]@,/.|+\-=<>*$])
    )""",
    re.VERBOSE,
)
_NAMED_OPERATORS = frozenset({"and", "or", "div", "mod"})
_OPERATORS = frozenset({"|", "+", "-", "=", "!=", "<", "<=", ">", ">="})
_BEFORE_OPERAND = frozenset({"@", "::", "(", "[", ",", "$", "/", "//"})
_KINDS = {
    "path": Kind.PATH,
    "number": Kind.NUMBER,
    "string": Kind.STRING,
    "name": Kind.NAME,
    "symbol": Kind.SYMBOL,
}
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
    match_at = _TOKEN.match
    while position < end:
        match = match_at(expression, position)
        if match is None:
            raise _unreadable(expression, position)
        group = match.lastgroup or ""
        text = match[group]
        kind = _KINDS[group]
        if kind is Kind.STRING:
            text = text[1:-1]
        elif kind is Kind.SYMBOL:
            if text in _OPERATORS or (text == "*" and not operand_next):
                kind = Kind.OPERATOR
        elif not operand_next and text in _NAMED_OPERATORS:
            kind = Kind.OPERATOR
        found.append(Token(kind, text, match.start(group)))
        operand_next = kind is Kind.OPERATOR or (kind is Kind.SYMBOL and text in _BEFORE_OPERAND)
        position = match.end()
    found.append(Token(Kind.END, "", end))
    return found


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
