"""Every sentence that a person reads. Source sentences are English msgids; Vietnamese is the product.

Catalogues are read from the .po files when the program starts, so nothing compiled can be
stale. Numbers and dates are formatted with Babel for the language.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from conversations.text import Paragraph, Param, Text

FOLDER = Path(__file__).parent
LANGUAGES = ("vi", "en")
GROUPED_FROM = 1_000
"""Least number with a thousands separator; smaller ones need no Babel."""


class Catalog:
    """One language: looks sentences up and puts values into them."""

    def __init__(self, lang: str, translations: gettext.NullTranslations) -> None:
        """Use `catalog(lang)` instead; a test may hand in its own translations."""
        self.lang = lang
        self._translations = translations

    def say(self, text: Paragraph) -> str:
        """Return the sentence in this language with its values formatted."""
        if isinstance(text, str):
            return text
        return self.get(text.msgid, **text.params)

    def get(self, msgid: str, **params: Param) -> str:
        """Look one msgid up and fill its {named} places."""
        sentence = self._translations.gettext(msgid)
        if not params:
            return sentence
        return sentence.format_map(self._shown(params))

    def join(self, paragraphs: Iterable[Paragraph], separator: str = "\n\n") -> str:
        """Return the paragraphs as one message."""
        return separator.join(s for p in paragraphs if (s := self.say(p)))

    def number(self, value: int | Decimal) -> str:
        """Return 1234.5 as «1.234,5» in Vietnamese."""
        if isinstance(value, int) and abs(value) < GROUPED_FROM:
            return str(value)
        return format_decimal(value, locale=self.lang)

    def date(self, value: date) -> str:
        """Return a date as dd/mm/yyyy, a time with it as HH:MM dd/mm/yyyy."""
        if isinstance(value, datetime):
            return format_datetime(value, "HH:mm dd/MM/yyyy", locale=self.lang)
        return format_date(value, "dd/MM/yyyy", locale=self.lang)

    def _shown(self, params: Mapping[str, Param]) -> dict[str, str]:
        return {name: self._show(value) for name, value in params.items()}

    def _show(self, value: Param) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Text):
            return self.say(value)
        if isinstance(value, date):
            return self.date(value)
        return self.number(value)


@cache
def catalog(lang: str) -> Catalog:
    """Return the catalogue of a language; one that is not shipped falls back to Vietnamese."""
    if lang not in LANGUAGES:
        return catalog("vi")
    path = FOLDER / lang / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        po = read_po(source, locale=lang)
    compiled = io.BytesIO()
    write_mo(compiled, po)
    compiled.seek(0)
    return Catalog(lang, gettext.GNUTranslations(compiled))
