"""What a national deadline costs: 90,000 villages, one plan, four questionnaires.

`python -m bench.due [villages] [sqlite|postgres] [all]` fills a database by bulk inserts and
prints the seconds and the memory of one look at all reminders, of the tick that queues them, of
the ticks after it, and of one district. Everything that a tick meets lies in its path: a plan out
of the database with what an office has set, bots with a month's quota, and a report asked for
once, of one district or (`all`) of every village. Beside the seconds of the clock stand those of
this process's CPU, which other work on the machine changes less.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.adhoc.shapes import FREE
from backend.consent import VERSION
from backend.database import close_database, open_database
from backend.migrate import migrate
from backend.models import (
    AdHocReport,
    AdHocUnit,
    Area,
    Chat,
    Consent,
    FormVersion,
    Outbox,
    Person,
    Plan,
    RoleGrant,
    Submission,
)
from backend.office_settings.keys import Key, Kind
from backend.office_settings.store import Setter, Wanted, put
from backend.plans.schema import AreaSpec, Pack
from backend.plans.store import active_pack, content_of
from backend.quota.books import Bot, note_bots
from backend.quota.rules import Allowance
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


async def set_by_the_office(pack: Pack, *, of_all: bool) -> None:
    """Put the plan in force, with settings, bots and a report asked for once."""
    content, sha256 = content_of(pack)
    await Plan.create(pack=pack.id, sha256=sha256, content=content, loaded_at=START)
    for kind, target, value in (
        (Kind.DEADLINE, "q", {"before_day": 13}),
        (Kind.LEAD_DAYS, "", 5),
        (Kind.REMIND_AT, "", "07:30"),
    ):
        wanted = Wanted(Key(kind, target), value, "", "Công văn 7", date(2026, 1, 1))
        await put(pack.id, wanted, Setter(None, "Anh Văn phòng", "command"), START, seen=0)
    await note_bots([Bot("web", "", Allowance(per_month=10_000_000))], START)
    await FormVersion.create(
        form_id=FREE, version="1", title=FREE, xml="", sha256="", published_at=START
    )
    report = await AdHocReport.create(
        plan=pack.id, name="Thiệt hại do bão", questionnaire=FREE, level="village",
        period="2026-12-05-1", before=date(2026, 12, 6), opened_by_id=1, opened_at=START,
    )  # fmt: skip
    asked = Area.filter(level="village").order_by("id")
    if not of_all:
        asked = asked.limit(PER_COMMUNE * PER_DISTRICT)
    await AdHocUnit.bulk_create(
        [
            AdHocUnit(report_id=report.id, area_id=n)
            for n in await asked.values_list("id", flat=True)
        ],
        batch_size=BATCH,
    )


class Stopwatch:
    """Seconds of the clock and of this process's CPU since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def __str__(self) -> str:
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        return f"{wall:.2f} s (CPU {cpu:.2f})"


async def measure(url: str, villages: int, *, of_all: bool) -> None:
    began = memory()
    print(f"load {os.getloadavg()[0]:.1f}")
    pack = national(villages)
    print(f"the plan's {villages:,} villages in memory: {memory() - began:.0f} MB")
    await open_database(url)
    watch = Stopwatch()
    await fill(pack)
    await set_by_the_office(pack, of_all=of_all)
    print(f"filled in {watch}")
    if url.startswith("postgres"):
        await Area._meta.db.execute_script("ANALYZE")  # noqa: SLF001  (Tortoise's own name for the connection)
    await close_database()


async def look(url: str) -> None:
    """What the program does; in a process of its own, so that filling costs it no memory."""
    began = memory()

    async def in_force() -> Pack:
        return await active_pack("ca-nuoc", AT.date())

    async def attach(_: bytes) -> str:
        return "k"

    await open_database(url)
    watch = Stopwatch()
    pack = await in_force()
    print(f"the plan out of the database: {watch}, {memory() - began:.0f} MB above {began:.0f}")
    watch = Stopwatch()
    await in_force()
    print(f"and again: {watch}")
    filled, watch, count = memory(), Stopwatch(), 0
    async for part in due_parts(AT, pack, ZONE):
        count += len(part.things)
    print(
        f"all {count:,} reminders worked out: {watch}, {memory():.0f} MB at most"
        f" ({memory() - filled:.0f} above)"
    )
    clock = HandClock(AT)
    schedule = Schedule(in_force, ZONE, attach)
    watch = Stopwatch()
    queued = await tick(clock, schedule)
    print(f"the tick that queues {queued:,}: {watch}, {memory():.0f} MB")
    clock.advance(minutes=1)
    watch = Stopwatch()
    again = await tick(clock, schedule)
    print(f"the next tick ({again}): {watch}")
    watch = Stopwatch()
    again = await tick(clock, Schedule(in_force, ZONE, attach))
    print(f"the first tick after a restart ({again}): {watch}, {memory():.0f} MB")
    await Outbox.all().delete()
    district = await Area.get(code="d7")
    times = []
    cpu = time.process_time()
    for _ in range(7):
        started = time.perf_counter()
        found = await due(AT, pack, ZONE, area=district)
        times.append((time.perf_counter() - started) * 1_000)
    cpu = (time.process_time() - cpu) / 7 * 1_000
    print(
        f"due for one district ({len(found)} people): {sorted(times)[3]:.1f} ms"
        f" (CPU {cpu:.1f}), first {times[0]:.1f}; load {os.getloadavg()[0]:.1f}"
    )
    await close_database()


def both(url: str, villages: int, *, of_all: bool) -> None:
    asyncio.run(migrate(url))
    pid = os.fork()  # before anything large is in memory
    if pid == 0:
        asyncio.run(measure(url, villages, of_all=of_all))
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(pid, 0)[1] == 0:
        asyncio.run(look(url))


def main() -> None:
    villages = int(sys.argv[1]) if len(sys.argv) > 1 else 90_000
    kind = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    of_all = sys.argv[3:] == ["all"]
    if kind == "postgres":
        from tests.postgres import Postgres  # noqa: PLC0415  (only when asked for)

        server = Postgres()
        server.start()
        try:
            server.sql("CREATE DATABASE bench")
            both(server.url("bench"), villages, of_all=of_all)
        finally:
            server.stop()
        return
    with tempfile.TemporaryDirectory() as folder:
        both(f"sqlite://{Path(folder) / 'due.sqlite3'}", villages, of_all=of_all)


if __name__ == "__main__":
    main()
