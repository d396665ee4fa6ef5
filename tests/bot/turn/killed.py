"""The process that test_kill.py kills: a real engine and sender around a counting reception.

`python killed.py URL` imports everything once and then forks a worker for each line that it
reads ("go\\n"), because starting Python anew 200 times would take minutes; it writes the worker's
process id, and once that is gone how it ended (the signal, negative). The worker speaks
over the socket whose path the line gives: it reads `[[chat, n], …]` lines, keeps them, answers
`["kept", chat, n]` after the commit, and writes `["sent", chat, text]` for each delivery.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from backend.clock import SystemClock
from backend.database import close_database, open_database
from bot.messages import Capabilities, Delivery, Incoming, Kind, Outgoing
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.outbox import Marks
from bot.turn.sender import Sender
from bot.turn.shapes import Reply, Turn


class Counting:
    """Keeps every number it was told, in order, in the interview's state."""

    async def receive(self, turn: Turn) -> Reply:
        assert turn.interview is not None
        heard = [*json.loads(turn.interview.state), int(turn.incoming.text)]
        return Reply([Outgoing(f"{heard[-1]}")], json.dumps(heard))


class Wire:
    """A channel that delivers to the test."""

    name = "test"
    bot = ""
    capabilities = Capabilities(
        buttons=True, edits=True, max_text=4096, per_second=0.0, per_chat_seconds=0.0
    )

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:
        self.writer.write(json.dumps(["sent", chat, int(message.text)]).encode() + b"\n")
        await self.writer.drain()
        return Delivery(message_id="1")

    async def fetch(self, source: str, limit: int) -> bytes:
        raise NotImplementedError


async def work(url: str, path: str) -> None:
    """Serve one connection until it closes or somebody kills us."""
    reader, writer = await asyncio.open_unix_connection(path)
    await open_database(url)
    clock, marks = SystemClock(), Marks()
    sender = Sender([Wire(writer)], clock, marks=marks)
    turns = Turns(Counting(), clock, marks=marks, on_queued=sender.offer)
    await sender.start()
    await turns.start()
    journal = TurnJournal(turns)
    writer.write(b'["ready", "", 0]\n')
    tasks = set()

    async def keep(messages: list[list[str | int]]) -> None:
        await journal.record(
            [
                Incoming("test", f"{chat}-{n}", str(chat), str(chat), Kind.TEXT, text=str(n))
                for chat, n in messages
            ]
        )
        for chat, n in messages:
            writer.write(json.dumps(["kept", chat, n]).encode() + b"\n")

    while line := await reader.readline():
        if line == b"end\n":
            await asyncio.gather(*tasks)
            await turns.settled()
            while await sender.sweep():  # a sweep takes a bounded number of rows
                await sender.delivered()
            await sender.delivered()
            writer.write(b'["done", "", 0]\n')
            continue
        task = asyncio.create_task(keep(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await turns.stop()
    await sender.stop()
    await close_database()


def main() -> None:
    """Fork a worker per line of standard input; print its process id, and how it ended."""
    url = sys.argv[1]
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            asyncio.run(work(url, line.strip()))
            os._exit(0)
        print(pid, flush=True)  # noqa: T201  (the test reads it)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  (the test reads it)


if __name__ == "__main__":
    main()
