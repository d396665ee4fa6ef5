"""Photos are fetched between the journal and the turn, so that no transaction waits for one.

A message with a photo is kept first (status WAITING), then its photo is fetched through its
channel and kept, then it becomes ready; those that are done at one time become so in one commit.
Later messages of its chat wait for it; other chats do not. A photo that cannot be had is refused
with a code, and the turn tells the person why.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final, Generic, TypeVar

from tortoise.transactions import in_transaction

from backend.database import is_lost
from bot import limits
from bot.faults import where
from bot.messages import Incoming, Media
from bot.turn import sql
from bot.turn.grouped import Grouped
from bot.turn.pacing import backoff
from bot.turn.shapes import Channel, MediaGoneError, MediaTooLargeError

log = logging.getLogger(__name__)

GONE: Final = "gone"
TOO_LARGE: Final = "too_large"
UNREACHABLE: Final = "unreachable"
NOT_KEPT: Final = "not_kept"
BROKEN: Final = "broken"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """A photo that is stored and not yet written down."""

    media: Media
    stored: T


Keep = Callable[[bytes, Media], Awaitable[Media | Fetched[Any]]]
"""Stores a photo. Returns its media with `sha256`, or with a `refusal` code; or what `Write` takes."""

Write = Callable[[Sequence[Fetched[Any]]], Awaitable[Sequence[Media]]]
"""Writes photos down in the caller's transaction and returns the media of each with `sha256`."""


@dataclass(frozen=True, slots=True)
class _Settled:
    inbox_id: int
    incoming: Incoming
    found: Media | Fetched[Any]


class MediaWorker:
    """Fetches and keeps the photos that messages of these channels wait for."""

    def __init__(  # noqa: PLR0913  (everything from outside is handed in)
        self,
        channels: Iterable[Channel],
        keep: Keep,
        ready: Callable[[], None],
        *,
        write: Write | None = None,
        random: Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        sweep_seconds: float = 5.0,
        known_only: bool = False,
    ) -> None:
        """`ready` is called when messages became ready (`Turns.wake`).

        `write` takes what `keep` returns as Fetched, in the commit that makes them ready.
        `known_only` keeps strangers from filling the disk: a photo from somebody without a role
        is not fetched, and its message goes on without it to the door.
        """
        self._channels = {(c.name, c.bot): c for c in channels}
        self._keep = keep
        self._write = write
        self._ready = ready
        self._random = random or Random()  # noqa: S311  (jitter is no secret)
        self._sleep = sleep
        self._sweep_seconds = sweep_seconds
        self._known_only = known_only
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        self._settled: Grouped[_Settled, None] = Grouped(self._make_ready)
        self._places = asyncio.Semaphore(limits.MEDIA_FETCHES)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, with the photos that an earlier run left."""
        self._loop = asyncio.create_task(self._run(), name="media")
        self.wake()

    async def stop(self) -> None:
        """End at once; photos not yet kept are fetched by the next run."""
        tasks = [*self._tasks.values(), *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop = None

    def wake(self) -> None:
        """Say that a message with a photo was kept; for `Turns(on_photos=…)`."""
        self._wake.set()

    async def idle(self) -> None:
        """Return when no photo known by now is on its way."""
        await self.look()
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def look(self) -> None:
        """Begin to fetch every photo that waits and is not yet being fetched."""
        # What another look reads meanwhile may be done by the time that it acts on it.
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        in_hand = list(self._tasks)
        for row in await sql.statements().photos(sql.database(), in_hand, limits.SEND_BACKLOG):
            channel = self._channels.get((row["channel"], row["bot"]))
            if channel is None or row["id"] in self._tasks:
                continue
            stranger = self._known_only and not row["known"]
            if stranger and row["behind"]:
                continue  # the message before it may be the code that makes them known
            task = asyncio.create_task(
                self._one(None if stranger else channel, row["id"], row["payload"])
            )
            self._tasks[row["id"]] = task
            task.add_done_callback(partial(self._forget, row["id"]))

    def _forget(self, inbox_id: int, _: asyncio.Task[None]) -> None:
        self._tasks.pop(inbox_id, None)

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._sweep_seconds):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001  (the database may be away for a while)
                log.warning("photos could not be looked for: %s", type(error).__name__)

    async def _one(self, channel: Channel | None, inbox_id: int, payload: str) -> None:
        incoming = Incoming.from_json(payload)
        media = incoming.media or Media("")
        found: Media | Fetched[Any] = dataclasses.replace(media, refusal=GONE)
        if channel is not None:
            async with self._places:
                found = await self._fetched(channel, media)
        try:
            try:
                await self._settled.take(_Settled(inbox_id, incoming, found))
            except Exception as error:
                if is_lost(error) or not isinstance(found, Fetched):
                    raise
                log.error("a photo could not be written down: %s", where(error))  # noqa: TRY400  (its words may be personal)
                broken = dataclasses.replace(media, refusal=BROKEN)
                await self._settled.take(_Settled(inbox_id, incoming, broken))
        except Exception as error:  # noqa: BLE001  (found again by the next look)
            log.warning("a photo's message stays for later: %s", where(error))

    async def _make_ready(self, settled: Sequence[_Settled]) -> Sequence[None]:
        fetched = [s.found for s in settled if isinstance(s.found, Fetched)]
        async with in_transaction() as db:
            written = iter(await self._write(fetched) if fetched and self._write else ())
            rows: list[tuple[int, str]] = []
            for one in settled:
                media = next(written) if isinstance(one.found, Fetched) else one.found
                rows.append(
                    (one.inbox_id, dataclasses.replace(one.incoming, media=media).to_json())
                )
            await sql.statements().photos_kept(db, rows)
        self._ready()
        return [None] * len(settled)

    async def _fetched(self, channel: Channel, media: Media) -> Media | Fetched[Any]:
        failed = ""
        for attempt in range(1, limits.MEDIA_ATTEMPTS + 1):
            failed = UNREACHABLE
            try:
                data = await channel.fetch(media.source, limits.MAX_PHOTO_BYTES)
                failed = NOT_KEPT  # a full disk, one that is not mounted, the database
                return await self._keep(data, media)
            except MediaGoneError:
                return dataclasses.replace(media, refusal=GONE)
            except MediaTooLargeError:
                return dataclasses.replace(media, refusal=TOO_LARGE)
            except Exception as error:  # noqa: BLE001  (nothing about one photo may stop the chat)
                if not is_lost(error):
                    log.error("a photo could not be kept: %s", where(error))  # noqa: TRY400  (its words may be personal)
                    return dataclasses.replace(media, refusal=BROKEN)
                if attempt == limits.MEDIA_ATTEMPTS:
                    log.warning("a photo is given up (%s): %s", failed, where(error))
            if attempt < limits.MEDIA_ATTEMPTS:
                await self._sleep(backoff(attempt, self._random))
        return dataclasses.replace(media, refusal=failed)
