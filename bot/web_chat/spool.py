"""Where uploaded photos lie until they were looked at: one file per content, written durably."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.limits import WEB_SPOOL_DAYS
from bot.turn.shapes import MediaGoneError, MediaTooLargeError
from bot.web_chat.halves import Halves, make_folder

KEY = re.compile(r"[0-9a-f]{64}")
HELD_BYTES = 1_000_000
"""Bytes gathered before they go to the disk in a thread."""


class Spool:
    """A folder of uploads named by the sha256 of their bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.halves = Halves(folder / "halves")
        self._swept = datetime(1970, 1, 1, tzinfo=UTC)

    async def put(self, chunks: AsyncIterable[bytes], limit: int, now: datetime) -> tuple[str, int]:
        """Keep what arrives; return its key and size once it is on the disk.

        Raises MediaTooLargeError as soon as more than `limit` bytes came, SpoolFullError when the
        disk has no room for more; nothing stays then.
        """
        await asyncio.to_thread(make_folder, self._folder)
        await self._sweep(now)
        part = self._folder / f"{secrets.token_hex(16)}.part"
        digest, size, held = hashlib.sha256(), 0, bytearray()
        try:
            async for chunk in bounded(chunks, limit):
                size += len(chunk)
                digest.update(chunk)
                held += chunk
                if len(held) >= HELD_BYTES:
                    await asyncio.to_thread(_append, part, bytes(held))
                    held.clear()
            await asyncio.to_thread(_finish, part, bytes(held), digest.hexdigest(), now)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return digest.hexdigest(), size

    async def adopt(self, path: Path, sha256: str, now: datetime) -> str:
        """Keep a file of this disk under the sha256 of its bytes; return its key. `path` stays."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        await self._sweep(now)
        await asyncio.to_thread(_adopt, path, self._folder / sha256, now)
        return sha256

    async def get(self, key: str, limit: int) -> bytes:
        """Return an upload's bytes; raises MediaGoneError (also for spoilt ones) or MediaTooLargeError."""
        if not KEY.fullmatch(key):
            raise MediaGoneError
        return await asyncio.to_thread(_read, self._folder / key, limit)

    async def forget(self, chats: Collection[str], keys: Collection[str]) -> None:
        """Remove what these chats have sent in part, and whole uploads by their keys."""
        for chat in chats:
            await asyncio.to_thread(self.halves.forget, chat)
        for key in keys:
            if KEY.fullmatch(key):
                await asyncio.to_thread((self._folder / key).unlink, missing_ok=True)

    async def sweep(self, now: datetime) -> None:
        """Remove uploads that are too old, whole ones and parts; at most once an hour."""
        if await asyncio.to_thread(self._folder.is_dir):
            await self._sweep(now)
            await self.halves.sweep(now)

    async def _sweep(self, now: datetime) -> None:
        if now - self._swept < timedelta(hours=1):
            return
        self._swept = now
        await asyncio.to_thread(_drop_older, self._folder, now - timedelta(days=WEB_SPOOL_DAYS))


async def bounded(chunks: AsyncIterable[bytes], limit: int) -> AsyncIterator[bytes]:
    """Give chunks on as they come; raise MediaTooLargeError once they are more than `limit`."""
    left = limit
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise MediaTooLargeError
        yield chunk


def _append(part: Path, data: bytes) -> None:
    with part.open("ab") as file:
        file.write(data)


def _finish(part: Path, data: bytes, key: str, now: datetime) -> None:
    with part.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(part, (now.timestamp(), now.timestamp()))
    part.replace(part.with_name(key))
    _settle_folder(part.parent)


def _adopt(path: Path, target: Path, now: datetime) -> None:
    with contextlib.suppress(FileExistsError):
        target.hardlink_to(path)
    os.utime(target, (now.timestamp(), now.timestamp()))
    _settle_folder(target.parent)


def _settle_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise MediaGoneError from error
    if len(data) > limit:
        raise MediaTooLargeError
    if hashlib.sha256(data).hexdigest() != path.name:  # somebody wrote on while it was adopted
        raise MediaGoneError
    return data


def _drop_older(folder: Path, oldest: datetime) -> None:
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < oldest.timestamp():
                path.unlink()
