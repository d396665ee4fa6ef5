"""Work that goes on beside everything else until the program stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

log = logging.getLogger(__name__)


def background(stack: AsyncExitStack, work: Awaitable[object], name: str) -> None:
    """Run `work` until the stack is left; what it raises is logged, never swallowed."""

    async def watched() -> None:
        try:
            await work
        except Exception:
            log.exception("%s ended", name)

    task = asyncio.create_task(watched(), name=name)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


def as_task(
    run: Callable[[], Awaitable[None]],
) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    """Return start and stop for something that runs until cancelled."""
    tasks: list[asyncio.Task[None]] = []

    async def forever() -> None:
        await run()

    async def start() -> None:
        tasks.append(asyncio.create_task(forever()))

    async def stop() -> None:
        while tasks:
            task = tasks.pop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return start, stop
