"""kill -9 of a bot that polls: only what was not journalled is lost, nothing is taken twice.

Zalo forgets an event by answering. What a life had in hand when it died before its commit is
gone; everything else is kept once, answered, and said to the person (after a death perhaps once
more: Zalo cannot tell whether a message had arrived).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.database import close_database, open_database
from backend.models import Inbox, Outbox
from bot.messages import Incoming, Outgoing
from tests.bot.zalo_bot.killed_poll import AWAY, COMMITTED, LOSING, ONCE, STEPS
from tests.clock import PATIENCE
from tests.fakes.zalo_bot import FakeZaloBot

WISHES = [(step, passing if step not in ONCE else 1) for passing in (1, 2) for step in STEPS]
"""Where and when each life ends."""


@asynccontextmanager
async def nursery(env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("killed_poll.py")), json.dumps(env),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONPATH": "."},
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):  # with a life that a failure left
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readline()).decode().strip()


async def begin(process: asyncio.subprocess.Process, step: str, passing: int) -> int:
    """Begin a life; return its process id."""
    assert process.stdin is not None
    process.stdin.write(json.dumps({"step": step, "passing": passing}).encode() + b"\n")
    return int((await line_of(process)).removeprefix("born "))


async def test_a_poll_that_is_killed_loses_only_what_was_not_journalled(
    database_url: str, tmp_path: Path
) -> None:
    said: list[str] = []
    in_hand: dict[str, set[str]] = {step: set() for step in STEPS}
    deaths = Counter[str]()
    async with FakeZaloBot() as fake:
        fake.patience, fake.idle_seconds = PATIENCE, 0.02
        lan = fake.user("lan")
        env = {"url": database_url, "api": fake.url, "token": fake.token}
        async with nursery(env | {"folder": str(tmp_path / "unkept")}) as process:
            for step, passing in WISHES:
                for _ in range(passing):
                    said.append(str(len(said) + 1))
                    lan.says(said[-1])
                await begin(process, step, passing)
                while (line := await line_of(process)) != "gone":
                    if line.startswith("died at "):
                        deaths[line.removeprefix("died at ")] += 1
                await fake.until(lambda: not fake.polls)
                in_hand[step].add(fake.consumed[-1]["message"]["text"])
            said.append("the last")
            lan.says(said[-1])
            pid = await begin(process, "", 0)
            await fake.until(lambda: any("the last" in s.text for s in fake.sent_to(lan)))
            os.kill(pid, signal.SIGTERM)
            while await line_of(process) != "gone":
                pass
        shown = Counter(s.text for s in fake.sent_to(lan))
    assert deaths == Counter(step for step, _ in WISHES), "each death was the one wished for"
    await open_database(database_url)
    try:
        kept = [Incoming.from_json(row.payload).text for row in await Inbox.filter(status=2)]
        assert await Inbox.exclude(status=2).count() == 0
        replies = [Outgoing.from_json(row.payload).text for row in await Outbox.filter(status=1)]
        assert await Outbox.exclude(status=1).count() == 0
    finally:
        await close_database()
    lost = set(said) - set(kept)
    assert len(kept) == len(set(kept)), "nothing is taken twice"
    assert lost <= set().union(*in_hand.values()), "at most the one event of each death"
    assert set().union(*(in_hand[step] for step in LOSING)) <= lost
    assert not lost & (in_hand[COMMITTED] | in_hand[AWAY]), "what is written down is never lost"
    assert sorted(replies) == sorted(f"Đã ghi {text}." for text in kept), "each is answered once"
    assert set(shown) == set(replies)
    again = shown.total() - len(replies)
    assert again <= sum(passing for _, passing in WISHES), "each death repeats only what it cut off"
    assert list((tmp_path / "unkept").iterdir()) == []
