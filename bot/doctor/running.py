"""Runs checks side by side, each with its own limit of time; none can hurt another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Final

from tortoise.exceptions import BaseORMException

from backend.database import is_lost
from bot.doctor.shapes import Check, Finding, mend, unseen
from conversations.text import Text

PATIENCE: Final = 2.0
"""Seconds after which somebody who waits is told what is still being looked at."""


async def run_checks(
    checks: Sequence[Check],
    waiting: Callable[[Sequence[Check]], None] = lambda _: None,
    patience: float = PATIENCE,
) -> list[tuple[Check, list[Finding]]]:
    """Return what each check found, in the order given.

    `waiting` is told every `patience` seconds which ones are not done.
    """
    tasks = {asyncio.create_task(_run(check)): check for check in checks}
    pending = set(tasks)
    try:
        while pending:
            _, pending = await asyncio.wait(pending, timeout=patience)
            if pending:
                waiting([check for task, check in tasks.items() if task in pending])
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    return [(check, task.result()) for task, check in tasks.items()]


async def _run(check: Check) -> list[Finding]:
    """Return what a check found; what it raises is told by its kind alone, which holds no secret."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(check.seconds), aclosing(check.look()) as looking:  # type: ignore[type-var]  # every check is an async generator
            async for finding in looking:
                found.append(finding)  # noqa: PERF401  (what was found before a timeout counts)
    except TimeoutError:
        found.append(
            mend(
                Text("no answer within {count} seconds", {"count": int(check.seconds)}),
                Text("Please see whether it can be reached from this machine, and try again."),
            )
        )
    except Exception as error:  # noqa: BLE001  (one check that fails is no reason to lose the others)
        kind = type(error).__name__
        if isinstance(error, BaseORMException) or is_lost(error):
            found.append(
                unseen(Text("not looked at: the database does not answer ({kind})", {"kind": kind}))
            )
        else:
            found.append(mend(Text("this check failed itself ({kind})", {"kind": kind})))
    return found
