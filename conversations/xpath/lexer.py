"""Tokens of XPath 1.0 (https://www.w3.org/TR/1999/REC-xpath-19991116/#exprlex)."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TypeAlias

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


Token: TypeAlias = tuple[Kind, str, int]
"""What it is, its text (a string's without the quotes), and where it begins."""

_TOKEN = re.compile(
    r"""\s*(?:
      ((?:/[A-Za-z_]\w*)+(?![\w./\-:\[(*]))                    # PATH
    | (\d+(?:\.\d*)?|\.\d+)                                    # NUMBER
    | ("[^"]*"|'[^']*')                                        # STRING
    | ([^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?)                   # NAME
    | (\.\.|//|::|!=|<=|>=|[()\[\]@,/.|+\-=<>*$])              # SYMBOL
    | (\S)                                                     # nothing of XPath's
    )""",
    re.VERBOSE,
)
_PLAIN = (None, Kind.PATH, Kind.NUMBER, None, Kind.NAME)
"""By the number of the group that matched; the others are looked at more closely."""
_STRINGS, _NAMES, _SYMBOLS, _STRANGE = 3, 4, 5, 6
_NAMED_OPERATORS = frozenset({"and", "or", "div", "mod"})
_OPERATORS = frozenset({"|", "+", "-", "=", "!=", "<", "<=", ">", ">="})
_BEFORE_OPERAND = frozenset({"@", "::", "(", "[", ",", "$", "/", "//"})
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
    end = len(expression.rstrip())
    operand_next = True
    for match in _TOKEN.finditer(expression, 0, end):
        group = match.lastindex or _STRANGE
        text, start = match[group], match.start(group)
        if group == _SYMBOLS:
            if text in _OPERATORS or (text == "*" and not operand_next):
                found.append((_OPERATOR, text, start))
                operand_next = True
            else:
                found.append((_SYMBOL, text, start))
                operand_next = text in _BEFORE_OPERAND
            continue
        if group == _NAMES and not operand_next and text in _NAMED_OPERATORS:
            found.append((_OPERATOR, text, start))
            operand_next = True
            continue
        kind = _PLAIN[group] if group <= _NAMES else None
        if kind is not None:
            found.append((kind, text, start))
        elif group == _STRINGS:
            found.append((_STRING, text[1:-1], start))
        else:
            raise _unreadable(expression, start)
        operand_next = False
    found.append((Kind.END, "", end))
    return found


def _unreadable(expression: str, position: int) -> XPathError:
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
