"""The disk with the photos has gone: the admins are told, and told again each day it is not back."""

from __future__ import annotations

import logging
from datetime import datetime, tzinfo

from backend.evidence.store import EvidenceStore
from bot.admins import tell_admins
from conversations.text import Text

log = logging.getLogger(__name__)


async def look_for_photos(store: EvidenceStore, now: datetime, zone: tzinfo) -> bool:
    """Look whether the store is there; say whether somebody was told that it is not."""
    if store.is_here():
        return False
    log.error("EVIDENCE_URL: the folder with the photos is not there: no photo can be kept")
    words = [
        Text("The disk with the photos is not there."),
        Text("Please have it connected again; all photos on it are as they were."),
        Text("Until then new photos cannot be kept. Everything else goes on."),
    ]
    day = now.astimezone(zone).date()
    return await tell_admins(words, f"evidence|{day.isoformat()}", now, besides=("", ""))
