"""Joins the media worker's question («keep this») to the office's evidence."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import Awaitable, Callable, Sequence

from backend.evidence.keep import PhotoKeeper, Refused, Stored, write_down
from bot.messages import Media
from bot.turn.media import Fetched


class EvidenceKeeper:
    """`store` and `write` are what `bot.turn.media.MediaWorker` takes."""

    def __init__(
        self,
        keeper: PhotoKeeper,
        keep_position: Callable[[], Awaitable[bool]],
        seconds: float = 1.0,
    ) -> None:
        """`keep_position` asks the plan in force; its answer holds for so many seconds."""
        self._keeper = keeper
        self._keep_position = keep_position
        self._seconds = seconds
        self._asked_at = -math.inf
        self._keeps = False

    async def store(self, data: bytes, media: Media) -> Media | Fetched[Stored]:
        """Return what is stored and to be written down; with a `refusal` when it is not kept."""
        stored = await self._keeper.store(
            data,
            keep_position=await self._asked(),
            taken_at=media.taken_at,
            taken_from=media.taken_from,
        )
        if isinstance(stored, Refused):
            return dataclasses.replace(media, refusal=stored.code.value)
        return Fetched(media, stored)

    async def write(self, fetched: Sequence[Fetched[Stored]]) -> list[Media]:
        """Write them down in the caller's transaction; return each with `sha256` and `advice`."""
        kept = await write_down([f.stored for f in fetched])
        return [
            dataclasses.replace(
                f.media, sha256=k.sha256, media_type=k.media_type, advice=str(k.advice or "")
            )
            for f, k in zip(fetched, kept, strict=True)
        ]

    async def _asked(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._asked_at >= self._seconds:
            self._keeps = await self._keep_position()
            self._asked_at = now
        return self._keeps
