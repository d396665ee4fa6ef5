"""A photo from bytes to a row: examined off the event loop, stored, written down once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Final

from tortoise.transactions import in_transaction

from backend.clock import Clock
from backend.evidence.alike import BANDS, SURELY, bands_of, files_alike, signed, used
from backend.evidence.check import Examined, Refusal, RefusedError, examine
from backend.evidence.judged import advice
from backend.evidence.looking import EARLIEST, VERSION, Look
from backend.evidence.store import EvidenceStore
from backend.evidence.writing_down import rows_of
from conversations.interview.advice import Advice

WORKERS: Final = 2
"""Images decoded at one time: each may take 150 MB for a moment (50 million pixels)."""

KEEPERS: Final = 8
"""Photos in work at one time: while one is decoded, others wait for the disk."""

NICE: Final = 10
"""How far photos stand back, 0 to 19 (docs/evidence.md has what others waited with and without)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo that is stored; `sha256` is of the bytes as stored and names it everywhere."""

    sha256: str
    preview: str
    media_type: str
    width: int
    height: int
    advice: Advice | None = None
    """What the sender may mend at once; the photo is kept all the same."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo whose bytes are stored and whose rows are to be written."""

    columns: Mapping[str, Any]
    look: Look


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not kept, and why."""

    code: Refusal


class PhotoKeeper:
    """Keeps photos. Call `close` when done."""

    def __init__(self, store: EvidenceStore, clock: Clock, zone: tzinfo = UTC) -> None:
        """`zone` is the office's, for cameras that write a time without one."""
        self._store = store
        self._clock = clock
        self._zone = zone
        self._pool = ThreadPoolExecutor(
            KEEPERS, thread_name_prefix="photo", initializer=_stand_back
        )
        self._decoding = threading.BoundedSemaphore(WORKERS)

    async def keep_photo(
        self, data: bytes, *, keep_position: bool, taken_at: float = 0.0, taken_from: str = "file"
    ) -> Kept | Refused:
        """Examine and keep one file: `store` it, and `write_down` in a commit of its own."""
        stored = await self.store(
            data, keep_position=keep_position, taken_at=taken_at, taken_from=taken_from
        )
        if isinstance(stored, Refused):
            return stored
        async with in_transaction():
            [kept] = await write_down([stored])
        return kept

    async def store(
        self, data: bytes, *, keep_position: bool, taken_at: float = 0.0, taken_from: str = "file"
    ) -> Stored | Refused:
        """Examine a file and store its bytes; `write_down` makes it a photo that is kept.

        `taken_at` is what the sender's device says of the time of taking (Unix seconds, 0 if it
        says nothing), used when the file itself says nothing, and `taken_from` where the device
        read it ("exif" or "file"). Raises what the store raises when it is away; then it may be
        called again. Bytes come before the row: a crash leaves bytes without a row at most.
        """
        loop = asyncio.get_running_loop()
        work = partial(self._examined, data, keep_position=keep_position)
        try:
            seen, keys = await loop.run_in_executor(self._pool, work)
        except RefusedError as error:
            return Refused(error.code)
        if not keys:
            keys = await asyncio.gather(*map(self._store.put, seen.files))
        columns = {
            "sha256": keys[0],
            "media_type": seen.media_type,
            "size": len(seen.original),
            "width": seen.width,
            "height": seen.height,
            "preview": keys[-1],
            "stored_at": self._clock.now(),
        }
        look = _columns(seen.look, self._said(taken_at), taken_from)
        return Stored(columns | look, seen.look)

    def _examined(self, data: bytes, *, keep_position: bool) -> tuple[Examined, Sequence[str]]:
        """Examine it and, where that needs no network, store it: all in one of our threads."""
        with self._decoding:
            seen = examine(data, keep_position=keep_position, zone=self._zone)
        if not self._store.on_disk:
            return seen, ()
        return seen, self._store.put_now(*seen.files)

    def _said(self, taken_at: float) -> datetime | None:
        """Return the device's time, unless it is nonsense or ahead of ours."""
        if not EARLIEST.timestamp() <= taken_at <= self._clock.now().timestamp():
            return None
        return datetime.fromtimestamp(taken_at, UTC)

    def close(self) -> None:
        """Let running work end; take no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _stand_back() -> None:
    """Let the thread that answers people go first, where the system knows threads by number."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


async def write_down(photos: Sequence[Stored]) -> list[Kept]:
    """Write the rows of stored photos in the caller's transaction, and say what each needs.

    The same photo twice, also at the same time, is one row.
    """
    kept: list[Kept] = []
    for photo, row in zip(photos, await rows_of([p.columns for p in photos]), strict=True):
        files = set() if row.new else {row.id}
        if photo.look.phash is not None and photo.look.dhash is not None:
            near = await files_alike(photo.look.phash, photo.look.dhash, SURELY)
            files |= near.keys() - {row.id}
        size = (photo.columns["width"], photo.columns["height"])
        told = advice(photo.look, size, again=await used(files))
        kept.append(Kept(row.sha256, row.preview, row.media_type, row.width, row.height, told))
    return kept


def _columns(look: Look, said: datetime | None, said_by: str) -> dict[str, Any]:
    bands: Sequence[int | None] = [None] * len(BANDS)
    if look.phash is not None and look.dhash is not None:
        bands = bands_of(look.phash, look.dhash)
    return {
        "version": VERSION,
        "phash": None if look.phash is None else signed(look.phash),
        "dhash": None if look.dhash is None else signed(look.dhash),
        **dict(zip(BANDS, bands, strict=True)),
        "sharpness": look.sharpness,
        "brightness": look.brightness,
        "contrast": look.contrast,
        "dark": look.dark,
        "bright": look.bright,
        "strokes": look.strokes,
        "screenshot": look.screenshot,
        "taken_at": look.taken_at or said,
        "taken_from": "exif" if look.taken_at else said_by[:8] if said else "",
        "latitude": look.latitude,
        "longitude": look.longitude,
    }
