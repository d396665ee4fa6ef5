"""The process that test_poll_kill.py kills: a bot that polls, its journal, turns and sender.

`python killed_poll.py SETTINGS` imports everything once and forks a life for each line of JSON
that it reads: the step at which it dies, by its own hand with signal 9, and at which passing. It
writes `born`, `ready`, `died at STEP` and `gone`. The steps are public methods wrapped from
outside: the program knows nothing of this.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from backend.clock import SystemClock
from backend.database import close_database, open_database
from bot.messages import Outgoing
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.outbox import Marks
from bot.turn.sender import Sender
from bot.turn.shapes import Reply, Turn
from bot.turn.sql import Statements
from bot.zalo_bot.channel import ZaloBotChannel
from bot.zalo_bot.poller import ZaloBotPoller
from bot.zalo_bot.unkept import Unkept
from locales import catalog
from tests.dying import AFTER, BEFORE, die_at, say

ANSWERED = "Zalo has answered"
INSERTED = "it is inserted, not committed"
TURNED = "its turn is taken, not committed"
COMMITTED = "it is committed"
STEPS: dict[str, tuple[Any, str, str]] = {
    ANSWERED: (TurnJournal, "record", BEFORE),
    INSERTED: (Statements, "add_inbox", AFTER),
    TURNED: (Statements, "write", AFTER),
    COMMITTED: (TurnJournal, "record", AFTER),
    "its reply has gone out": (ZaloBotChannel, "send", AFTER),
    "it waits in a file": (Unkept, "add", AFTER),
    "it was taken from the file": (Unkept, "done", BEFORE),
}
LOSING = frozenset({ANSWERED, INSERTED, TURNED})
"""Zalo has forgotten the event and nobody else has it yet."""
AWAY = "it waits in a file"
"""In such a life the journal takes nothing."""
ONCE = frozenset({AWAY, "it was taken from the file"})
"""A life passes here once: nothing more is asked for while one event is not journalled."""


class Echo:
    """Says back what it heard."""

    async def receive(self, turn: Turn) -> Reply:
        return Reply([Outgoing(f"Đã ghi {turn.incoming.text}.")])


async def away(*_: Any) -> None:
    raise OSError("the database is away")


async def live(env: dict[str, str]) -> None:
    """Poll until somebody ends us."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await open_database(env["url"])
    clock, marks = SystemClock(), Marks()
    channel = ZaloBotChannel(
        env["token"], api_url=env["api"], clock=clock, catalog=catalog("vi"), per_second=1_000.0
    )
    await channel.start()
    sender = Sender([channel], clock, marks=marks, sleep=briefly)
    turns = Turns(Echo(), clock, marks=marks, on_queued=sender.offer)
    await sender.open()  # what the life before had not marked is sent again, and marked
    await sender.delivered()
    await turns.start()
    poller = ZaloBotPoller(channel, TurnJournal(turns), Path(env["folder"]), pause=briefly)
    say("ready")
    polling = asyncio.create_task(poller.run())
    await stopping.wait()
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await turns.stop()
    await sender.stop()
    await channel.stop()
    await close_database()


async def briefly(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


def main() -> None:
    env = json.loads(sys.argv[1])
    for line in sys.stdin:
        life = json.loads(line)
        pid = os.fork()
        if pid == 0:
            say(f"born {os.getpid()}")
            if life["step"]:
                step = life["step"]
                die_at(STEPS[step], life["passing"], f"died at {step}")
            if life["step"] == AWAY:
                TurnJournal.record = away  # type: ignore[method-assign, assignment]  # a trap
            asyncio.run(live(env))
            os._exit(0)
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main()
