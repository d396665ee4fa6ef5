"""What a national deadline costs: 90,000 villages, one plan, four questionnaires.

`python -m bench.due [villages] [sqlite|postgres]` fills a database by bulk inserts and prints
the seconds and the memory of one look at all reminders, of the tick that queues them, of the
ticks after it, and of one district.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.consent import VERSION
from backend.database import close_database, open_database
from backend.migrate import migrate
from backend.models import Area, Chat, Consent, FormVersion, Outbox, Person, RoleGrant, Submission
from backend.plans.schema import AreaSpec, Pack
from backend.schedule.due import due, due_parts
from bot.schedule import Schedule, tick
from tests.clock import HandClock

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FORMS = ("nha-o", "nuoc", "rac-thai", "nha-tieu")
START = datetime(2026, 11, 1, 9, tzinfo=ZONE)
AT = datetime(2026, 12, 4, 9, tzinfo=ZONE)
PER_COMMUNE = 10
PER_DISTRICT = 15
BATCH = 10_000


def memory() -> float:
    """Peak resident memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def tree(villages: int) -> Iterator[AreaSpec]:
    yield AreaSpec(code="vn", level="province", name="Cả nước")
    communes = villages // PER_COMMUNE
    for n in range(communes // PER_DISTRICT + 1):
        yield AreaSpec(code=f"d{n}", level="district", name=f"Huyện {n}", parent="vn")
    for n in range(communes):
        yield AreaSpec(
            code=f"c{n}", level="commune", name=f"Xã {n}", parent=f"d{n // PER_DISTRICT}"
        )
    for n in range(villages):
        yield AreaSpec(
            code=f"v{n}", level="village", name=f"Thôn {n}", parent=f"c{n // PER_COMMUNE}"
        )


def national(villages: int) -> Pack:
    pack = Pack.model_validate(
        {
            "id": "ca-nuoc", "name": "Cả nước", "year": 2026, "root": "vn", "areas": [],
            "obligations": [
                {"id": "q", "name": "Quý", "cadence": "quarterly", "before_day": 13}
            ],
            "surveys": [{"questionnaire": form, "obligation": "q"} for form in FORMS],
            "reminding": {"village_lead_days": 5},
        }
    )  # fmt: skip
    pack.areas.extend(tree(villages))
    return pack


async def fill(pack: Pack) -> None:
    """A third of the villages sent all four, a third one, a third nothing."""
    ids: dict[str, int] = {}
    rows = []
    for number, spec in enumerate(pack.areas, start=1):
        ids[spec.code] = number
        rows.append(
            Area(
                id=number, code=spec.code, level=spec.level, name=spec.name, folded=spec.name,
                parent_id=ids.get(spec.parent or ""),
            )
        )  # fmt: skip
    await Area.bulk_create(rows, batch_size=BATCH)
    for form in FORMS:
        await FormVersion.create(
            form_id=form, version="1", title=form, xml="", sha256="", published_at=START
        )
    heads = [a for a in pack.areas if a.level == "village"]
    for start in range(0, len(heads), BATCH):
        some = list(enumerate(heads[start : start + BATCH], start=start + 1))
        await Person.bulk_create([Person(id=n, name=f"Bác {n}", created_at=START) for n, _ in some])
        await RoleGrant.bulk_create(
            [
                RoleGrant(person_id=n, role="village_head", area_id=ids[a.code], granted_at=START)
                for n, a in some
            ]
        )
        await Consent.bulk_create(
            [Consent(person_id=n, version=VERSION, channel="web", given_at=START) for n, _ in some]
        )
        await Chat.bulk_create(
            [
                Chat(channel="web", external_id=f"w{n}", person_id=n, created_at=START)
                for n, _ in some
            ]
        )
        await Submission.bulk_create(
            [
                Submission(
                    instance_id=f"{a.code}-{form}", current_key=f"ca-nuoc|{form}|{a.code}|2026-Q4",
                    plan="ca-nuoc", form_version_id=k, questionnaire=form, area_id=ids[a.code],
                    period="2026-Q4", person_id=n, answered_at=START, received_at=START, xml="",
                )
                for n, a in some
                for k, form in enumerate(FORMS, start=1)
                if n % 3 == 0 or (n % 3 == 1 and k == 1)
            ]
        )  # fmt: skip


async def measure(url: str, villages: int) -> None:
    began = memory()
    pack = national(villages)
    print(f"the plan's {villages:,} villages in memory: {memory() - began:.0f} MB")
    await open_database(url)
    started = time.perf_counter()
    await fill(pack)
    filled = memory()
    print(f"filled in {time.perf_counter() - started:.1f} s; the process has {filled:.0f} MB")
    if url.startswith("postgres"):
        await Area._meta.db.execute_script("ANALYZE")  # noqa: SLF001
    started, count = time.perf_counter(), 0
    async for part in due_parts(AT, pack, ZONE):
        count += len(part.things)
    print(f"all {count:,} reminders worked out: {time.perf_counter() - started:.1f} s,"
          f" {memory():.0f} MB at most ({memory() - filled:.0f} above)")  # fmt: skip

    async def in_force() -> Pack:
        return pack

    async def attach(_: bytes) -> str:
        return "k"

    clock = HandClock(AT)
    schedule = Schedule(in_force, ZONE, attach)
    started = time.perf_counter()
    queued = await tick(clock, schedule)
    print(
        f"the tick that queues {queued:,}: {time.perf_counter() - started:.1f} s, {memory():.0f} MB"
    )
    clock.advance(minutes=1)
    started = time.perf_counter()
    again = await tick(clock, schedule)
    print(f"the next tick ({again}): {(time.perf_counter() - started) * 1_000:.1f} ms")
    started = time.perf_counter()
    again = await tick(clock, Schedule(in_force, ZONE, attach))
    print(f"the first tick after a restart ({again}): {time.perf_counter() - started:.1f} s")
    await Outbox.all().delete()
    district = await Area.get(code="d7")
    times = []
    for _ in range(7):
        started = time.perf_counter()
        found = await due(AT, pack, ZONE, area=district)
        times.append((time.perf_counter() - started) * 1_000)
    print(
        f"due for one district ({len(found)} people): {sorted(times)[3]:.1f} ms, first {times[0]:.1f}"
    )
    await close_database()


def main() -> None:
    villages = int(sys.argv[1]) if len(sys.argv) > 1 else 90_000
    kind = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    if kind == "postgres":
        from tests.postgres import Postgres  # noqa: PLC0415  (only when asked for)

        server = Postgres()
        server.start()
        try:
            server.sql("CREATE DATABASE bench")
            asyncio.run(migrate(server.url("bench")))
            asyncio.run(measure(server.url("bench"), villages))
        finally:
            server.stop()
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{Path(folder) / 'due.sqlite3'}"
        asyncio.run(migrate(url))
        asyncio.run(measure(url, villages))


if __name__ == "__main__":
    main()
