"""`python -m bench.alike`: how long one looks for a like photo among ten million, on one core.

Fills a throw-away database with hashes through the product's own table and indexes, then asks
`backend.evidence.alike.files_alike`, the function that the program asks. Nine in ten photos are
random; one in ten lies around one of a thousand motifs (houses, tanks and signs look alike), 10
bits of each hash from it. Half of what is looked for is a stored photo with up to 11 of its 128
bits changed, which must be found; the other half is new. `surely` is the narrower search that is
made when a photo arrives. Processor time is that of the program and, on PostgreSQL, of its server.
SQLite's file is on the disk, PostgreSQL's are in memory where there is room for them.
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
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg

from backend.database import close_database, open_database
from backend.evidence.alike import BANDS, MOST_DISTANCE, SURELY, bands_of, files_alike, signed
from backend.migrate import migrate
from bench.load import rss
from tests.postgres import Postgres

COLUMNS = (
    "id", "file_id", "version", "phash", "dhash", *BANDS,
    "sharpness", "brightness", "contrast", "dark", "bright", "taken_from",
)  # fmt: skip
MOTIFS = 1_000
FOUND_ALL = 11
"""Bits of 128 up to which the bands find every photo."""
TICKS = os.sysconf("SC_CLK_TCK")
Hashes = tuple[int, int]


def hashes(count: int, rng: random.Random) -> Iterator[Hashes]:
    motifs = [(rng.getrandbits(64), rng.getrandbits(64)) for _ in range(MOTIFS)]
    for number in range(count):
        if number % 10:
            yield rng.getrandbits(64), rng.getrandbits(64)
        else:
            phash, dhash = rng.choice(motifs)
            yield phash ^ ones(10, 64, rng), dhash ^ ones(10, 64, rng)


def ones(bits: int, among: int, rng: random.Random) -> int:
    return sum(1 << bit for bit in rng.sample(range(among), bits))


def changed(value: Hashes, bits: int, rng: random.Random) -> Hashes:
    high, low = divmod(ones(bits, 128, rng), 1 << 64)
    return value[0] ^ high, value[1] ^ low


def rows(count: int, kept: list[tuple[int, Hashes]]) -> Iterator[tuple[object, ...]]:
    rng = random.Random(5)
    for number, value in enumerate(hashes(count, rng), 1):
        if number % (count // 1000) == 0:
            kept.append((number, value))
        numbers = (*map(signed, value), *bands_of(*value))
        yield (number, number, 1, *numbers, 300.0, 120.0, 50.0, 0.0, 0.0, "")


def fill_sqlite(path: Path, count: int, kept: list[tuple[int, Hashes]]) -> None:
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


async def fill_postgres(url: str, count: int, kept: list[tuple[int, Hashes]]) -> str:
    """Fill the table, its indexes made last, and return its size with them."""
    db = await asyncpg.connect(url.replace("asyncpg://", "postgres://"))
    await db.execute("SET session_replication_role = replica")  # the files themselves are not there
    await db.execute("SET maintenance_work_mem = '512MB'")
    made = await db.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'photo_look'"
        " AND indexdef NOT LIKE 'CREATE UNIQUE%'"
    )
    for index in made:
        await db.execute(f'DROP INDEX "{index[0]}"')
    await db.copy_records_to_table("photo_look", records=rows(count, kept), columns=list(COLUMNS))
    for index in made:
        await db.execute(index[1])
    await db.execute("VACUUM (ANALYZE) photo_look")  # as autovacuum does in its time
    await db.execute("CHECKPOINT")
    size = await db.fetchval("SELECT pg_total_relation_size('photo_look')")
    await db.close()
    return f"{size / 1e6:.0f} MB"


def processor_time(of_server: int | None) -> float:
    """Return seconds of processor time that we and the server's processes have used."""
    used = time.process_time()
    if of_server is None:
        return used
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(stat.parent.name) == of_server:  # with its processes that have ended
            used += sum(map(int, fields[11:15])) / TICKS
        elif int(fields[1]) == of_server:
            used += sum(map(int, fields[11:13])) / TICKS
    return used


async def look(
    url: str, kept: list[tuple[int, Hashes]], times: int, within: int, server: int | None
) -> str:
    await open_database(url)
    rng = random.Random(6)
    took: list[float] = []
    missed = hits = 0
    most = min(within, FOUND_ALL)
    began_using = processor_time(server)
    for number in range(times):
        stored, value = rng.choice(kept)
        wanted = (
            changed(value, rng.randint(0, most), rng)
            if number % 2
            else (rng.getrandbits(64), rng.getrandbits(64))
        )
        began = time.perf_counter()
        found = await files_alike(*wanted, within)
        took.append((time.perf_counter() - began) * 1e3)
        missed += bool(number % 2) and stored not in found
        hits += len(found)
    using = (processor_time(server) - began_using) / times * 1e3
    await close_database()
    took.sort()
    return (
        f"processor {using:.2f} ms, p50 {statistics.median(took):.2f} ms,"
        f" p95 {took[int(times * 0.95)]:.2f} ms, max {took[-1]:.2f} ms,"
        f" {missed} of {times // 2} not found, {hits} hits, resident {rss(os.getpid()):.0f} MB"
    )


def looks(url: str, kept: list[tuple[int, Hashes]], times: int, server: int | None = None) -> None:
    def said(times: int, within: int) -> str:
        return asyncio.run(look(url, kept, times, within, server))

    print("  first ", said(200, MOST_DISTANCE))
    print("  then  ", said(times, MOST_DISTANCE))
    print("  surely", said(times, SURELY))


def timed(fill: Callable[[], str], name: str, count: int) -> None:
    began = time.perf_counter()
    size = fill()
    print(f"{name}: {count:,} rows in {time.perf_counter() - began:.0f} s, {size}", flush=True)


def on_sqlite(count: int, times: int) -> None:
    with tempfile.TemporaryDirectory(prefix="tm-alike-") as folder:
        path = Path(folder) / "alike.sqlite3"
        url = f"sqlite://{path}"
        asyncio.run(migrate(url))
        kept: list[tuple[int, Hashes]] = []

        def fill() -> str:
            fill_sqlite(path, count, kept)
            return f"{path.stat().st_size / 1e6:.0f} MB"

        timed(fill, "SQLite", count)
        looks(url, kept, times)


def on_postgres(count: int, times: int) -> None:
    server = Postgres()
    server.start()
    try:
        server.sql("CREATE DATABASE alike")
        url = server.url("alike")
        asyncio.run(migrate(url))
        kept: list[tuple[int, Hashes]] = []
        timed(lambda: asyncio.run(fill_postgres(url, count, kept)), "PostgreSQL", count)
        looks(url, kept, times, server.pid)
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000_000, help="rows on SQLite, 0 for none")
    parser.add_argument("--postgres", type=int, default=0, help="rows on PostgreSQL, 0 for none")
    parser.add_argument("--lookups", type=int, default=2_000)
    given = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if given.count:
        on_sqlite(given.count, given.lookups)
    if given.postgres:
        on_postgres(given.postgres, given.lookups)


if __name__ == "__main__":
    main()
