"""Sentences before they are sentences, and words as people type them.

The interview never holds Vietnamese: it names an English msgid and its values, and whoever
shows it to a person (`locales.Catalog.say`) looks the sentence up and formats the values for
the language.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from conversations.record import record

Param: TypeAlias = "str | int | Decimal | date | Text"
"""Numbers and dates are formatted for the reader's language; a nested Text is rendered first."""


def N_(msgid: str) -> str:  # noqa: N802  (the gettext convention's name for "extract, do not translate")
    """Mark a msgid for extraction and return it unchanged."""
    return msgid


@record
class Text:
    """A sentence to be: a msgid with {named} places and the values that go there."""

    msgid: str
    params: Mapping[str, Param] = field(default_factory=dict)


Paragraph: TypeAlias = "Text | str"
"""A str is already in the reader's language: a label or message that came from the form."""

_D = str.maketrans({"đ": "d", "Đ": "d", "’": "'", "‘": "'", "`": "'", "ʼ": "'"})


@lru_cache(maxsize=256)  # one answer is folded again and again within its step
def fold(text: str) -> str:
    """Return text for matching: no marks, no case, one kind of apostrophe, single spaces.

    "  Tiến   ĐỘ " and "tien do" fold to the same string (domain.md 1.6, name hygiene).
    """
    if text.isascii():
        return " ".join(text.translate(_D).casefold().split())
    lowered = unicodedata.normalize("NFC", text).casefold().translate(_D)
    bare = "".join(c for c in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(c))
    return " ".join(bare.split())
