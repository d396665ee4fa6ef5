"""Joins the media worker's question («keep this») to the office's evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from backend.evidence.keep import Kept, PhotoKeeper
from bot.messages import Media


class EvidenceKeeper:
    """`keep` is what `bot.turn.media.MediaWorker` takes. `keep_position` asks the plan in force."""

    def __init__(self, keeper: PhotoKeeper, keep_position: Callable[[], Awaitable[bool]]) -> None:
        self._keeper = keeper
        self._keep_position = keep_position

    async def keep(self, data: bytes, media: Media) -> Media:
        """Return the media with `sha256` when kept, with a `refusal` code when not."""
        kept = await self._keeper.keep_photo(data, keep_position=await self._keep_position())
        if isinstance(kept, Kept):
            return dataclasses.replace(media, sha256=kept.sha256, media_type=kept.media_type)
        return dataclasses.replace(media, refusal=kept.code.value)
