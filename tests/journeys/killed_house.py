"""The process that test_kill_desk.py kills: the whole program, as `thonmoi run` runs it.

`python killed_house.py SETTINGS` imports everything once and forks a life for each line of JSON
that it reads, because starting Python anew 200 times would take minutes. It writes a line for
each thing that happens: `born PID`, `ready`, `died at STEP` (a life that kills itself at a named
step says so with its last breath), `gone`.

A line names the mode (poll or webhook) and perhaps a step and which of its passings is the last.
The steps are public methods wrapped from outside: the program knows nothing of this.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from backend.evidence.store import EvidenceStore
from backend.settings import read_settings
from bot.evidence_keeper import EvidenceKeeper
from bot.program import Program
from bot.reception import sittings
from bot.reception.desk import Desk
from bot.telegram.channel import TelegramChannel
from bot.telegram.intake import Intake
from bot.turn.journal import TurnJournal
from bot.turn.outbox import Marks
from bot.turn.sender import Sender
from bot.turn.sql import Statements
from tests.clock import MORNING
from tests.dying import AFTER, BEFORE, die_at, say

SPEED = 40.0
"""Seconds that pass in the house for each of ours: albums and pacing wait less for us."""

STEPS: dict[str, tuple[Any, str, str]] = {
    "an update arrived": (Intake, "take", BEFORE),
    "it is inserted": (Statements, "add_inbox", AFTER),
    "its turn is claimed": (Statements, "claim", AFTER),
    "its turn is answered": (Desk, "receive", AFTER),
    "a photo is an answer": (sittings, "keep_photo", AFTER),
    "a submission is recorded": (sittings, "record_submission", AFTER),
    "what it leads to is written": (Statements, "write", AFTER),
    "it is committed": (Sender, "offer", BEFORE),
    "it may be acknowledged": (TurnJournal, "record", AFTER),
    "a reply goes out": (TelegramChannel, "send", BEFORE),
    "a reply has gone out": (TelegramChannel, "send", AFTER),
    "its mark is written": (Statements, "mark_outbox", AFTER),
    "its mark is committed": (Marks, "done", AFTER),
    "a photo is fetched": (TelegramChannel, "fetch", AFTER),
    "a photo's bytes are stored": (EvidenceStore, "put_now", AFTER),
    "a photo is written down": (EvidenceKeeper, "write", AFTER),
    "a photo's message is ready": (Statements, "photos_kept", AFTER),
}
HOLD = "acknowledged, and nothing goes out"
"""Replies never leave in this life; the test kills it after an acknowledgement."""


class FastClock:
    """A clock that runs `SPEED` times as fast, the same in every life."""

    def __init__(self, began: float) -> None:
        self.began = began

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=(time.monotonic() - self.began) * SPEED)

    async def sleep(self, seconds: float) -> None:
        """What the program waits for on purpose (pace, backoff) is short for us.

        A real wait, on purpose: lives are compared with a clock that runs on while they do,
        and no test depends on how long it takes.
        """
        await asyncio.sleep(max(0.0, seconds) / SPEED)


def hold_replies() -> None:
    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    TelegramChannel.send = never


async def live(env: dict[str, str], began: float) -> None:
    clock = FastClock(began)
    program = Program(read_settings(env), clock, sleep=clock.sleep)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    # During a life no line comes: what can be read is the end, because the test is gone.
    loop.add_reader(sys.stdin.fileno(), os._exit, 1)
    async with program.running():
        say("ready")
        await stopping.wait()


def main() -> None:
    env = json.loads(sys.argv[1])
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    began = time.monotonic()
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        life = json.loads(line)
        pid = os.fork()
        if pid == 0:
            say(f"born {os.getpid()}")  # said by the child: nothing it does can be heard before
            if life["step"] == HOLD:
                hold_replies()
            elif life["step"] in STEPS:
                step = life["step"]
                die_at(STEPS[step], life["passing"], f"died at {step}")
            asyncio.run(live({**env, "TELEGRAM_MODE": life["mode"]}, began))
            os._exit(0)
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main()
