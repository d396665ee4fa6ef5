"""Workers that die: kill -9 in the middle of a tick, and two of them at one database.

Whatever dies wherever, every message that is due is queued exactly once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from backend.database import close_database, open_database
from backend.models import Outbox
from backend.people import Role
from tests.backend.schedule.office import Office
from tests.bot.killed_tick import FIRST, LAST, STEPS, SUMMARIES
from tests.clock import PATIENCE, local

HEADS = 12


class Nursery:
    """Lives of a worker, one line of JSON each."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._unread: list[str] = []
        """Lines that came while another one was waited for."""

    async def born(
        self, at: datetime, step: str = "", passing: int = 1, *, lead: bool = False
    ) -> int:
        life = {"at": at.isoformat(), "step": step, "passing": passing, "lead": lead}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(life).encode() + b"\n")
        return int((await self.until("born")).split()[1])

    async def until(self, *words: str) -> str:
        """Return the next line that begins with one of these words; the others are for later."""
        for place, line in enumerate(self._unread):
            if line.startswith(words):
                return self._unread.pop(place)
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self._process.stdout.readline()).decode().strip():
                if line.startswith(words):
                    return line
                self._unread.append(line)
        raise AssertionError(f"the nursery is gone; unread: {self._unread}")

    async def single(self, at: datetime, step: str = "", passing: int = 1) -> str:
        """One tick; return at which step it died, "" if it came to its end."""
        await self.born(at, step, passing)
        line = await self.until("died", "ticked")
        await self.until("gone")
        return line.split(" ", 2)[2] if line.startswith("died") else ""


@asynccontextmanager
async def nursery(url: str) -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("killed_tick.py")), url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": "."},
        start_new_session=True,
    )  # fmt: skip
    try:
        yield Nursery(process)
    finally:
        with contextlib.suppress(ProcessLookupError):  # with the lives that still lead
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def fill(url: str) -> list[int]:
    """Twelve heads of three villages and an officer of each kind; return the heads' ids."""
    await open_database(url)
    office = await Office(local(11, 1)).open()
    heads = [(await office.person(f"Bác {n}", ("a1", "a2", "b1")[n % 3])).id for n in range(HEADS)]
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    await office.person("Chị Xã", "xa-a", Role.COMMUNE_OFFICER)
    await close_database()
    return heads


async def queued(url: str) -> Counter[str]:
    await open_database(url)
    try:
        return Counter([str(row.once) for row in await Outbox.all()])
    finally:
        await close_database()


@pytest.mark.long
async def test_killed_at_every_step_of_every_days_tick(database_url: str) -> None:
    heads = await fill(database_url)
    dice = random.Random(20261204)  # noqa: S311  (the same deaths each run)
    deaths: Counter[str] = Counter()
    async with nursery(database_url) as lives:
        for at in (
            local(11, 30, 7, 30), local(12, 4), local(12, 6), local(12, 7, 7, 30), local(12, 8),
        ):  # fmt: skip
            # What a death leaves, the next one finds: the steps that come last die last.
            for step in [*STEPS, *(SUMMARIES if at.weekday() == 0 else ()), LAST]:
                several = step in STEPS and at < local(12, 8)
                deaths[await lives.single(at, step, dice.randint(1, 2) if several else 1)] += 1
            assert await lives.single(at) == "", "one that nobody kills makes up for all of them"
            before = await queued(database_url)
            await lives.single(at)
            assert await queued(database_url) == before, "after it nothing is due any more"

    found = await queued(database_url)
    assert set(deaths) >= {*STEPS, *SUMMARIES, LAST}, deaths
    assert set(found.values()) == {1}
    reminders = {key for key in found if key.startswith("reminder|")}
    days = ("2026-11-30", "2026-12-04", "2026-12-06", "2026-12-07")
    assert reminders == {f"reminder|thu|{day}|{head}" for day in days for head in heads}
    summaries = {tuple(key.split("|")[2:4]) for key in found if key.startswith("weekly|")}
    officers = {person for _, person in summaries}
    assert {day for day, _ in summaries} == {"2026-11-30", "2026-12-07"}
    assert len(officers) == 2
    for key in {key for key in found if key.startswith("weekly|") and key.count("|") == 4}:
        assert found[f"{key}|xlsx"], "a summary is queued whole: text, picture and workbook"
        assert found[f"{key}|1"]
    assert [key.split("|")[2] for key in found if key.startswith("late|")] == ["2026-12-08"]


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
@pytest.mark.parametrize("step", [*STEPS, LAST])
async def test_two_workers_of_which_the_leading_one_is_killed_in_its_tick(
    database_url: str, step: str
) -> None:
    heads = await fill(database_url)
    at = local(12, 4)
    passing = 1 if step in {FIRST, LAST} else 2
    async with nursery(database_url) as lives:
        first = await lives.born(at, step, passing, lead=True)
        assert await lives.until("leading") == f"leading {first}"
        second = await lives.born(at, lead=True)
        line = await lives.until("died", "leading", "ticked")
        assert line == f"died {first} {step}", "while one leads the other waits"
        assert await lives.until("leading") == f"leading {second}"
        assert (await lives.until("ticked")).startswith(f"ticked {second} ")

    found = await queued(database_url)
    assert set(found.values()) == {1}
    assert {k for k in found if k.startswith("reminder|")} == {
        f"reminder|thu|2026-12-04|{head}" for head in heads
    }


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_two_workers_that_both_tick_at_once(database_url: str) -> None:
    """Nobody should, but a leader that lost its connection does not know at once."""
    heads = await fill(database_url)
    at = local(12, 7, 7, 30)
    async with nursery(database_url) as one, nursery(database_url) as other:
        await asyncio.gather(*(lives.single(at) for lives in (one, other)))
    found = await queued(database_url)
    assert set(found.values()) == {1}
    assert len([k for k in found if k.startswith("reminder|")]) == len(heads)
