"""`python -m bench.photos`: photos as answers through the product's own path, and what it costs others.

Journal, media worker, check, store on disk, turn, outbox and sender are the product's, with every
photo and every commit durable; only the channel is ours: it hands out bytes from memory and notes
when an answer arrives. Photos are 1280 x 960 of about 200 kB, each another picture. The wait of
1.5 s that gathers an album into one answer is left out: it is no work.

Beside photos a second stand those of two threads that only decode the same pictures, and where the
processor's time goes: to the loop (all that answers people), to the threads of pictures (decode,
measure, preview, hash, write and sync), and to the database (SQLite's thread or the server).
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

import bot.reception.effects
from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.evidence.check import examine
from backend.evidence.keep import PhotoKeeper
from backend.evidence.store import EvidenceStore
from backend.migrate import migrate
from backend.models import (
    Area,
    Chat,
    Evidence,
    FormVersion,
    Interview,
    Person,
    PhotoLook,
    RoleGrant,
)
from backend.plans.load import load_pack
from backend.plans.store import bare_pack, load_into_database
from bench.load import cpu as used_by
from bench.load import family, rss
from bench.reception import Round
from bench.story import ANSWERS, SOURCE, first
from bot.evidence_keeper import EvidenceKeeper
from bot.messages import Capabilities, Delivery, Incoming, Kind, Media, Outgoing
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.media import MediaWorker
from bot.turn.outbox import Marks
from bot.turn.sender import Sender
from conversations.forms.load import load
from conversations.forms.publish import publish
from conversations.interview.step import begin
from tests.postgres import Postgres

FORM = b"""| survey |
| | type | name | label | required | bind::thonmoi:max |
| | image | photo | Photos, please | yes | 5 |
| settings |
| | form_title | form_id | version | namespaces |
| | Photos | photos | 1 | thonmoi="https://thonmoi.vn/xforms" |
"""
TURNS_PER_PERSON = 4
PLAN = "vi-du"
NOW = SystemClock()


def scene(seed: int, width: int, height: int, grain: int) -> bytes:
    rng = random.Random(seed)
    coarse = Image.frombytes("RGB", (6, 5), rng.randbytes(90)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    small = (width // grain, height // grain)
    fine = Image.frombytes("RGB", small, rng.randbytes(small[0] * small[1] * 3))
    out = io.BytesIO()
    Image.blend(coarse, fine.resize((width, height), Image.Resampling.BILINEAR), 0.35).save(
        out, "JPEG", quality=82
    )
    return out.getvalue()


class Here:
    """A channel in memory."""

    name, bot = "telegram", ""
    capabilities = Capabilities(
        buttons=True, edits=True, max_text=4096, per_second=0, per_chat_seconds=0
    )

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.waiting: dict[str, asyncio.Future[float]] = {}

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:  # noqa: ARG002  (the shape of a channel)
        if chat in self.waiting and not self.waiting[chat].done():
            self.waiting[chat].set_result(time.perf_counter())
        return Delivery(message_id="1")

    async def fetch(self, source: str, limit: int) -> bytes:  # noqa: ARG002  (the same)
        return self.files[source]


def rate(pool: Executor, work: Callable[[bytes], Any], photos: Sequence[bytes]) -> float:
    list(pool.map(work, photos[:8]))
    began = time.perf_counter()
    list(pool.map(work, photos))
    return len(photos) / (time.perf_counter() - began)


def spent(server: int = 0) -> Counter[str]:
    """Return seconds of the processor's time so far, by what they were for."""
    seconds: Counter[str] = Counter()
    for thread in threading.enumerate():
        if thread.ident is None:
            continue
        name = "database"
        if thread is threading.main_thread():
            name = "loop"
        elif thread.name.startswith("photo"):
            name = "pictures"
        seconds[name] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    seconds["database"] += used_by(family(server))
    return seconds


def each(before: Counter[str], after: Counter[str], photos: int) -> str:
    took = {name: (after[name] - before[name]) / photos * 1e3 for name in after}
    parts = ", ".join(f"{name} {ms:.1f}" for name, ms in took.items())
    return f"{sum(took.values()):.1f} ms of processor time each ({parts})"


def decode(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        image.load()


def whole(data: bytes) -> None:
    examine(data, keep_position=False)


def shown(took: list[float], name: str) -> str:
    took = sorted(took)
    p = [took[min(len(took) - 1, int(len(took) * q))] * 1e3 for q in (0.5, 0.95, 0.99)]
    return f"{name}: p50 {p[0]:.0f}, p95 {p[1]:.0f}, p99 {p[2]:.0f} ms, longest {took[-1] * 1e3:.0f} ms"


async def people(count: int, begun: int, form: FormVersion, state: str, area: Area) -> list[str]:
    now, chats = NOW.now(), []
    for n in range(begun, begun + count):
        person = await Person.create(name=str(n), created_at=now)
        await RoleGrant.create(person=person, role="village_head", area=area, granted_at=now)
        await Chat.create(channel="telegram", external_id=str(n), person=person, created_at=now)
        await Interview.create(
            person=person, running_for=person.id, form_version=form, questionnaire=form.form_id,
            area=area, period="2026", status="running", state=state, started_at=now, changed_at=now,
        )  # fmt: skip
        chats.append(str(n))
    return chats


class Bench:
    def __init__(self, folder: Path) -> None:
        self.channel = Here()
        self.keeper = PhotoKeeper(EvidenceStore(f"file://{folder / 'evidence'}"), NOW)
        self.number = 0

    async def open(self, xml: str) -> None:
        marks = Marks()
        self.sender = Sender([self.channel], NOW, marks=marks, at_once=400)
        self.turns = Turns(
            Round(xml), NOW, marks=marks, on_queued=self.sender.offer,
            on_photos=lambda: self.media.wake(),  # noqa: PLW0108  (made below)
        )  # fmt: skip
        evidence = EvidenceKeeper(self.keeper, keep_position)
        self.media = MediaWorker(
            [self.channel], evidence.store, self.turns.wake, write=evidence.write, known_only=True
        )
        self.journal = TurnJournal(self.turns)
        await self.sender.start()
        await self.turns.start()
        await self.media.start()

    async def close(self) -> None:
        await self.media.stop()
        await self.turns.stop()
        await self.sender.stop()
        self.keeper.close()

    async def say(
        self, chat: str, *, text: str = "", photo: bytes = b"", wait: bool = True
    ) -> float:
        """Write one message; return the seconds until its answer was sent."""
        self.number += 1
        media = None
        if photo:
            self.channel.files[str(self.number)] = photo
            media = Media(str(self.number))
        incoming = Incoming(
            "telegram", str(self.number), chat, chat, Kind.PHOTO if photo else Kind.TEXT,
            sent_at=time.time(), text=text, media=media,
        )  # fmt: skip
        heard = self.channel.waiting[chat] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await self.journal.record([incoming])
        return (await heard - began) if wait else 0.0


async def keep_position() -> bool:
    """Ask the plan in force, as the product does."""
    return (await bare_pack(PLAN)).keep_position


async def send_photos(bench: Bench, chats: list[str], photos: list[bytes]) -> list[float]:
    took: list[float] = []

    async def one(chat: str, mine: list[bytes]) -> None:
        for photo in mine:
            took.append(await bench.say(chat, photo=photo))  # noqa: PERF401  (one after the other)

    async with asyncio.TaskGroup() as group:
        for n, chat in enumerate(chats):
            group.create_task(one(chat, photos[n * TURNS_PER_PERSON : (n + 1) * TURNS_PER_PERSON]))
    return took


async def talk(bench: Bench, chats: list[str], until: Callable[[], bool]) -> list[float]:
    took: list[float] = []

    async def one(chat: str) -> None:
        number = 0
        while not until():
            took.append(await bench.say(chat, text=ANSWERS[number % len(ANSWERS)]))
            number += 1
            await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as group:
        for chat in chats:
            group.create_task(one(chat))
    return took


async def through_the_program(
    folder: Path, photos: list[bytes], large: list[bytes], given: argparse.Namespace
) -> None:
    at_once: int = given.at_once
    url = given.database or f"sqlite://{folder / 'bench.sqlite3'}"
    await migrate(url)
    await open_database(url)
    words = publish(SOURCE.read_bytes(), SOURCE.name).xml
    images = publish(FORM, "photos.md").xml
    await load_into_database(load_pack(PLAN), NOW)
    area = await Area.create(code="v", level="village", name="V", folded="v")
    forms = [
        await FormVersion.create(
            form_id=name, version="1", title="", xml=xml, sha256=name, published_at=NOW.now()
        )
        for name, xml in (("nuoc", words), ("photos", images))
    ]
    asked = begin(load(images), lang="vi", now=NOW.now(), instance_id="uuid:p")[0].to_json()
    warm = await people(1, 900, forms[1], asked, area)
    senders = await people(len(photos) // TURNS_PER_PERSON - 1, 1_000, forms[1], asked, area)
    heavy = await people(len(large), 5_000, forms[1], asked, area)
    writers = await people(40, 1, forms[0], first(load(words)).to_json(), area)
    bench = Bench(folder)
    await bench.open(words)
    await send_photos(bench, warm, photos[-TURNS_PER_PERSON:])
    took: list[float] = []
    before, began = spent(given.server), time.perf_counter()
    for n in range(0, len(senders), at_once):
        some = photos[n * TURNS_PER_PERSON : (n + at_once) * TURNS_PER_PERSON]
        took += await send_photos(bench, senders[n : n + at_once], some)
    seconds = time.perf_counter() - began
    after = spent(given.server)
    kept = await Evidence.all().count(), await PhotoLook.all().count()
    every = len(took) + TURNS_PER_PERSON
    if kept != (every, every):
        raise SystemExit(f"{every} photos answered, kept {kept}")
    print(
        f"through the program on {url.split(':', 1)[0]}, {at_once} people at a time:"
        f" {len(took) / seconds:.0f} photos/s where two threads only decoding make"
        f" {given.limit:.0f}, resident {rss(os.getpid()):.0f} MB"
    )
    print("  " + each(before, after, len(took)))
    print("  " + shown(took, "acknowledged"))
    until = time.monotonic() + 10
    print(
        "  "
        + shown(
            await talk(bench, writers, lambda: time.monotonic() > until),
            "40 people writing, nothing else",
        )
    )
    if not large:
        await bench.close()
        await close_database()
        return
    began = time.perf_counter()
    arriving = [
        asyncio.create_task(bench.say(chat, photo=data))
        for chat, data in zip(heavy, large, strict=True)
    ]
    others = await talk(bench, writers, lambda: all(t.done() for t in arriving))
    seconds = time.perf_counter() - began
    print(
        "  "
        + shown(
            others, f"the same while {len(large)} photos of 12 megapixels came ({seconds:.0f} s)"
        )
    )
    print("  " + shown([t.result() for t in arriving], "those photos, all sent at one moment"))
    print(f"  resident {rss(os.getpid()):.0f} MB")
    await bench.close()
    await close_database()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=480)
    parser.add_argument("--large", type=int, default=100)
    parser.add_argument(
        "--at-once", type=int, default=8, help="people who each wait for their answer"
    )
    parser.add_argument(
        "--database", default="", help="URL of an empty database; SQLite if left out"
    )
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL of our own")
    given = parser.parse_args()
    given.server = 0
    bot.reception.effects.ALBUM_SECONDS = 0.0  # type: ignore[misc]  # the album's wait is no work
    photos = [scene(n, 1_280, 960, 4) for n in range(given.photos)]
    models = [scene(n, 4_000, 3_000, 6) for n in range(min(5, given.large))]
    # The density in the head makes each file another one without another twelve megapixels to draw.
    large = [
        m[:14] + n.to_bytes(2, "big") + m[16:]
        for n in range(given.large)
        for m in [models[n % len(models)]]
    ]
    print(
        f"{len(photos)} photos of {statistics.mean(map(len, photos)) / 1e3:.0f} kB, load {os.getloadavg()[0]:.1f}"
    )
    sample = photos[:200]
    for name, kind in (("threads", ThreadPoolExecutor), ("processes", ProcessPoolExecutor)):
        with kind(2) as pool:
            limit = rate(pool, decode, sample)
            given.limit = limit if name == "threads" else given.limit
            print(
                f"two {name}: decoding only {limit:.0f} photos/s,"
                f" the whole check {rate(pool, whole, sample):.0f} photos/s"
            )
    if large:
        with ThreadPoolExecutor(2) as pool:
            print(
                f"two threads: {rate(pool, whole, large[:16]):.1f} photos/s of 12 megapixels, {len(large[0]) / 1e6:.1f} MB"
            )
    server = Postgres(durable=True) if given.postgres else None
    if server is not None:
        server.start()
        given.database, given.server = server.url(), server.pid
    try:
        with tempfile.TemporaryDirectory(prefix="tm-photos-") as folder:
            asyncio.run(through_the_program(Path(folder), photos, large, given))
    finally:
        if server is not None:
            server.stop()


if __name__ == "__main__":
    main()
