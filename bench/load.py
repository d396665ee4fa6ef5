"""The people and a fake Bot API, in a process of their own: cheaper than any bot they measure.

A raw asyncio protocol instead of aiohttp. Each person writes only after the right reply has
come; a wrong reply is counted, and a person whose reply never comes stays silent (`stuck`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

PEOPLE = 400
WEBHOOK_CONNECTIONS = 100
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
DRAIN_SECONDS = 30.0
"""How long to wait at the end until everybody has been answered."""


class Crowd:
    """Everybody who writes, and what they have seen."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self.lines = lines
        self.at = [0] * (PEOPLE + 1)
        self.wrote = [0.0] * (PEOPLE + 1)
        self.turns = 0
        self.wrong = 0
        self.sent = 0
        self.took: list[float] | None = None
        self.updates: deque[bytes] = deque()
        self.number = 0
        self.arrived: asyncio.Event = asyncio.Event()
        self.heard: asyncio.Event = asyncio.Event()
        self.running = False

    def write(self, person: int) -> None:
        self.number += 1
        text = self.lines[self.at[person]][0] if self.at[person] >= 0 else "/start"
        update = {
            "update_id": self.number,
            "message": {
                "message_id": self.number,
                "date": int(time.time()),
                "chat": {"id": person, "type": "private", "first_name": "A"},
                "from": {"id": person, "is_bot": False, "first_name": "A", "language_code": "vi"},
                "text": text,
            },
        }
        self.wrote[person] = time.perf_counter()
        self.updates.append(json.dumps(update).encode())
        self.arrived.set()

    def hear(self, person: int, text: str) -> None:
        self.sent += 1
        self.heard.set()
        if text != self.lines[self.at[person]][1]:
            self.wrong += 1
            return
        self.at[person] = (self.at[person] + 1) % len(self.lines)
        self.turns += 1
        if self.took is not None:
            self.took.append(time.perf_counter() - self.wrote[person])
        if self.running:
            self.write(person)


class Api(asyncio.Protocol):
    """The Bot API as far as the variants use it."""

    crowd: Crowd

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 : (head + b"\r").find(b"\r", at)]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            path = self.buffer[: self.buffer.find(b"\r")].split(b" ")[1]
            body = self.buffer[end + 4 : end + 4 + length]
            kind = b"json" if b"application/json" in head else b"form"
            self.buffer = self.buffer[end + 4 + length :]
            self.call(path.rsplit(b"/", 1)[1].decode().lower(), body, kind)

    def call(self, method: str, body: bytes, kind: bytes) -> None:
        if not body:
            given: dict[str, Any] = {}
        elif kind == b"json":
            given = json.loads(body)
        else:
            given = {k: v[0] for k, v in parse_qs(body.decode()).items()}
        if method == "sendmessage":
            chat = int(given["chat_id"])
            self.answer(
                {"message_id": self.crowd.sent + 1, "date": 1, "text": given["text"],
                 "chat": {"id": chat, "type": "private"}}
            )  # fmt: skip
            self.crowd.hear(chat, given["text"])
        elif method == "getupdates":
            self.poll = asyncio.ensure_future(self.updates(given))
        elif method == "getme":
            self.answer({"id": 1, "is_bot": True, "first_name": "b", "username": "b"})
        else:
            self.answer(True)

    async def updates(self, given: dict[str, Any]) -> None:
        crowd = self.crowd
        wanted = int(given.get("timeout", 0) or 0)
        if not crowd.updates and wanted:
            crowd.arrived.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(crowd.arrived.wait(), wanted)
        batch = [crowd.updates.popleft() for _ in range(min(100, len(crowd.updates)))]
        self.raw(b'{"ok":true,"result":[' + b",".join(batch) + b"]}")

    def answer(self, result: object) -> None:
        self.raw(json.dumps({"ok": True, "result": result}).encode())

    def raw(self, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n" + body
        )  # fmt: skip


async def post(crowd: Crowd, port: int) -> None:
    """One keep-alive connection of Telegram's to the webhook."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST /webhooks/telegram HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: secret\r\n"
        "Content-Length: "
    ).encode()
    while True:
        while not crowd.updates:
            crowd.arrived.clear()
            await crowd.arrived.wait()
        update = crowd.updates.popleft()
        writer.write(head + str(len(update)).encode() + b"\r\n\r\n" + update)
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"the webhook answered {status!r}")
        length = 0
        while (line := await reader.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if length:
            await reader.readexactly(length)


def cpu(pids: list[int]) -> float:
    """Return seconds of CPU that these processes have used."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def family(pid: int) -> list[int]:
    """Return a process and its children (PostgreSQL's server processes)."""
    if not pid:
        return []
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *map(int, listed)]


def rss(pid: int) -> float:
    """Return resident megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6


async def main() -> None:
    """Read the task from the first line of standard input, the bot's pids from the second."""
    task = json.loads(sys.stdin.readline())
    crowd = Api.crowd = Crowd([tuple(line) for line in task["lines"]])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Api, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    pids = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    posts = [
        asyncio.create_task(post(crowd, pids["port"]))
        for _ in range(WEBHOOK_CONNECTIONS if pids["port"] else 0)
    ]
    crowd.running = True
    for person in range(1, PEOPLE + 1):
        crowd.write(person)
    await asyncio.sleep(task["warm"])
    bot, database = [pids["bot"]], family(pids["database"])
    began = time.perf_counter(), crowd.turns, cpu(bot), cpu(database), time.process_time()
    crowd.took = []
    await asyncio.sleep(task["seconds"])
    took, crowd.took = sorted(crowd.took), None
    seconds = time.perf_counter() - began[0]
    turns = crowd.turns - began[1]
    result = {
        "turns": turns / seconds,
        "bot_us": (cpu(bot) - began[2]) / max(turns, 1) * 1e6,
        "database_us": (cpu(database) - began[3]) / max(turns, 1) * 1e6,
        "people_us": (time.process_time() - began[4]) / max(turns, 1) * 1e6,
        "rss": rss(pids["bot"]),
    }
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        result[name] = took[int(share * (len(took) - 1))] * 1000 if took else float("nan")
    crowd.running = False
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while crowd.sent < crowd.number:
                crowd.heard.clear()
                await crowd.heard.wait()
    await asyncio.sleep(0.5)  # what would be sent twice, and the marks of what was sent
    result["wrong"] = crowd.wrong
    result["written"] = crowd.number
    result["heard"] = crowd.sent
    result["unanswered"] = crowd.number - crowd.turns
    print(json.dumps(result), flush=True)
    for each in posts:
        each.cancel()
    server.close()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
