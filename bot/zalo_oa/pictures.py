"""Pictures as Zalo takes them: JPEG or PNG of at most a megabyte (unverified, so kept below it)."""

from __future__ import annotations

import io
from typing import Final

MAX_BYTES: Final = 1_000_000
SIZES: Final = (2_048, 1_600, 1_280, 1_024, 800, 640, 480)
"""Longest sides that are tried, in pixels, until the file is small enough."""
QUALITIES: Final = (88, 75, 60)
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"


class NoPictureError(ValueError):
    """These bytes are no picture, or none that becomes small enough."""


def fitted(data: bytes, limit: int = MAX_BYTES) -> tuple[bytes, str, str]:
    """Return bytes of at most `limit`, a file name and a media type; raise NoPictureError.

    What fits already is left as it is. Takes a processor for a moment: call it in a thread.
    """
    if len(data) <= limit and data.startswith(PNG):
        return data, "picture.png", "image/png"
    if len(data) <= limit and data.startswith(JPEG):
        return data, "picture.jpg", "image/jpeg"
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  (only for what must be shrunk)

    try:
        with Image.open(io.BytesIO(data)) as image:
            whole = image.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        raise NoPictureError("no picture") from None
    for side in SIZES:
        smaller = whole.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            out = io.BytesIO()
            smaller.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= limit:
                return out.getvalue(), "picture.jpg", "image/jpeg"
    raise NoPictureError("too large")
