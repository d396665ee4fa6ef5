"""Calls that come at one time share one piece of work, most often one commit.

Whoever comes while nothing runs does the work at once, there is no timer. Whoever comes while it
runs waits, and the first of them then does it for all who wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from backend.database import is_lost

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Call:
    given: Any
    result: Any = None
    error: BaseException | None = None
    done: bool = False


class Grouped(Generic[T, R]):
    """Gathers what is given one by one for work that takes many."""

    def __init__(
        self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], most: int = 32
    ) -> None:
        """`work` takes 1 to `most` and returns a result for each, or raises for all of them."""
        self._work = work
        self._most = most
        self._waiting: list[_Call] = []
        self._one = asyncio.Lock()

    async def take(self, given: T) -> R:
        """Return what the work makes of this; raise what it raised.

        When work for several fails and the database is there, each is tried alone: nobody
        fails for another one's sake. A caller who is cancelled takes nothing from the others.
        """
        call = _Call(given)
        self._waiting.append(call)
        try:
            async with self._one:
                while not call.done:
                    await self._do()
        finally:
            if not call.done and call in self._waiting:
                self._waiting.remove(call)
        if call.error is not None:
            raise call.error
        return cast("R", call.result)

    async def _do(self) -> None:
        some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            failed = await self._try(some)
            if failed is not None and len(some) > 1 and not is_lost(failed):
                for call in some:
                    await self._try([call])
        finally:
            self._waiting[:0] = [call for call in some if not call.done]

    async def _try(self, some: list[_Call]) -> Exception | None:
        """Do it for these; return why it failed, which is final for one alone or a lost database."""
        try:
            results = await self._work([call.given for call in some])
        except Exception as error:  # noqa: BLE001  (whoever gave it is told)
            if len(some) == 1 or is_lost(error):
                for call in some:
                    call.error, call.done = error, True
            return error
        for call, result in zip(some, results, strict=True):
            call.result, call.done = result, True
        return None
