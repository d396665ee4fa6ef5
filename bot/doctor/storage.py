"""Where photos and attachments are kept: something is written, read and taken away again."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from backend.evidence.away import StoreAwayError
from backend.evidence.store import MARK, EvidenceStore
from bot.doctor.database import room
from bot.doctor.shapes import Finding, Sight, good, mend
from bot.tick_note import last_tick
from conversations.text import Text

PREFIXES: Final = ("photos", "attachments")


async def stores(sight: Sight) -> AsyncIterator[Finding]:
    """Try the store of EVIDENCE_URL out, and look at its disk."""
    url = sight.settings.evidence_url
    kind = urlsplit(url).scheme
    ran = last_tick(sight.settings.data_dir) is not None
    for prefix in PREFIXES:
        try:
            await EvidenceStore(url, prefix, marked=ran).try_out(secrets.token_bytes(64))
        except StoreAwayError as error:
            yield mend(
                error.reason,
                Text(
                    "Please connect it. If the photos were moved on purpose, copy the file {name} along.",
                    {"name": MARK},
                ),
            )
            return
        except Exception as error:  # noqa: BLE001  (a store's words may hold its credentials)
            yield mend(
                Text(
                    "EVIDENCE_URL ({kind}): {name} cannot be written and read ({error})",
                    {"kind": kind, "name": prefix, "error": type(error).__name__},
                ),
                Text("Please see whether the place is there and may be written to."),
            )
            return
    if kind == "file":
        folder = Path(url.removeprefix("file://"))
        yield room(folder, Text("photos can be kept and read"))
    else:
        yield good(Text("photos can be kept and read"))


async def folder(sight: Sight) -> AsyncIterator[Finding]:
    """Try DATA_DIR and the place for half-sent photos out."""
    for path in (sight.settings.data_dir, sight.settings.data_dir / "spool"):
        reason = await asyncio.to_thread(_try_folder, path)
        if reason:
            yield mend(
                Text("{path} cannot be written ({error})", {"path": str(path), "error": reason}),
                Text("Please give the program's user the right to write there."),
            )
            return
    yield room(sight.settings.data_dir, Text("DATA_DIR can be written"))


def _try_folder(path: Path) -> str:
    """Return why nothing can be kept in a folder, "" if it can; a folder not yet made is fine."""
    if not path.exists():
        return ""
    try:
        handle, name = tempfile.mkstemp(prefix="doctor-", dir=path)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
