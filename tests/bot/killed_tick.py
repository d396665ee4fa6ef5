"""The process that test_ticks.py kills: a tick of the schedule, or a worker that leads and ticks.

`python killed_tick.py URL` imports everything once and forks a life for each line of JSON that it
reads: `at` (the office's moment), `step` and `passing` (where it kills itself, "" for nowhere) and
`lead` (become the leader first and tick until the end). It writes a line for each thing that
happens: `born PID`, `leading PID`, `ticked PID N`, `died PID STEP`; `gone PID` for a single tick.

The steps are functions wrapped from outside: the program knows nothing of this. Parts are small,
so that a tick has many of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime
from typing import Any

import backend.reports.picture
import backend.reports.xlsx
import backend.schedule.days_off
import backend.schedule.reminders
import bot.schedule
from backend.database import close_database, open_database
from backend.models import Outbox
from backend.plans.schema import Pack
from backend.schedule.settled import Settled
from bot.schedule import Schedule, Ticker, tick
from bot.turn.leader import SCHEDULE_LOCK, Leader
from tests.backend.schedule.office import pack
from tests.clock import OFFICE_ZONE, HandClock
from tests.dying import AFTER, BEFORE, die_at, say

FIRST, LAST = "the tick begins", "a reason is settled"
STEPS: dict[str, tuple[Any, str, str]] = {
    FIRST: (bot.schedule, "open_books", AFTER),
    "a part was looked through": (bot.schedule, "chats_of", BEFORE),
    "chats were chosen": (bot.schedule, "chats_of", AFTER),
    "rows are to be written": (Outbox, "bulk_create", BEFORE),
    "rows are written": (Outbox, "bulk_create", AFTER),
}
SUMMARIES: dict[str, tuple[Any, str, str]] = {
    "a summary is counted": (bot.schedule, "progress_of", AFTER),
    "a summary is made": (bot.schedule, "_rendered", AFTER),
}
"""Steps that only a day with weekly summaries has."""
ALL = {**STEPS, **SUMMARIES, LAST: (Settled, "mark", AFTER)}


async def in_force() -> Pack:
    return pack()


async def attach(_: bytes) -> str:
    return "k"


async def live(url: str, at: datetime, *, lead: bool) -> None:
    await open_database(url)
    clock, schedule = HandClock(at), Schedule(in_force, OFFICE_ZONE, attach)

    async def run() -> None:
        queued = await tick(clock, schedule)
        say(f"ticked {os.getpid()} {queued}")

    if not lead:
        await run()
        await close_database()
        return
    ticker = Ticker(run)

    async def start() -> None:
        say(f"leading {os.getpid()}")
        await ticker.start()

    nursery = os.getppid()

    async def soon(_: float) -> None:
        # Who does not lead asks again, and nobody waits for two seconds here. Not 0: two processes
        # that ask PostgreSQL without a pause keep the one from its work that leads.
        await asyncio.sleep(0.02)
        if os.getppid() != nursery:
            os._exit(1)  # the test is gone, and the nursery with it

    await Leader(url, SCHEDULE_LOCK, sleep=soon).lead(start, ticker.stop)


def prepared() -> None:
    """Make parts small, and load before the fork what a life would load when it first needs it."""
    backend.schedule.days_off.is_day_off(datetime(2026, 12, 4, tzinfo=OFFICE_ZONE).date())
    backend.schedule.reminders.PEOPLE_AT_ONCE = 4
    bot.schedule.ROWS_AT_ONCE = 2  # type: ignore[misc]  # Final, and small for us


def main() -> None:
    url = sys.argv[1]
    prepared()
    for line in sys.stdin:
        life = json.loads(line)
        pid = os.fork()
        if pid == 0:
            say(f"born {os.getpid()}")  # said by the child: nothing it does can be heard before
            if life["step"]:
                step = life["step"]
                die_at(ALL[step], life["passing"], f"died {os.getpid()} {step}")
            asyncio.run(live(url, datetime.fromisoformat(life["at"]), lead=life["lead"]))
            os._exit(0)
        if not life["lead"]:
            os.waitpid(pid, 0)
            say(f"gone {pid}")


if __name__ == "__main__":
    main()
