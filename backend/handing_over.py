"""A file is written beside its place and then put there: whoever looks sees all of it or none."""

from __future__ import annotations

from pathlib import Path


def hand_over(part: Path, target: Path) -> int:
    """Put a finished file in its place (of the same disk) and return its size in bytes."""
    size = part.stat().st_size
    part.replace(target)
    return size
