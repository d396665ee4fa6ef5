"""What a channel remembers while it runs: the newest, and no more than it can afford."""

from __future__ import annotations

from typing import Final, TypeVar

MAX_REMEMBERED: Final = 1_000

_K = TypeVar("_K")
_V = TypeVar("_V")


def remember(kept: dict[_K, _V], key: _K, value: _V) -> None:
    """Keep the newest MAX_REMEMBERED.

    What is forgotten costs a repeated part, an upload made again, or a keyboard left standing.
    """
    kept[key] = value
    if len(kept) > MAX_REMEMBERED:
        del kept[next(iter(kept))]
