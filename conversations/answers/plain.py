"""Free text: what of it can be kept and written into a submission."""

from __future__ import annotations

import re
import unicodedata

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return text in NFC without characters that XML cannot hold, and without outer space."""
    return unicodedata.normalize("NFC", _ILLEGAL.sub("", text)).strip()
