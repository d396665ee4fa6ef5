"""Who comes at one time shares one piece of work, and nobody suffers for another one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.turn.grouped import Grouped


class Work:
    """Doubles numbers; stands still until it is let go on."""

    def __init__(self, *bad: int, error: Exception | None = None) -> None:
        self.done: list[list[int]] = []
        self.go = asyncio.Event()
        self.begun = asyncio.Event()
        self.bad = bad
        self.error = error or ValueError("bad")

    async def __call__(self, given: Sequence[int]) -> Sequence[int]:
        self.begun.set()
        await self.go.wait()
        self.done.append(list(given))
        if set(self.bad) & set(given):
            raise self.error
        return [2 * number for number in given]


async def begin(group: Grouped[int, int], work: Work, *numbers: int) -> list[asyncio.Task[int]]:
    """Begin the first alone and the others while it is being done."""
    tasks = [asyncio.create_task(group.take(numbers[0]))]
    await work.begun.wait()
    tasks += [asyncio.create_task(group.take(n)) for n in numbers[1:]]
    await asyncio.sleep(0)
    return tasks


async def test_whoever_comes_while_work_is_done_shares_the_next() -> None:
    work = Work()
    group: Grouped[int, int] = Grouped(work, most=3)
    tasks = await begin(group, work, 1, 2, 3, 4, 5)
    work.go.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert work.done == [[1], [2, 3, 4], [5]]


async def test_one_that_fails_fails_alone() -> None:
    work = Work(3)
    group: Grouped[int, int] = Grouped(work)
    tasks = await begin(group, work, 1, 2, 3, 4)
    work.go.set()
    one, two, three, four = await asyncio.gather(*tasks, return_exceptions=True)
    assert (one, two, four) == (2, 4, 8)
    assert isinstance(three, ValueError)
    assert work.done == [[1], [2, 3, 4], [2], [3], [4]]


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    work = Work(3, error=ConnectionResetError())
    group: Grouped[int, int] = Grouped(work)
    tasks = await begin(group, work, 1, 2, 3)
    work.go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found[0] == 2
    assert [type(f) for f in found[1:]] == [ConnectionResetError] * 2
    assert work.done == [[1], [2, 3]]


async def test_whoever_is_cancelled_takes_nothing_from_the_others() -> None:
    work = Work()
    group: Grouped[int, int] = Grouped(work)
    tasks = await begin(group, work, 1, 2, 3, 4)
    tasks[2].cancel()  # one who waits
    tasks[0].cancel()  # the one who does the work
    work.go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [found[1], found[3]] == [4, 8]
    assert [type(found[n]) for n in (0, 2)] == [asyncio.CancelledError] * 2
    assert work.done == [[2, 4]]
    assert await group.take(6) == 12
