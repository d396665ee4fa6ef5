"""Messages that Zalo has forgotten and the database could not take yet: one file each."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from bot.messages import Incoming

ENDING: Final = ".json"

log = logging.getLogger(__name__)


class Unkept:
    """A folder that is empty but while the database is away. Files are written durably."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def add(self, incoming: Incoming) -> None:
        """Keep a message until it is journalled."""
        await asyncio.to_thread(_write, self._folder, incoming.to_json().encode())

    async def waiting(self) -> AsyncIterator[tuple[str, Incoming]]:
        """Yield what waits, oldest first; a file that is no message is left and told of."""
        for path in await asyncio.to_thread(_names, self._folder):
            try:
                incoming = Incoming.from_json(await asyncio.to_thread(path.read_text, "utf-8"))
            except (OSError, ValueError, TypeError, KeyError):
                log.error("a kept message cannot be read: %s", path.name)  # noqa: TRY400  (its words are personal)
                path.rename(path.with_suffix(".unreadable"))
                continue
            yield path.name, incoming

    async def done(self, name: str) -> None:
        """Forget a message that is journalled now."""
        await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)


def _names(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else []


def _write(folder: Path, data: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    last = max((int(p.stem) for p in _names(folder) if p.stem.isdecimal()), default=0)
    path = folder / f"{last + 1:012}.part"
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.rename(path.with_suffix(ENDING))
    inode = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(inode)
    finally:
        os.close(inode)
