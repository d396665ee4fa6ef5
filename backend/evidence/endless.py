"""Files of so many parts that to go through them is work for minutes.

Pillow reads the head of a JPEG segment by segment, what is no segment byte by byte, and puts EXIF
in parts together anew with each part; a PNG it reads part by part to its end. All of that is
Python, during which no other Python runs. So the same way is gone here first, in a few long
steps, and only so far.
"""

from __future__ import annotations

import re
from typing import Final

from PIL.JpegImagePlugin import MARKER

MAX_SEGMENTS: Final = 500
"""Before a JPEG's picture. The largest file that we take has 306, each as long as it may be."""
MAX_BETWEEN: Final = 100_000
"""Bytes between them that belong to none: fill bytes, or what a broken program left."""
MAX_PNG_PARTS: Final = 10_000
"""2 kB each in the largest file that we take; programs write 8 to 64 kB."""

_NEXT: Final = re.compile(rb"\xff[^\xff]")
_SOS: Final = 0xDA


def is_endless_jpeg(data: bytes) -> bool:
    """Say whether more stands before the picture than in any photo."""
    at, between = 2, 0
    for _ in range(MAX_SEGMENTS):
        found = _NEXT.search(data, at)
        between += (found.start() if found else len(data)) - at
        if between > MAX_BETWEEN:
            return True
        if found is None or data[found.start() + 1] == _SOS:
            return False
        at = found.end()
        # Behind what has no length, or nothing in it for Pillow, it goes on at once.
        if MARKER.get(0xFF00 | data[at - 1], ("", "", None))[2] is not None:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return True


def is_endless_png(data: bytes) -> bool:
    """Say whether there are more parts than in any photo."""
    at = 8
    for _ in range(MAX_PNG_PARTS):
        if at >= len(data):
            return False
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return True
