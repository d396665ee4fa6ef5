"""`make bench`: what a turn costs, beside named baselines, in one go on loopback.

400 people answer the water questionnaire as fast as the bot lets them (closed loop); they and
the Bot API are another process. Every variant says the same sentences: ours makes them (the
product's reception, the questionnaire's checks, the catalogue), floor and baselines read them
from a table. Rounds are interleaved, floor and baselines among them, and medians are shown; CPU
a turn is the steadier figure on a busy machine. A run fails unless the database holds one
finished turn and one sent answer for each message written. Writes bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend.database import close_database, open_database
from backend.migrate import migrate
from bench.load import rss
from bench.story import SOURCE, tell
from bot.turn.sql import database as database_of_turns
from conversations.forms.publish import publish
from tests.postgres import Postgres

HERE = Path(__file__).parent
VARIANTS: list[tuple[str, str, str]] = [
    ("our turn, webhook, SQLite", "ours-webhook", "sqlite"),
    ("our turn, polling, SQLite", "ours-poll", "sqlite"),
    ("our turn, webhook, PostgreSQL", "ours-webhook", "postgres"),
    ("our turn, polling, PostgreSQL", "ours-poll", "postgres"),
    ("the same in memory, nothing kept", "memory", ""),
    ("floor: HTTP and a table of texts", "floor", ""),
    ("ConversationHandler, no persistence", "ptb", ""),
    ("ConversationHandler, PicklePersistence", "ptb-pickle", ""),
]


FLOOR, BASELINE = "floor: HTTP and a table of texts", "ConversationHandler, no persistence"


def run(name: str, database: str, server: Postgres, task: dict[str, Any]) -> dict[str, float]:
    """Run one variant once and return what was measured."""
    folder, load = Path(tempfile.mkdtemp(prefix="tm-bench-")), os.getloadavg()[0]
    url = f"sqlite://{folder / 'bench.sqlite3'}"
    if database == "postgres":
        server.sql("DROP DATABASE IF EXISTS bench WITH (FORCE)")
        server.sql("CREATE DATABASE bench")
        url = server.url("bench")
    if database:
        asyncio.run(migrate(url))
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    people = subprocess.Popen([sys.executable, "-m", "bench.load"], **pipes)
    people.stdin.write(json.dumps(task) + "\n")
    people.stdin.flush()
    api = f"http://127.0.0.1:{int(people.stdout.readline())}"
    bot = subprocess.Popen([sys.executable, "-m", "bench.bots", name], **pipes)
    try:
        bot.stdin.write(json.dumps({**task, "api": api, "database": url}) + "\n")
        bot.stdin.flush()
        port = int(bot.stdout.readline())
        pids = {"bot": bot.pid, "port": port,
                "database": server.pid if database == "postgres" else 0}  # fmt: skip
        people.stdin.write(json.dumps(pids) + "\n")
        people.stdin.flush()
        measured: dict[str, float] = json.loads(people.stdout.readline())
    finally:
        for process in (bot, people):
            process.stdin.close()
        for process in (bot, people):
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
    if database:
        check_kept(url, name, measured)
    shutil.rmtree(folder, ignore_errors=True)
    return {**measured, "load": load}


def check_kept(url: str, name: str, measured: dict[str, float]) -> None:
    """Fail unless each message written has one finished turn and one sent answer in the database."""
    rows = {
        "inbox": "SELECT count(*) FROM inbox WHERE status = 2",
        "outbox": "SELECT count(*) FROM outbox WHERE status = 1",
        "all": "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM outbox)",
    }

    async def count() -> dict[str, int]:
        await open_database(url)
        try:
            db = database_of_turns()
            found = {k: await db.execute_query_dict(sql) for k, sql in rows.items()}
        finally:
            await close_database()
        return {k: next(iter(r[0].values())) for k, r in found.items()}

    kept, written = asyncio.run(count()), int(measured["written"])
    if kept != {"inbox": written, "outbox": written, "all": 2 * written}:
        raise SystemExit(f"{name}: {written} written, {measured['heard']:.0f} heard, kept {kept}")


def memory_of_run() -> float:
    """Return the resident megabytes of `thonmoi run` once it serves, at its second start."""
    folder = tempfile.mkdtemp(prefix="tm-bench-")
    env = {**os.environ, "DATA_DIR": folder, "PORT": "18080", "DATABASE_URL": ""}
    env.pop("TELEGRAM_TOKEN", None)
    measured = 0.0
    for _ in range(2):
        program = subprocess.Popen(
            [sys.executable, "-c", "from bot.cli import main; main(['run'])"],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert program.stdout is not None
        for line in program.stdout:
            if "Ctrl+C" in line:
                break
        measured = rss(program.pid)
        program.terminate()
        program.communicate()
    shutil.rmtree(folder, ignore_errors=True)
    return measured


def table(results: dict[str, list[dict[str, float]]]) -> list[str]:
    """Return the Markdown table: medians, with the range of what differs most."""

    def median(name: str, key: str) -> float:
        return statistics.median(r[key] for r in results[name])

    def against(title: str, name: str) -> float:
        return median(name, "turns") / median(title, "turns") if title in results else float("nan")

    lines = [
        (
            "| variant | turns/s (range) | bot CPU µs/turn (range) | PostgreSQL µs/turn"
            " | p50 / p95 / p99 ms | RSS MB | × ConversationHandler | × floor | unanswered |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in results.items():
        speed, cpu = [r["turns"] for r in runs], [r["bot_us"] for r in runs]
        times = " / ".join(f"{median(name, k):.0f}" for k in ("p50", "p95", "p99"))
        lines.append(
            f"| {name} | {median(name, 'turns'):,.0f} ({min(speed):,.0f}–{max(speed):,.0f})"
            f" | {median(name, 'bot_us'):,.0f} ({min(cpu):,.0f}–{max(cpu):,.0f})"
            f" | {median(name, 'database_us'):,.0f} | {times} | {median(name, 'rss'):.0f}"
            f" | {against(BASELINE, name):.1f} | {against(FLOOR, name):.2f}"
            f" | {sum(r['unanswered'] for r in runs):.0f} |"
        )
    spread = max(
        max(r["turns"] for r in rs) / min(r["turns"] for r in rs) for rs in results.values()
    )
    load = statistics.median(r["load"] for rs in results.values() for r in rs)
    return [
        *lines,
        "",
        (
            f"Noise: the same variant differed by up to a factor of {spread:.1f} in turns/s between"
            f" rounds; the machine's load average before a run was {load:.1f} (median) on"
            f" {os.cpu_count()} CPUs, where 0 is a quiet machine. Ratios below that factor prove nothing."
        ),
    ]


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--warm", type=float, default=1.0)
    parser.add_argument("--only", default="", help="variants whose name holds this")
    args = parser.parse_args()
    xml = publish(SOURCE.read_bytes(), SOURCE.name).xml
    task = {"lines": tell(xml).lines, "xml": xml, "seconds": args.seconds, "warm": args.warm}
    chosen = [v for v in VARIANTS if args.only in v[0]]
    results: dict[str, list[dict[str, float]]] = {v[0]: [] for v in chosen}
    server = Postgres(durable=True)
    server.start()
    try:
        for number in range(args.rounds):
            for title, name, database in chosen:
                measured = run(name, database, server, task)
                results[title].append(measured)
                print(
                    f"{number + 1}/{args.rounds} {title}: {measured['turns']:,.0f} turns/s,"
                    f" {measured['bot_us']:,.0f} µs of CPU a turn",
                    flush=True,
                )
                if measured["wrong"] or measured["unanswered"]:
                    print(f"   wrong {measured['wrong']}, unanswered {measured['unanswered']}")
    finally:
        server.stop()
    lines = [*table(results), "", f"Resident memory of `thonmoi run`: {memory_of_run():.0f} MB."]
    print("\n".join(lines))
    if not args.only:
        write(lines, args)


def write(lines: list[str], args: argparse.Namespace) -> None:
    """Write bench/RESULTS.md, keeping what a person wrote below the table."""
    path = HERE / "RESULTS.md"
    notes = path.read_text(encoding="utf-8").split("## Notes", 1)[1] if path.exists() else "\n"
    head = [
        "# What a turn costs",
        "",
        (
            f"`make bench` on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()},"
            f" {os.cpu_count()} CPUs, SQLite {sqlite3.sqlite_version} (synchronous=FULL), PostgreSQL on a"
            f" unix socket (fsync on), {args.rounds} interleaved rounds of {args.seconds:.0f} s after"
            f" {args.warm:.0f} s, median. 400 people, closed loop: the times are those of saturation."
        ),
        "",
    ]
    path.write_text("\n".join([*head, *lines, "", "## Notes" + notes]), encoding="utf-8")


if __name__ == "__main__":
    main()
