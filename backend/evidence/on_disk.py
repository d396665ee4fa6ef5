"""Files that are there after a power cut, whole: written apart, synced, then named.

A name appears only when its bytes are on the disk, so a name that is there stands for all of
them. The one exception is what another file system, or a copy of the folder that was cut short,
has left: a file of another length is written anew.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from io import FileIO
from pathlib import Path


def write(files: Mapping[Path, bytes]) -> None:
    """Write files that are not there yet, and return when a power cut can take none of them.

    Blocks for as long as the disk needs. Raises OSError; what was begun is taken away again.
    """
    with ExitStack() as stack:
        begun: list[tuple[Path, Path, FileIO]] = []
        for path, data in files.items():
            if not _is_there(path, len(data)):
                # A name that no reader takes for a key.
                apart = path.with_name(f"{path.name}#{secrets.randbelow(10**15)}")
                file = stack.enter_context(_opened(apart))
                stack.callback(apart.unlink, missing_ok=True)
                left = memoryview(data)
                while left:  # a disk that fills up takes a part and refuses the rest
                    left = left[file.write(left) :]
                begun.append((path, apart, file))
        # All are written by now: the first sync carries most of what the others need.
        for path, apart, file in begun:
            os.fsync(file.fileno())
            apart.replace(path)
    # Also for a name that was there: it may be another writer's, a moment old and not yet safe.
    for folder in {path.parent for path in files}:
        _sync(folder)


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _opened(path: Path) -> FileIO:
    try:
        return FileIO(path, "xb")
    except FileNotFoundError:
        _make(path.parent)
        return FileIO(path, "xb")


def _make(folder: Path) -> None:
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    at = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
