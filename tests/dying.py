"""Lives that end themselves with signal 9 at a named step; the program knows nothing of this."""

from __future__ import annotations

import functools
import inspect
import os
import signal
from collections.abc import Awaitable
from typing import Any

BEFORE, AFTER = "before", "after"


def say(line: str) -> None:
    """Write a line that whoever watches this process reads at once."""
    os.write(1, f"{line}\n".encode())


def die_at(step: tuple[Any, str, str], passing: int, last_words: str) -> None:
    """Wrap a function or method so that its `passing`-th pass is the end of this process.

    `step` is the owner, the name there, and BEFORE or AFTER what it does.
    """
    owner, name, when = step
    whole, left = getattr(owner, name), passing

    def passed() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            say(last_words)
            os.kill(os.getpid(), signal.SIGKILL)

    async def awaited(result: Awaitable[Any]) -> Any:
        found = await result
        if when == AFTER:
            passed()
        return found

    @functools.wraps(whole)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when == BEFORE:
            passed()
        result = whole(*args, **kwargs)
        if inspect.isawaitable(result):
            return awaited(result)
        if when == AFTER:
            passed()
        return result

    setattr(owner, name, wrapped)
