"""Pictures and documents of messages: photos, workbooks, and progress drawn when it is sent.

A turn must not wait for a picture (a third of a second, in everybody's transaction), so it only
names one; whoever carries the message draws it then, once, and the same bytes are shown ever after.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, tzinfo
from typing import Final

from backend.clock import Clock
from backend.evidence.store import EvidenceStore, NotKeptError
from backend.made_files import note_made
from backend.status.model import Progress
from bot.sent_figures import figures_for, figures_of, open_figures
from bot.sent_photos import SentPhotos, asked_for, is_photo, still_open
from locales import catalog

DRAWN: Final = "progress"
AT_ONCE: Final = 1
"""Pictures drawn side by side: each takes a processor for a third of a second."""


def drawing_of(found: Progress, lang: str, page: int, asked: datetime) -> str:
    """Return what names a page (from 1) of a progress picture that somebody asked for."""
    return f"{DRAWN}|{lang}|{found.area_code}|{found.period}|{page}|{asked.isoformat()}"


def made_for(key: str, person_id: int | None) -> bool:
    """Say whether a message's picture or document was made for this person."""
    return asked_for(key, person_id) or figures_for(key, person_id)


async def open_to(keys: Iterable[str], person_id: int | None) -> frozenset[str]:
    """Return those pictures and documents of messages that this person may have now."""
    every = frozenset(keys)
    return await still_open(every, person_id) | await open_figures(every, person_id)


def key_of(data: bytes) -> str:
    """Return under which key a store keeps bytes, or what has this name."""
    return hashlib.sha256(data).hexdigest()


class Attachments:
    """What an Outgoing's `picture` and `document` name, by key."""

    def __init__(
        self,
        store: EvidenceStore,
        progress: Callable[[str, str | None], Awaitable[Progress]],
        zone: tzinfo,
        photos: SentPhotos | None = None,
        *,
        clock: Clock,
    ) -> None:
        """`progress` takes an area's code and a period; without `photos` none are given."""
        self._clock = clock
        self._store = store
        self._photos = photos
        self._progress = progress
        self._zone = zone
        self._places = asyncio.Semaphore(AT_ONCE)

    async def put(self, data: bytes) -> str:
        """Keep bytes and return what `figures_key` makes a key of."""
        await note_made(key_of(data), self._clock.now())
        return await self._store.put(data)

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise NotKeptError, or OSError when the store is away.

        Each is there for whom its key names, as long as they may see it.
        """
        if is_photo(key):
            if self._photos is None:
                raise NotKeptError
            return await self._photos.get(key)
        key = await figures_of(key)
        if not key.startswith(DRAWN + "|"):
            return await self._store.get(key)
        async with self._places:
            try:
                return await self._store.get_as(key)
            except NotKeptError:
                data = await self._draw(key)
                await note_made(key_of(key.encode()), self._clock.now())
                await self._store.put_as(key, data)
                return data

    async def _draw(self, key: str) -> bytes:
        from backend.reports.picture import progress_page  # noqa: PLC0415  (Pillow when first asked)

        _, lang, area, period, page, _ = key.split("|")
        found = await self._progress(area, period)
        return await asyncio.to_thread(
            progress_page, found, catalog(lang), int(page), zone=self._zone
        )
