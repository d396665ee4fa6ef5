"""The evidence store, as commands open it."""

from __future__ import annotations

from backend.evidence.mark import mark_first
from backend.evidence.store import EvidenceStore
from backend.settings import Settings


async def opened(settings: Settings, prefix: str = "photos") -> EvidenceStore:
    """Return a folder of the store; the database is open.

    Raises:
        StoreAwayError: its disk is not mounted, or the folder cannot be made.

    """
    photos = EvidenceStore(settings.evidence_url, marked=True)
    await mark_first(photos, settings.data_dir)
    photos.must_be_here()
    return EvidenceStore(settings.evidence_url, prefix, marked=True)
