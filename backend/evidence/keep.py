"""A photo from bytes to a row: examined off the event loop, stored, written down once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from backend.clock import Clock
from backend.evidence.check import Refusal, RefusedError, examine
from backend.evidence.store import EvidenceStore
from backend.models import EvidenceFile

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


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not kept, and why."""

    code: Refusal


class PhotoKeeper:
    """Keeps photos. Call `close` when done."""

    def __init__(self, store: EvidenceStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="photo")

    async def keep_photo(self, data: bytes, *, keep_position: bool) -> Kept | Refused:
        """Examine and keep a file. The same photo twice, also at the same time, is one row.

        Raises what the store and the database raise when they are away; then it may be
        called again. Bytes come before the row: a crash leaves bytes without a row at most.
        """
        loop = asyncio.get_running_loop()
        work = partial(examine, data, keep_position=keep_position)
        try:
            seen = await loop.run_in_executor(self._pool, work)
        except RefusedError as error:
            return Refused(error.code)
        sha256 = await self._store.put(seen.original)
        preview = await self._store.put(seen.preview)
        row, _ = await EvidenceFile.get_or_create(
            sha256=sha256,
            defaults={
                "media_type": seen.media_type,
                "size": len(seen.original),
                "width": seen.width,
                "height": seen.height,
                "preview": preview,
                "stored_at": self._clock.now(),
            },
        )
        return Kept(row.sha256, row.preview, row.media_type, row.width, row.height)

    def close(self) -> None:
        """Let running work end; take no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
