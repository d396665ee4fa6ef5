"""Dossiers that are built while their reader does something else, and fetched when they are ready.

Everything of a job is two files in DATA_DIR/dossiers, named by a random token: what it is, and
the zip. All web processes of a machine so know all jobs, and nothing is lost by a restart but
what was being built. Who may have a job is asked anew by whoever shows it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from backend import audit
from backend.clock import Clock
from backend.dossier.build import Store, build, file_name
from backend.dossier.collect import Reader
from backend.dossier.facts import Asked

log = logging.getLogger(__name__)

DOSSIERS: Final = "dossiers"
"""The folder in DATA_DIR."""
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
AT_ONCE: Final = 1
"""Dossiers built at one time by a process; the others wait their turn."""
MOST_WAITING: Final = 20
KEPT: Final = timedelta(hours=24)
SILENT: Final = timedelta(minutes=10)
"""A job that says nothing for so long has lost its process."""
TOLD_EVERY: Final = 25


class State(StrEnum):
    """How far a job is."""

    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One dossier that somebody asked for. Times are aware UTC in ISO 8601."""

    token: str
    person: int
    area: str
    period: str
    state: State
    began: str
    changed: str
    done: int = 0
    whole: int = 0
    name: str = ""
    size: int = 0


class BusyError(Exception):
    """Too many wait already, or this person's last one is still being built."""


class Jobs:
    """The jobs of one machine. Call `close` when the process ends."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, person_id: int, asked: Asked, reader: Reader, store: Store) -> Job:
        """Begin to build; raise BusyError."""
        clear_old(self._folder, self._clock.now())
        mine = [j for j in self.of(person_id) if j.state is State.BUILDING]
        if mine or len(self._tasks) >= MOST_WAITING:
            raise BusyError
        now = self._now()
        job = Job(
            token=secrets.token_urlsafe(24),
            person=person_id,
            area=asked.area,
            period=asked.period or "",
            state=State.BUILDING,
            began=now,
            changed=now,
        )
        self._write(job)
        task = asyncio.create_task(self._run(job, asked, reader, store))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def of(self, person_id: int) -> list[Job]:
        """Return a person's jobs, newest first."""
        found = [j for p in self._folder.glob("*.json") if (j := self.job(p.stem))]
        mine = [j for j in found if j.person == person_id]
        return sorted(mine, key=lambda j: j.began, reverse=True)

    def job(self, token: str) -> Job | None:
        """Return a job, None for none, or one that is too old."""
        job = _read(self._folder, token, self._clock.now())
        if job is None or job.state is not State.BUILDING:
            return job
        quiet = self._clock.now() - datetime.fromisoformat(job.changed)
        return replace(job, state=State.FAILED) if quiet > SILENT else job

    def file(self, job: Job) -> Path | None:
        """Return the zip of a job that is ready."""
        path = self._folder / f"{job.token}.zip"
        return path if job.state is State.READY and path.is_file() else None

    async def close(self) -> None:
        """End what is being built; it leaves nothing behind."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, job: Job, asked: Asked, reader: Reader, store: Store) -> None:
        try:
            async with self._turn:
                built = await build(
                    asked,
                    reader,
                    store,
                    self._folder / f"{job.token}.zip",
                    progress=lambda done, whole: self._tell(job, done, whole),
                )
            await audit.record(
                "dossier.built",
                by=job.person,
                subject=f"area:{asked.area}",
                at=self._clock.now(),
                details={"period": built.period, "photos": built.photos, "via": "web"},
            )
            name = file_name(asked, built.period)
            ready = replace(job, state=State.READY, name=name, size=built.size)
            self._write(replace(ready, period=built.period, changed=self._now()))
        except asyncio.CancelledError:
            self._write(replace(job, state=State.FAILED, changed=self._now()))
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, the page says that it failed)
            log.error("a dossier failed: %s", type(error).__name__)  # noqa: TRY400  (a traceback may hold answers)
            self._write(replace(job, state=State.FAILED, changed=self._now()))

    def _tell(self, job: Job, done: int, whole: int) -> None:
        if done % TOLD_EVERY == 0:
            self._write(replace(job, done=done, whole=whole, changed=self._now()))

    def _write(self, job: Job) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f"{job.token}.part"
        part.write_text(json.dumps(asdict(job)), encoding="utf-8")
        part.replace(self._folder / f"{job.token}.json")

    def _now(self) -> str:
        return self._clock.now().astimezone(UTC).isoformat()


def clear_old(folder: Path, now: datetime) -> None:
    """Remove the files of jobs that are too old. Blocks for as long as the disk needs."""
    for path in folder.glob("*.json"):
        if _read(folder, path.stem, now) is None:
            _remove(path)


def clear_all(folder: Path) -> int:
    """Remove every dossier that waits to be fetched; return how many. One that is being built stays.

    Whoever still wants theirs has it built anew, of what the office has then.
    """
    count = 0
    for path in folder.glob("*.json"):
        if path.with_suffix(".zip").exists():
            _remove(path)
            count += 1
    return count


def _remove(path: Path) -> None:
    for ending in (".json", ".zip", ".part"):
        with suppress(OSError):
            path.with_suffix(ending).unlink(missing_ok=True)


def _read(folder: Path, token: str, now: datetime) -> Job | None:
    if not TOKEN.fullmatch(token):
        return None
    try:
        told = json.loads((folder / f"{token}.json").read_text(encoding="utf-8"))
        job = Job(**{**told, "state": State(told["state"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return None if now - datetime.fromisoformat(job.changed) > KEPT else job
