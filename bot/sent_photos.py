"""Photos of villages that go with messages: each key names the photo and for whom it was queued.

Whoever reads one, to send it, to show it in the web chat or to give it to a platform that fetches
it, asks at that moment whether it is still that person's to see, and it is written down before it
leaves. A key made before keys named anybody opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from backend import audit
from backend.access import photo_for, photos_open
from backend.clock import Clock
from backend.consent import withdrawn
from backend.evidence.store import EvidenceStore, NotKeptError
from backend.review.shown import FETCHED

PHOTO: Final = "photo"
KEY: Final = re.compile(PHOTO + r"\|([0-9]{1,18})\|([0-9]{1,18})")


def photo_key(evidence_id: int, person_id: int) -> str:
    """Return the key of a photo as one person may see it, while they may."""
    return f"{PHOTO}|{evidence_id}|{person_id}"


def is_photo(key: str) -> bool:
    """Say whether a key is of a village's photo, also one that opens nothing any more."""
    return key.startswith(PHOTO + "|")


def asked_for(key: str, person_id: int | None) -> bool:
    """Say whether a photo's key was made for this person."""
    found = KEY.fullmatch(key)
    return found is not None and int(found[2]) == person_id


async def still_open(keys: Iterable[str], person_id: int | None) -> frozenset[str]:
    """Return those photos' keys that this person may have now."""
    theirs = {int(k.split("|")[1]): k for k in keys if asked_for(k, person_id)}
    if person_id is None or not theirs or await withdrawn(person_id):
        return frozenset()
    return frozenset(theirs[n] for n in await photos_open(person_id, theirs))


class SentPhotos:
    """The previews of photos, which have nothing in them but the picture, by such keys."""

    def __init__(self, store: EvidenceStore, clock: Clock) -> None:
        """`store` is where previews of photos lie."""
        self._store = store
        self._clock = clock

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise NotKeptError also for what is no longer theirs, OSError as the store.

        That it leaves is in the audit log before, once a person, photo and hour.
        """
        found = KEY.fullmatch(key)
        if found is None:
            raise NotKeptError
        evidence_id, person_id = int(found[1]), int(found[2])
        photo = await photo_for(person_id, evidence_id)
        if photo is None or await withdrawn(person_id):
            raise NotKeptError
        await audit.seen(f"photo:{photo.id}", by=person_id, at=self._clock.now(), action=FETCHED)
        return await self._store.get(photo.file.preview)
