"""Photos that have arrived in part: a cut line goes on where it was cut.

One file a photo, in a folder of its chat, as long as what has arrived. Bytes are written at their
place, so a request that was thought dead and its successor write the same bytes to the same place.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import re
import shutil
from collections.abc import AsyncIterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.limits import (
    WEB_HALF_BYTES,
    WEB_HALF_BYTES_PER_CHAT,
    WEB_HALF_DAYS,
    WEB_HALF_FILES_PER_CHAT,
    WEB_LEAST_FREE_BYTES,
)

HELD_BYTES: Final = 64_000
"""Bytes gathered before they go to the disk in a thread; no more are sent twice after a cut."""

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,190}")
"""A chat that has a folder of its own here."""

COUNTED: Final = timedelta(minutes=5)
"""How long the sum of all halves is believed; between two counts what arrives is added to it."""


class WrongOffsetError(Exception):
    """The piece does not begin where the photo ends; `size` is where that is."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class SpoolFullError(Exception):
    """All halves together are at their bound, or the disk is; it may be tried later."""


class ChecksumError(Exception):
    """What arrived is not what was sent; it was dropped."""


class Halves:
    """A folder of uploads that are not yet whole. `chat` and `upload` must be safe file names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counted = datetime(1970, 1, 1, tzinfo=UTC)
        self._bytes = 0

    async def size(self, chat: str, upload: str) -> int:
        """Return how many bytes have arrived, 0 for none."""
        return await asyncio.to_thread(_size, self._path(chat, upload))

    async def append(
        self, chat: str, upload: str, offset: int, chunks: AsyncIterable[bytes], now: datetime
    ) -> int:
        """Keep what arrives from `offset` on; return how much there is now.

        Whatever came before a cut is kept: the error of the cut is raised afterwards. Raises
        WrongOffsetError and SpoolFullError before anything is read.
        """
        path = self._path(chat, upload)
        size = await asyncio.to_thread(_size, path)
        if offset != size:
            raise WrongOffsetError(size)
        await self._count(now)
        if self._bytes >= WEB_HALF_BYTES:
            raise SpoolFullError
        await asyncio.to_thread(_make_room, path)
        held = bytearray()
        try:
            async for chunk in chunks:
                held += chunk
                if len(held) >= HELD_BYTES:
                    offset = await self._write(path, offset, held, now)
        finally:
            if held:
                await asyncio.shield(self._write(path, offset, held, now))
        return await asyncio.to_thread(_size, path)

    async def whole(self, chat: str, upload: str, sha256: str) -> tuple[Path, str]:
        """Return the file of a photo that has arrived whole, on the disk for good, and its sha256.

        `sha256` is what the sender says ("" for nothing said); raise ChecksumError if it differs.
        """
        path = self._path(chat, upload)
        found = await asyncio.to_thread(_settled, path)
        if sha256 and not hmac.compare_digest(found, sha256):
            path.unlink(missing_ok=True)
            raise ChecksumError
        return path, found

    def drop(self, chat: str, upload: str) -> None:
        """Forget a photo: it is kept elsewhere, or will never be whole."""
        self._path(chat, upload).unlink(missing_ok=True)

    def forget(self, chat: str) -> None:
        """Forget all photos of a chat that are not whole; any text is no more than a chat's name."""
        if NAME.fullmatch(chat):
            shutil.rmtree(self._folder / chat, ignore_errors=True)

    async def sweep(self, now: datetime) -> None:
        """Remove parts that nobody went on with."""
        await self._count(now)

    def _path(self, chat: str, upload: str) -> Path:
        return self._folder / chat / f"{upload}.half"

    async def _write(self, path: Path, offset: int, held: bytearray, now: datetime) -> int:
        data = bytes(held)
        held.clear()
        await asyncio.to_thread(_write_at, path, offset, data, now)
        self._bytes += len(data)
        return offset + len(data)

    async def _count(self, now: datetime) -> None:
        if now - self._counted < COUNTED:
            return
        self._counted = now
        self._bytes = await asyncio.to_thread(_sweep, self._folder, now)


def make_folder(folder: Path) -> None:
    """Make a folder for what people send; raise SpoolFullError when its disk is nearly full."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < WEB_LEAST_FREE_BYTES:
        raise SpoolFullError


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _write_at(path: Path, offset: int, data: bytes, now: datetime) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(file, data, offset)
    finally:
        os.close(file)
    os.utime(path, (now.timestamp(), now.timestamp()))


def _make_room(path: Path) -> None:
    """Drop this chat's other photos, the oldest first, while it holds too many halves."""
    make_folder(path.parent)
    others = sorted(
        (p for p in path.parent.iterdir() if p != path), key=lambda p: p.stat().st_mtime
    )
    total = sum(p.stat().st_size for p in others) + _size(path)
    while others and (total >= WEB_HALF_BYTES_PER_CHAT or len(others) >= WEB_HALF_FILES_PER_CHAT):
        oldest = others.pop(0)
        total -= oldest.stat().st_size
        oldest.unlink(missing_ok=True)


def _settled(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1_000_000):
            digest.update(data)
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sweep(folder: Path, now: datetime) -> int:
    """Drop halves that nobody went on with, and folders without any; return the bytes left."""
    oldest = (now - timedelta(days=WEB_HALF_DAYS)).timestamp()
    total = 0
    for path in folder.glob("*/*.half"):
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            if status.st_mtime < oldest:
                path.unlink()
                with contextlib.suppress(OSError):  # another photo is in it
                    path.parent.rmdir()
            else:
                total += status.st_size
    return total
