"""Python's garbage collector, set for a program that starts once and then serves."""

from __future__ import annotations

import gc
from typing import Final

NEW_OBJECTS: Final = 10_000
YOUNG_ROUNDS: Final = 20
MIDDLE_ROUNDS: Final = 50
"""How many new objects, then how many rounds, before each generation is looked through.

Under load hundreds of messages are on their way at once, each with objects that will be freed
by their own counts a moment later. Python's default looks after every 700 new objects, finds
all of them alive and moves them on to the slower generations: a sixth of the CPU of a turn
(bench/RESULTS.md). Cycles may now hold some megabytes for a few seconds longer.
"""


def settle() -> None:
    """Call once, when everything is loaded: what lives by now is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNG_ROUNDS, MIDDLE_ROUNDS)
