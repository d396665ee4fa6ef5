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
        """Return the media with `sha256` (and `advice`) when kept, with a `refusal` when not."""
        kept = await self._keeper.keep_photo(
            data,
            keep_position=await self._keep_position(),
            taken_at=media.taken_at,
            taken_from=media.taken_from,
        )
        if isinstance(kept, Kept):
            return dataclasses.replace(
                media, sha256=kept.sha256, media_type=kept.media_type, advice=str(kept.advice or "")
            )
        return dataclasses.replace(media, refusal=kept.code.value)
