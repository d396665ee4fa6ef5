"""A photo from bytes to a row: examined off the event loop, stored, written down once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Final

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from backend.clock import Clock
from backend.evidence.alike import bands_of, files_alike, signed, used
from backend.evidence.check import Refusal, RefusedError, examine
from backend.evidence.judged import advice
from backend.evidence.looking import EARLIEST, VERSION, Look
from backend.evidence.store import EvidenceStore
from backend.models import EvidenceFile, PhotoLook
from conversations.interview.advice import Advice

WORKERS: Final = 2
"""Images decoded at one time: each may take 150 MB for a moment (50 million pixels)."""


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
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="photo")

    async def keep_photo(
        self, data: bytes, *, keep_position: bool, taken_at: float = 0.0, taken_from: str = "file"
    ) -> Kept | Refused:
        """Examine and keep a file. The same photo twice, also at the same time, is one row.

        `taken_at` is what the sender's device says of the time of taking (Unix seconds, 0 if it
        says nothing), used when the file itself says nothing, and `taken_from` where the device
        read it ("exif" or "file"). Raises what the store and the
        database raise when they are away; then it may be called again. Bytes come before the
        row: a crash leaves bytes without a row at most.
        """
        loop = asyncio.get_running_loop()
        work = partial(examine, data, keep_position=keep_position, zone=self._zone)
        try:
            seen = await loop.run_in_executor(self._pool, work)
        except RefusedError as error:
            return Refused(error.code)
        sha256 = await self._store.put(seen.original)
        preview = await self._store.put(seen.preview)
        columns = {
            "media_type": seen.media_type,
            "size": len(seen.original),
            "width": seen.width,
            "height": seen.height,
            "preview": preview,
            "stored_at": self._clock.now(),
        }
        look = _columns(seen.look, self._said(taken_at), taken_from)
        row, new = await _written_down(sha256, columns, look)
        files = set() if new else {row.id}
        if seen.look.phash is not None:
            files |= (await files_alike(seen.look.phash)).keys() - {row.id}
        return Kept(
            row.sha256,
            row.preview,
            row.media_type,
            row.width,
            row.height,
            advice(seen.look, (seen.width, seen.height), again=await used(files)),
        )

    def _said(self, taken_at: float) -> datetime | None:
        """Return the device's time, unless it is nonsense or ahead of ours."""
        if not EARLIEST.timestamp() <= taken_at <= self._clock.now().timestamp():
            return None
        return datetime.fromtimestamp(taken_at, UTC)

    def close(self) -> None:
        """Let running work end; take no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _written_down(
    sha256: str, columns: dict[str, Any], look: dict[str, Any]
) -> tuple[EvidenceFile, bool]:
    """Return the file's row and whether it is new; one commit for it and what was measured."""
    row = await EvidenceFile.get_or_none(sha256=sha256)
    if row is None:
        try:
            async with in_transaction():
                row = await EvidenceFile.create(sha256=sha256, **columns)
                await PhotoLook.create(file_id=row.id, **look)
        except IntegrityError:  # the same photo came twice at once
            row = await EvidenceFile.get(sha256=sha256)
        else:
            return row, True
    # A file that was kept before anything was measured gets its row now.
    await PhotoLook.get_or_create(file_id=row.id, defaults=look)
    if row.removed_at is not None:  # its time of keeping had ended, and here its bytes are again
        row.removed_at, row.preview = None, str(columns["preview"])
        await row.save(update_fields=["removed_at", "preview"])
    return row, False


def _columns(look: Look, said: datetime | None, said_by: str) -> dict[str, Any]:
    bands = (None, None, None) if look.phash is None else bands_of(look.phash)
    return {
        "version": VERSION,
        "phash": None if look.phash is None else signed(look.phash),
        "dhash": None if look.dhash is None else signed(look.dhash),
        "band_a": bands[0],
        "band_b": bands[1],
        "band_c": bands[2],
        "sharpness": look.sharpness,
        "brightness": look.brightness,
        "contrast": look.contrast,
        "dark": look.dark,
        "bright": look.bright,
        "screenshot": look.screenshot,
        "taken_at": look.taken_at or said,
        "taken_from": "exif" if look.taken_at else said_by[:8] if said else "",
        "latitude": look.latitude,
        "longitude": look.longitude,
    }
