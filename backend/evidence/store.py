"""Bytes kept under their own sha256: photos, previews, and what is attached to messages.

A file is written whole or not at all and never changed afterwards. `EVIDENCE_URL` says where:
file:///… (one machine), s3://bucket/… (several; credentials come from the environment as every
S3 tool reads them), memory:/// (tests).

Files of this machine are written by `on_disk` and not by obstore, which leaves them to the
system's cache: a power cut would take photos whose rows are committed.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError
from obstore.store import from_url

from backend.evidence.away import StoreAwayError
from backend.evidence.on_disk import write
from conversations.text import Text

KEY: Final = re.compile(r"[0-9a-f]{64}")
MARK: Final = "thonmoi-evidence"
"""The file that a marked folder holds (`backend.evidence.mark`)."""


class NotKeptError(KeyError):
    """There is nothing under this key."""


class EvidenceStore:
    """One folder of a store. `prefix` keeps photos and attachments apart."""

    def __init__(self, url: str, prefix: str = "photos", *, marked: bool = False) -> None:
        """`url` is EVIDENCE_URL; a folder named by file:// is made if need be.

        `marked`: a folder of this machine is used only while it carries the mark, and else every
        method raises StoreAwayError; `backend.evidence.mark` makes it. So it is in the program.
        """
        local = urlsplit(url).scheme == "file"
        try:
            self._store = from_url(url, mkdir=True) if local else from_url(url)
        except (OSError, BaseError) as error:  # an OSError without an errno
            told = {"reason": str(error).split("\n", 1)[0][:200]}
            raise StoreAwayError(Text("EVIDENCE_URL: cannot be used ({reason})", told)) from error
        self._prefix = prefix
        self._folder = Path(getattr(self._store, "prefix", "")) if local else None
        self._mark = self._folder / MARK if marked and self._folder else None

    @property
    def folder(self) -> Path | None:
        """Where a store of this machine lies; None for any other."""
        return self._folder

    def is_here(self) -> bool:
        """Say whether a marked folder carries its mark; any other store is taken to be there."""
        return self._mark is None or self._mark.exists()

    def holds(self, key: str) -> bool:
        """Say whether there is a file under a key, whether or not the folder is marked."""
        return self._folder is not None and (self._folder / self._path(key)).is_file()

    def must_be_here(self) -> None:
        """Raise StoreAwayError unless `is_here`."""
        if not self.is_here():
            raise StoreAwayError

    @property
    def on_disk(self) -> bool:
        """Whether this is a folder of this machine, where `put_now` waits for a disk alone."""
        return self._folder is not None

    async def put(self, data: bytes) -> str:
        """Keep bytes and return their key; bytes already kept are not written again.

        Raises OSError when the store cannot be reached.
        """
        key = hashlib.sha256(data).hexdigest()
        await self._write(key, data)
        return key

    def put_now(self, *every: bytes) -> tuple[str, ...]:
        """Keep several at once in the caller's thread; as `put`, and only where `on_disk`."""
        if self._folder is None:
            raise ValueError("this store is not on this machine's disk")
        self.must_be_here()
        keys = tuple(hashlib.sha256(data).hexdigest() for data in every)
        write({self._folder / self._path(k): data for k, data in zip(keys, every, strict=True)})
        return keys

    async def put_as(self, name: str, data: bytes) -> str:
        """Keep bytes under the hash of a name instead of their own; what is there is replaced."""
        self.must_be_here()
        key = hashlib.sha256(name.encode()).hexdigest()
        try:
            await obstore.put_async(self._store, self._path(key), data)
        except BaseError as error:
            raise OSError(f"the store failed: {type(error).__name__}") from error
        return key

    async def get_as(self, name: str) -> bytes:
        """Return what was kept under a name; raise NotKeptError, or OSError as `put`."""
        return await self.get(hashlib.sha256(name.encode()).hexdigest())

    async def _write(self, key: str, data: bytes) -> None:
        self.must_be_here()
        path = self._path(key)
        if self._folder is not None:
            await asyncio.to_thread(write, {self._folder / path: data})
            return
        try:
            await self._send(path, data)
        except BaseError as error:
            raise OSError(f"the store failed: {type(error).__name__}") from error

    async def _send(self, path: str, data: bytes) -> None:
        try:
            await obstore.put_async(self._store, path, data, mode="create")
        except AlreadyExistsError:
            # A power cut may have left a file shorter than it was to be: then write it anew.
            if (await obstore.head_async(self._store, path))["size"] != len(data):
                await obstore.put_async(self._store, path, data)
        except NotSupportedError:
            # An S3 without conditional writes: the same key only ever holds the same bytes.
            await obstore.put_async(self._store, path, data)

    async def get(self, key: str) -> bytes:
        """Return the bytes under a key; raise NotKeptError, or OSError as `put`."""
        if not KEY.fullmatch(key):
            raise NotKeptError
        try:
            found = await obstore.get_async(self._store, self._path(key))
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            self.must_be_here()
            raise NotKeptError from None
        except BaseError as error:
            raise OSError(f"the store failed: {type(error).__name__}") from error

    async def try_out(self, data: bytes) -> None:
        """Write, read and take away a probe that nothing else can be; raise OSError as `put`."""
        self.must_be_here()
        path = f"{self._prefix}/probe-{hashlib.sha256(data).hexdigest()}"
        try:
            await obstore.put_async(self._store, path, data)
            found = bytes(await (await obstore.get_async(self._store, path)).bytes_async())
            await obstore.delete_async(self._store, path)
        except BaseError as error:
            raise OSError(f"the store failed: {type(error).__name__}") from error
        if found != data:
            raise OSError("the store gave back something else")

    async def keys(self) -> AsyncIterator[str]:
        """Yield every key of this folder. Raises OSError as `put`."""
        self.must_be_here()
        try:
            async for some in obstore.list(self._store, self._prefix):
                for found in some:
                    key = found["path"].rpartition("/")[2]
                    if KEY.fullmatch(key):
                        yield key
        except BaseError as error:
            raise OSError(f"the store failed: {type(error).__name__}") from error

    async def put_back(self, key: str, data: bytes) -> None:
        """Keep bytes under the key that a backup names; ValueError for what is no key."""
        if not KEY.fullmatch(key):
            raise ValueError("no key of a store")
        await self._write(key, data)

    async def delete(self, key: str) -> None:
        """Remove the bytes under a key; one that is not there is fine. Raises OSError as `put`."""
        if not KEY.fullmatch(key):
            return
        try:
            await obstore.delete_async(self._store, self._path(key))
        except FileNotFoundError:
            self.must_be_here()
            return
        except BaseError as error:
            raise OSError(f"the store failed: {type(error).__name__}") from error

    def _path(self, key: str) -> str:
        return f"{self._prefix}/{key[:2]}/{key}"
