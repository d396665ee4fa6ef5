"""Typed text: what of it can be kept and written into a submission, and what of it is words."""

from __future__ import annotations

import re
import unicodedata

_PLAIN = re.compile("[ -~\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]*")
"""Latin letters with their marks, digits and signs: most messages, with nothing in them to look for."""
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc]"
)
"""Characters without a shape of their own that a keyboard or a copied text leaves behind."""
_JOINED = re.compile("[\u200c\u200d\u20e3]")
_SKIN = range(0x1F3FB, 0x1F400)


def clean(text: str) -> str:
    """Return text in NFC without characters that XML cannot hold, unseen ones, and outer space."""
    if _PLAIN.fullmatch(text):
        return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _ILLEGAL.sub("", text))).strip()


def without_pictures(text: str) -> str:
    """Return text for matching: pictures such as 👍 are spaces; "" when there is nothing else."""
    bare = clean(text)
    if _PLAIN.fullmatch(bare):
        return bare
    bare = _JOINED.sub("", bare)
    return "".join(" " if _is_picture(c) else c for c in bare).strip()


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) == "So" or ord(character) in _SKIN
