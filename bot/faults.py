"""What may be logged of an error: its kind and its place, never its words."""

from __future__ import annotations

import traceback


def where(error: BaseException) -> str:
    """Return an error's kind and place without its words, which may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    place = f" at {own[-1].filename.rsplit('/', 1)[-1]}:{own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{place}"
