"""`make bench`: what a turn costs, beside named baselines, in one go on loopback.

400 people answer the water questionnaire as fast as the bot lets them (closed loop); they and
the Bot API are another process. Rounds are interleaved and the median is shown, because two
runs of the same thing differ by up to 30 %. Writes bench/RESULTS.md.
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

from backend.migrate import migrate
from bench.load import rss
from bench.story import SOURCE, tell
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


def run(name: str, database: str, server: Postgres, task: dict[str, Any]) -> dict[str, float]:
    """Run one variant once and return what was measured."""
    folder = Path(tempfile.mkdtemp(prefix="tm-bench-"))
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
    if database == "sqlite":
        with sqlite3.connect(folder / "bench.sqlite3") as db:
            measured["kept"] = db.execute("SELECT count(*) FROM inbox WHERE status = 2").fetchone()[
                0
            ]
        db.close()
    shutil.rmtree(folder, ignore_errors=True)
    return measured


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
    """Return the Markdown table: medians, with the range of turns a second."""

    def median(name: str, key: str) -> float:
        return statistics.median(r[key] for r in results[name])

    floor = median(VARIANTS[5][0], "turns") if VARIANTS[5][0] in results else float("nan")
    ptb = median(VARIANTS[6][0], "turns") if VARIANTS[6][0] in results else float("nan")
    lines = [
        (
            "| variant | turns/s (range) | p50 / p95 / p99 ms | bot CPU µs/turn"
            " | PostgreSQL µs/turn | RSS MB | ÷ ConversationHandler | ÷ floor | wrong |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in results.items():
        speed = [r["turns"] for r in runs]
        middle = statistics.median(speed)
        times = " / ".join(f"{median(name, k):.0f}" for k in ("p50", "p95", "p99"))
        lines.append(
            f"| {name} | {middle:,.0f} ({min(speed):,.0f}–{max(speed):,.0f}) | {times}"
            f" | {median(name, 'bot_us'):,.0f} | {median(name, 'database_us'):,.0f}"
            f" | {median(name, 'rss'):.0f} | {middle / ptb:.1f} | {middle / floor:.2f}"
            f" | {sum(r['wrong'] for r in runs):.0f} |"
        )
    return lines


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm", type=float, default=2.0)
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
                    f"{number + 1}/{args.rounds} {title}: {measured['turns']:,.0f} turns/s",
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
