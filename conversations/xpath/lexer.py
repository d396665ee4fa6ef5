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
_KINDS = {"path": Kind.PATH, "number": Kind.NUMBER, "name": Kind.NAME}
_STRING, _SYMBOL, _OPERATOR = Kind.STRING, Kind.SYMBOL, Kind.OPERATOR
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
    for match in _TOKEN.finditer(expression, 0, end):
        if match.start() != position:
            break
        position = match.end()
        group: str = match.lastgroup  # type: ignore[assignment]  # every branch is a group
        text = match[group]
        start = position - len(text)
        if group == "symbol":
            if text in _OPERATORS or (text == "*" and not operand_next):
                found.append(Token(_OPERATOR, text, start))
                operand_next = True
            else:
                found.append(Token(_SYMBOL, text, start))
                operand_next = text in _BEFORE_OPERAND
        elif group == "string":
            found.append(Token(_STRING, text[1:-1], start))
            operand_next = False
        elif not operand_next and text in _NAMED_OPERATORS:
            found.append(Token(_OPERATOR, text, start))
            operand_next = True
        else:
            found.append(Token(_KINDS[group], text, start))
            operand_next = False
    if position != end:
        raise _unreadable(expression, position)
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
