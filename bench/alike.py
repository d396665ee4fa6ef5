"""`python -m bench.alike`: how long one looks for a like photo among ten million, on one core.

Fills a throw-away database with hashes through the product's own table and indexes, then asks
`backend.evidence.alike.files_alike`, the function that the program asks. Nine in ten hashes are
random; one in ten lies around one of a thousand motifs (houses, tanks and signs look alike), 10
bits from it. Half of what is looked for is a stored hash with 0 to 4 bits changed, which must be
found; the other half is new.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from backend.database import close_database, open_database
from backend.evidence.alike import MOST_DISTANCE, bands_of, files_alike, signed
from backend.migrate import migrate
from bench.load import rss
from tests.postgres import Postgres

COLUMNS = (
    "id", "file_id", "version", "phash", "band_a", "band_b", "band_c",
    "sharpness", "brightness", "contrast", "dark", "bright", "taken_from",
)  # fmt: skip
MOTIFS = 1_000


def hashes(count: int, rng: random.Random) -> Iterator[int]:
    motifs = [rng.getrandbits(64) for _ in range(MOTIFS)]
    for number in range(count):
        if number % 10:
            yield rng.getrandbits(64)
        else:
            yield changed(rng.choice(motifs), 10, rng)


def changed(value: int, bits: int, rng: random.Random) -> int:
    for bit in rng.sample(range(64), bits):
        value ^= 1 << bit
    return value


def rows(count: int, kept: list[tuple[int, int]]) -> Iterator[tuple[object, ...]]:
    rng = random.Random(5)
    for number, value in enumerate(hashes(count, rng), 1):
        if number % (count // 1000) == 0:
            kept.append((number, value))
        yield (number, number, 1, signed(value), *bands_of(value), 300.0, 120.0, 50.0, 0.0, 0.0, "")


def fill_sqlite(path: Path, count: int, kept: list[tuple[int, int]]) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    made = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'photo_look' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in made:
        db.execute(f'DROP INDEX "{name}"')
    places = ", ".join("?" * len(COLUMNS))
    db.executemany(
        f"INSERT INTO photo_look ({', '.join(COLUMNS)}) VALUES ({places})", rows(count, kept)
    )
    for _, sql in made:
        db.execute(sql)
    db.commit()
    db.close()


async def fill_postgres(url: str, count: int, kept: list[tuple[int, int]]) -> None:
    db = await asyncpg.connect(url.replace("asyncpg://", "postgres://"))
    await db.execute("SET session_replication_role = replica")  # the files themselves are not there
    await db.copy_records_to_table("photo_look", records=rows(count, kept), columns=list(COLUMNS))
    await db.execute("ANALYZE photo_look")
    await db.close()


async def look(url: str, kept: list[tuple[int, int]], times: int) -> str:
    await open_database(url)
    rng = random.Random(6)
    took: list[float] = []
    missed = 0
    for number in range(times):
        stored, value = rng.choice(kept)
        wanted = (
            changed(value, number % (MOST_DISTANCE + 1), rng) if number % 2 else rng.getrandbits(64)
        )
        began = time.perf_counter()
        found = await files_alike(wanted)
        took.append((time.perf_counter() - began) * 1e3)
        missed += bool(number % 2) and stored not in found
    await close_database()
    took.sort()
    return (
        f"p50 {statistics.median(took):.2f} ms, p95 {took[int(times * 0.95)]:.2f} ms,"
        f" max {took[-1]:.2f} ms, {missed} of {times // 2} not found, resident {rss(os.getpid()):.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000_000)
    parser.add_argument("--postgres", type=int, default=0, help="rows on PostgreSQL, 0 for none")
    parser.add_argument("--lookups", type=int, default=2_000)
    given = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if given.count:
        with tempfile.TemporaryDirectory(prefix="tm-alike-") as folder:
            path = Path(folder) / "alike.sqlite3"
            url = f"sqlite://{path}"
            asyncio.run(migrate(url))
            kept: list[tuple[int, int]] = []
            began = time.perf_counter()
            fill_sqlite(path, given.count, kept)
            size = path.stat().st_size / 1e6
            print(
                f"SQLite: {given.count:,} rows in {time.perf_counter() - began:.0f} s, {size:.0f} MB"
            )
            print("  first", asyncio.run(look(url, kept, 200)))
            print("  then ", asyncio.run(look(url, kept, given.lookups)))
    if given.postgres:
        server = Postgres()
        server.start()
        try:
            server.sql("CREATE DATABASE alike")
            url = server.url("alike")
            asyncio.run(migrate(url))
            kept = []
            began = time.perf_counter()
            asyncio.run(fill_postgres(url, given.postgres, kept))
            print(f"PostgreSQL: {given.postgres:,} rows in {time.perf_counter() - began:.0f} s")
            print("  ", asyncio.run(look(url, kept, given.lookups)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
