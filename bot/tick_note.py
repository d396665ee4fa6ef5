"""When the schedule last looked what is due: one line in DATA_DIR, for `thonmoi doctor`."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

log = logging.getLogger(__name__)
NAME = "last_tick"


def note_tick(data_dir: Path, now: datetime) -> None:
    """Keep the moment; a disk that takes nothing holds no reminder up."""
    try:
        data_dir.joinpath(NAME).write_text(now.isoformat(), encoding="ascii")
    except OSError as error:
        log.warning("the tick could not be noted: %s", type(error).__name__)


def last_tick(data_dir: Path) -> datetime | None:
    """Return the last moment that was kept, None if there is none that can be read."""
    try:
        told = data_dir.joinpath(NAME).read_text(encoding="ascii", errors="replace")[:64]
        moment = datetime.fromisoformat(told.strip())
    except (OSError, ValueError):
        return None
    return moment if moment.tzinfo else None
