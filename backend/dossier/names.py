"""What the files in a dossier's zip are called, so that the document can name them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from backend.dossier.facts import PhotoFacts

PHOTOS: Final = "anh"
ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heif": "heic",
}
UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]+")


def safe(text: str) -> str:
    """Return a name that every file system takes."""
    return UNSAFE.sub("-", text).strip(".-") or "x"


def original_paths(photos: Iterable[PhotoFacts]) -> dict[str, str]:
    """Return where each original lies, by its sha256; the same bytes lie there once."""
    found: dict[str, str] = {}
    for photo in photos:
        name = f"{photo.number:04d}-{photo.sha256[:8]}.{ENDINGS.get(photo.media_type, 'bin')}"
        path = "/".join((PHOTOS, safe(photo.village), safe(photo.questionnaire), name))
        found.setdefault(photo.sha256, path)
    return found
