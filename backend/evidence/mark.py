"""A file that says «the photos are on this disk»: without it an empty folder is no store.

A disk that is not mounted leaves an empty folder in its place. Whoever wrote into it would put
photos where nobody finds them once the disk is back, and a backup would hold none and say nothing.
So the folder is marked once, before the first photo, and what does not carry the mark is away.
Whoever gives the photos a new place copies the mark along, or makes the empty file by hand.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Final

from backend.evidence.store import MARK, EvidenceStore
from backend.models import EvidenceFile

MARKED: Final = "evidence_marked"
"""The file in DATA_DIR that names the folder which was marked."""
LAST: Final = 20
"""Photos looked for: one may have been lost by itself."""
SAYS: Final = "The photos and attachments of this installation of Thon Moi are kept here.\n"

log = logging.getLogger(__name__)


async def mark_first(store: EvidenceStore, data_dir: Path) -> bool:
    """Mark the folder of the photos if it is the first time; return whether it can be used.

    It is not the first time when this very folder was marked before, or when photos were kept and
    none of the last lies there. The database is open. Raises OSError.
    """
    folder = store.folder
    if folder is None or store.is_here():
        return True
    note = data_dir / MARKED
    last = await EvidenceFile.filter(removed_at=None).order_by("-id").limit(LAST)
    known = note.exists() and note.read_text(encoding="utf-8").strip() == str(folder)
    if not any(store.holds(photo.sha256) for photo in last) if last else known:
        log.error("EVIDENCE_URL: the folder with the photos is not there: is its disk mounted?")
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / MARK, SAYS)
    _write(note, f"{folder}\n")
    return True


def _write(path: Path, words: str) -> None:
    """Write it so that a power cut cannot take it: the photos behind it would be away."""
    with path.open("w", encoding="utf-8") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    at = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
