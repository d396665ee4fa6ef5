"""The form's own facts, its id and version and title, and the languages of its sentences."""

from __future__ import annotations

import re
from typing import Final

from conversations.forms.publish.checked import (
    SOFT_MESSAGE,
    TRANSLATED,
    Checked,
    base_of,
)
from conversations.forms.wording import language_code
from conversations.text import Param, Text

MAX_ID: Final = 64
MAX_TITLE: Final = 200
_ID: Final = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")
_VERSION: Final = re.compile(r"[A-Za-z0-9_]+(?:[ .:+-]+[A-Za-z0-9_]+)*")


def check_settings(checked: Checked) -> None:
    """Note what is wrong with the cells of the sheet settings; a blank cell is in order."""
    sheet = checked.sheets.get("settings")
    if sheet is None or not sheet.rows:
        return
    first, *more = sheet.rows
    for row in more:
        reason = Text("The sheet settings has one row below its headers, no more.")
        checked.add(reason, sheet.name, row.number)
    for column, pattern, most in (("form_id", _ID, MAX_ID), ("version", _VERSION, MAX_ID)):
        cell = first.cells.get(column, "")
        if cell and (len(cell) > most or not pattern.fullmatch(cell)):
            checked.add(wrong_id(cell), sheet.name, first.number, column)
    if len(first.cells.get("form_title", "")) > MAX_TITLE:
        reason = Text(
            "What stands here is too long: more than {most} letters.", {"most": MAX_TITLE}
        )
        checked.add(reason, sheet.name, first.number, "form_title")


def wrong_id(text: str) -> Text:
    """Return the refusal of a form's id or version."""
    shown = text if len(text) <= MAX_ID else f"{text[:MAX_ID]}…"
    told: dict[str, Param] = {"text": shown, "most": MAX_ID, "example": "nha-o-2026"}
    return Text(
        "“{text}” is not possible here: ASCII letters, digits, _ - and . only, "
        "at most {most}, for example {example}.",
        told,
    )


def is_id(text: str) -> bool:
    """Say whether a text can be a form's id."""
    return len(text) <= MAX_ID and _ID.fullmatch(text) is not None


def check_languages(checked: Checked) -> None:
    """Refuse a language that stands under two names, and a default language without a label."""
    by_code: dict[str, str] = {}
    labels: set[str] = set()
    for sheet in checked.sheets.values():
        for header in sheet.headers:
            base = base_of(header)
            if sheet.name == "settings" or base not in TRANSLATED | {SOFT_MESSAGE}:
                continue
            language = header.removeprefix(base).removeprefix("::")
            if base == "label" and sheet.name == "survey":
                labels.add(language)
            same = by_code.setdefault(language_code(language).casefold(), language)
            if same != language:
                told = {"one": same, "other": language}
                reason = Text("{one} and {other} are the same language. Write one of them.", told)
                checked.add(reason, sheet.name, 1, header)
    default = checked.setting("default_language")
    if not default or default in labels or "" in labels or not labels:
        return
    reason = Text("No column label is in this language: {name}.", {"name": default})
    near = by_code.get(language_code(default).casefold())
    if near:
        reason = Text("{reason} Did you mean {name}?", {"reason": reason, "name": near})
    row = checked.sheets["settings"].rows[0].number
    checked.add(reason, "settings", row, "default_language")
