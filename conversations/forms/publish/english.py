"""What pyxform says in English, as sentences of ours: errors and remarks.

Most of it is found before pyxform sees the form; what only it finds is known here by its pattern.
A sentence that is not known stands in quotation marks inside one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from conversations.forms.publish.problems import Problem
from conversations.text import N_, Text

_ROW: Final = re.compile(r"\[row : (\d+)\]\s*")
_PLACE: Final = re.compile(
    r"On the '(?P<sheet>\w+)' sheet, the '(?P<column>[^']+)' value (?:'(?P<value>[^']*)' )?"
    r"is (?:invalid|problematic)\.\s*"
)
_MOST_QUOTED: Final = 300
_IDLE: Final = ("max-pixels",)
"""Advice that does not concern a chat: photos are bounded when they arrive."""

_Known: TypeAlias = "tuple[str, str, Callable[[re.Match[str]], dict[str, str]]]"


def _named(match: re.Match[str]) -> dict[str, str]:
    return match.groupdict()


_ERRORS: Final[tuple[_Known, ...]] = (
    (r"Could not find the name '(?P<name>.*?)'", N_("There is no question {name}."), _named),
    (r"The name '(?P<name>.*?)' appears more than once", N_("The name {name} is there twice."), _named),
    (r"must be unique within their nearest parent", N_("This name is there twice."), _named),
    (
        r"Reference variables must",
        N_("A question's answer is written like this: {example}."),
        lambda _: {"example": "${so_ho}"},
    ),
    (r"Unknown question type '(?P<type>.*)'", N_("The type “{type}” is not supported."), _named),
    (r"Instance name: '(?P<name>.*?)'", N_("The list name {name} is used for two lists."), _named),
    (r"Duplicate column header: (?P<name>.+)", N_("The column {name} is there twice."), _named),
    (r"same column were found: .*'(?P<name>.*?)'\.", N_("The column {name} is there twice."), _named),
    (r"headers were not found: '?(?P<name>\w+)", N_("The column {name} is missing."), _named),
    (r"Choice names with spaces", N_("A choice needs a name without spaces."), _named),
    (r"List name not in choices sheet: (?P<name>.+)", N_("The list {name} is not on the sheet choices."), _named),
    (r"Unmatched 'end_", N_("This group was never begun."), _named),
    (r"Unmatched 'begin_", N_("This group is never ended."), _named),
    (r"Missing calculation", N_("The calculation is missing."), _named),
    (r"Names must begin with a letter", N_("A name must be ASCII letters, digits and _."), _named),
    (r"[Pp]arameters? (?P<name>[\w-]+) must", N_("The parameter {name} is not supported."), _named),
)  # fmt: skip

_LANGUAGE: Final = re.compile(
    r"Language '(?P<name>.*?)' is missing the (?P<sheet>survey|choices) "
    r"(?:columns (?P<several>[^.]+)|(?P<one>[^.]+?) column)\."
)
_NO_CODES: Final = re.compile(r"valid machine-readable codes: (?P<names>.+?)\. Learn")
_CAPITALS: Final = "case-insensitive match"


def error_in_ours(error: str) -> Problem:
    """Return a refusal of pyxform's with its sheet and row, where it names them."""
    sheet, row, column, value, rest = _placed(error)
    for pattern, msgid, params in _ERRORS:
        if found := re.search(pattern, rest):
            return Problem(Text(msgid, params(found)), sheet, row, column)
    shown = f"{value}: {rest}" if value else rest
    reason = Text(
        "The form cannot be converted. In English: “{error}”", {"error": shown[:_MOST_QUOTED]}
    )
    return Problem(reason, sheet, row, column)


def warnings_in_ours(warning: str) -> Iterator[Problem]:
    """Yield a remark of pyxform's with its sheet and row, nothing if it does not concern a chat."""
    if any(idle in warning for idle in _IDLE):
        return
    sheet, row, column, value, rest = _placed(warning)
    if _CAPITALS in rest:
        told = {"name": value}
        reason = Text("The name {name} differs from another one by its capitals only.", told)
        yield Problem(reason, sheet, row, column)
        return
    languages = list(_LANGUAGE.finditer(rest))
    for found in languages:
        told = {"name": found["name"], "columns": found["one"] or found["several"]}
        if found["name"] == "default":
            reason = Text("These columns are not there without a language: {columns}.", told)
        else:
            reason = Text("These columns are not there in the language {name}: {columns}.", told)
        yield Problem(reason, found["sheet"], 1)
    if languages:
        return
    if no_codes := _NO_CODES.search(rest):
        told = {"names": no_codes["names"], "example": "English (en)"}
        reason = Text("These languages lack their code, such as {example}: {names}.", told)
        yield Problem(reason, "survey", 1)
        return
    reason = Text("The converter remarks in English: “{remark}”", {"remark": rest[:_MOST_QUOTED]})
    yield Problem(reason, sheet, row, column)


def _placed(sentence: str) -> tuple[str, int, str, str, str]:
    """Take a sentence apart: sheet, row, column and value as far as it names them, and the rest."""
    found = _ROW.search(sentence)
    row = int(found[1]) if found else 0
    rest = _ROW.sub("", sentence).strip()
    place = _PLACE.search(rest)
    if place is None:
        return ("survey" if row else ""), row, "", "", rest
    rest = _PLACE.sub("", rest).strip()
    return place["sheet"], row, place["column"], place["value"] or "", rest
