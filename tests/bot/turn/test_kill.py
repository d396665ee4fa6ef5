"""kill -9 at any instant: nothing acknowledged is lost, nothing is taken twice, order holds.

A worker under load is killed at random moments and started again. What it had not acknowledged
is delivered again, as a channel does; now and then something acknowledged is too.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.models import Area, Chat, FormVersion, Inbox, Interview, Outbox, Person
from tests.clock import PATIENCE

KILLS = 45
CHATS = 12
MOST_HEARD = 24
"""Acknowledgements of a life, fewer than this: a slow machine has lives of the same length."""
LONGEST_WAIT = 0.02
"""And then at most so many seconds, so that the end falls anywhere in a turn."""


async def people(url: str) -> None:
    """Make CHATS people, each with a running interview."""
    await open_database(url)
    now = SystemClock().now()
    area = await Area.create(code="v", level="village", name="V", folded="v")
    form = await FormVersion.create(
        form_id="f", version="1", title="F", xml="", sha256="", published_at=now
    )
    for c in range(CHATS):
        person = await Person.create(name=str(c), created_at=now)
        await Chat.create(channel="test", external_id=str(c), person=person, created_at=now)
        await Interview.create(
            person=person, running_for=person.id, form_version=form, questionnaire="f", area=area,
            period="2026", status="running", state="[]", started_at=now, changed_at=now,
        )  # fmt: skip
    await close_database()


class Village:
    """The people: each sends its next number once the one before was acknowledged."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.acknowledged = dict.fromkeys(map(str, range(CHATS)), 0)
        self.received: dict[str, list[int]] = defaultdict(list)
        self.again = 0
        self.heard = 0
        self.wanted = 0
        self.enough = asyncio.Event()
        self.kept = asyncio.Event()
        self.ready = asyncio.Event()
        self.done = asyncio.Event()

    async def listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                if not line.endswith(b"\n"):
                    return
                what, chat, n = json.loads(line)
                if what == "kept":
                    self.acknowledged[chat] = max(self.acknowledged[chat], n)
                    self.kept.set()
                    self.heard += 1
                    if self.heard >= self.wanted:
                        self.enough.set()
                elif what == "sent":
                    self.received[chat].append(n)
                else:
                    (self.ready if what == "ready" else self.done).set()
        except ConnectionError:
            return

    async def hear(self, more: int) -> None:
        """Wait for so many further acknowledgements: a life is as long on a slow machine."""
        self.wanted = self.heard + more
        self.enough.clear()
        if more:
            async with asyncio.timeout(PATIENCE):
                await self.enough.wait()

    async def talk(self, writer: asyncio.StreamWriter, more: int | None = None) -> None:
        """Write as fast as acknowledgements come; some numbers twice."""
        asked = dict.fromkeys(self.acknowledged, -1)
        try:
            while True:
                self.kept.clear()
                for chat, n in self.acknowledged.items():
                    if asked[chat] == n:
                        continue
                    asked[chat] = n
                    batch = [[chat, n + 1]]
                    if n and self.dice.random() < 0.1:
                        batch.insert(0, [chat, n])
                        self.again += 1
                    writer.write(json.dumps(batch).encode() + b"\n")
                await writer.drain()
                await self.kept.wait()
        except ConnectionError:
            return


@pytest.mark.long
async def test_killed_at_random_instants_under_load(database_url: str) -> None:  # noqa: PLR0915  (one story)
    await people(database_url)
    dice = random.Random(20221122)  # noqa: S311  (the same instants each run, as far as a clock allows)
    village = Village(random.Random(7))  # noqa: S311  (its own dice: how often it throws depends on time)
    loop = asyncio.get_running_loop()
    connected: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.put_nowait((reader, writer))

    path = f"/tmp/tm-kill-{os.getpid()}.sock"  # noqa: S108  (socket paths are short)
    server = await asyncio.start_unix_server(accept, path)
    nursery = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("killed.py")), database_url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    ends: Counter[int] = Counter()
    try:
        for life in range(KILLS + 1):
            nursery.stdin.write(f"{path}\n".encode())
            async with asyncio.timeout(PATIENCE):
                pid = int(await nursery.stdout.readline())
                reader, writer = await connected.get()
                village.ready.clear()
                village.done.clear()
                listening = loop.create_task(village.listen(reader))
                await village.ready.wait()
            if life < KILLS:
                talking = loop.create_task(village.talk(writer))
                await village.hear(dice.randrange(MOST_HEARD))
                await asyncio.wait([talking], timeout=dice.uniform(0, LONGEST_WAIT))
                os.kill(pid, signal.SIGKILL)
                await listening
                talking.cancel()
                await asyncio.gather(talking, return_exceptions=True)
            else:
                writer.write(b"end\n")
                async with asyncio.timeout(PATIENCE):
                    await village.done.wait()
                writer.write_eof()
                await listening
            writer.close()
            async with asyncio.timeout(PATIENCE):
                ends[int(await nursery.stdout.readline())] += 1
    finally:
        nursery.stdin.close()
        await nursery.wait()
        server.close()
        Path(path).unlink(missing_ok=True)  # noqa: ASYNC240  (local, and the end)

    await open_database(database_url)
    states = {
        (await Chat.get(person_id=row.person_id)).external_id: json.loads(row.state)
        for row in await Interview.all()
    }
    left = await Inbox.exclude(status=2).count()
    unsent = await Outbox.exclude(status=1).count()
    queued = await Outbox.all().count()
    await close_database()

    assert ends == {-signal.SIGKILL: KILLS, 0: 1}, "no life ended in another way, by itself"
    total = sum(map(len, states.values()))
    assert total > MOST_HEARD / 3 * KILLS, "there was no load to speak of"
    assert village.again > KILLS / 10
    assert (left, unsent) == (0, 0)
    assert queued == total, "one reply for each message"
    for chat, heard in states.items():
        assert heard == list(range(1, len(heard) + 1)), "each once, in order"
        assert len(heard) >= village.acknowledged[chat], "nothing acknowledged is lost"
        replies = village.received[chat]
        assert sorted(set(replies)) == heard, "each got its reply"
        first = list(dict.fromkeys(replies))
        assert first == heard, "replies come in order"
