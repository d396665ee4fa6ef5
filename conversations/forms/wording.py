"""The sentences of an XForm, by language, with the values that stand in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from xml.etree import ElementTree as ET

from conversations.forms.names import XF, local
from conversations.forms.nodes import Node, Part, Sentence, Words
from conversations.xpath.scope import Run

_MISSING: Final = "-"
_CODE: Final = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*$")


class Wording:
    """Reads sentences; `output` compiles what stands in one, for the path where it is shown."""

    def __init__(self, output: Callable[[str, str], Run]) -> None:
        self.output = output
        self.elements: dict[str, dict[str, ET.Element]] = {}
        """By key and language."""
        self.sentences: dict[str, Words] = {}
        self.languages: tuple[str, ...] = ()

    def read(self, model: ET.Element) -> None:
        """Take in the sentences of every language; the default language comes first."""
        translations = model.findall(f"{XF}itext/{XF}translation")
        translations.sort(key=lambda element: element.get("default") is None)
        self.languages = tuple(_language(element) for element in translations)
        for translation in translations:
            lang = _language(translation)
            for text in translation.findall(f"{XF}text"):
                value = next((v for v in text.findall(f"{XF}value") if not v.get("form")), None)
                if value is None or ((value.text or "").strip() == _MISSING and not len(value)):
                    continue
                self.elements.setdefault(text.get("id", ""), {})[lang] = value

    def child_words(self, element: ET.Element, tag: str, path: str) -> Words:
        """Return the words of a label or hint inside an element, {} if it has none."""
        child = element.find(f"{XF}{tag}")
        if child is None:
            return {}
        reference = itext_key(child.get("ref"))
        if reference:
            return self.words(reference, path)
        return {"": self.sentence(child, path)}

    def message(self, value: str | None, node: Node) -> Words:
        """Return the words that an attribute of a bind names or holds."""
        if not value:
            return {}
        reference = itext_key(value)
        return self.words(reference, node.path) if reference else {"": (value.strip(),)}

    def words(self, key: str, path: str) -> Words:
        """Return the sentences of a key, by language."""
        known = self.sentences.get(key)
        if known is None:
            elements = self.elements.get(key, {})
            known = {lang: self.sentence(element, path) for lang, element in elements.items()}
            self.sentences[key] = known
        return known

    def sentence(self, element: ET.Element, path: str) -> Sentence:
        """Return one sentence, its outputs compiled for the place where it is shown first."""
        parts: list[Part] = [element.text or ""]
        for child in element:
            expression = child.get("value") if local(child) == "output" else None
            if expression:
                parts.append(self.output(expression.strip(), path))
            parts.append(child.tail or "")
        if len(parts) == 1:
            return ((element.text or "").strip(),)
        return tuple(part for part in parts if part != "")


def itext_key(reference: str | None) -> str:
    """Return the key in jr:itext('…'), "" if it is none."""
    text = (reference or "").strip()
    if text.startswith("jr:itext('") and text.endswith("')"):
        return text[len("jr:itext('") : -2]
    return ""


def language_code(name: str) -> str:
    """Return the code of a language named in the usual way, «Tiếng Việt (vi)» or «vi»."""
    code = _CODE.search(name)
    return code[1] if code else name


def _language(translation: ET.Element) -> str:
    return language_code(translation.get("lang", ""))
