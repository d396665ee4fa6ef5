"""Letters that nobody sees: a no-break space, a soft hyphen, a mark of zero width, a control code.

They come along when somebody copies from a web page or from Word. What a program reads (types,
names, expressions) is freed of them; sentences keep what is theirs, such as a no-break space.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SENTENCES: Final = frozenset({"label", "hint", "constraint_message", "required_message"})
_NOWHERE: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Invisible and without use in any sentence; joiners between letters have one."""
_NOT_IN_XML: Final = re.compile(
    "[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_WORDS: Final = frozenset({"type", "name", "list_name", "form_id", "version"})


def unprintable(text: str) -> str:
    """Return the code of the first character that no form can hold, such as U+0001, "" if none."""
    found = _NOT_IN_XML.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def clean_header(text: str) -> str:
    """Return a column's header without invisible letters, «Tiếng Việt» in one spelling."""
    return " ".join(_visible(unicodedata.normalize("NFC", text)).split())


def cleaned(text: str, header: str) -> str:
    """Return a cell as it is used: a sentence nearly as it is, all else without invisible letters."""
    text = _NOWHERE.sub("", unicodedata.normalize("NFC", text)).strip()
    base = header.partition("::")[0].strip().lower().replace(" ", "_")
    if base in _SENTENCES or header.endswith("Msg") or "softmsg" in header.lower():
        return text
    text = _visible(text)
    return " ".join(text.split()) if base in _WORDS or base == "list name" else text.strip()


def _visible(text: str) -> str:
    if text.isascii():
        return text
    letters = (" " if unicodedata.category(c) == "Zs" else c for c in text)
    return "".join(c for c in letters if unicodedata.category(c) != "Cf")
