"""This machine: Python and libraries, memory, the font of pictures, who may read our files."""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from backend.database import is_sqlite, sqlite_path
from backend.reports.drawing import BOLD, PLAIN, font
from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from conversations.text import Text

OLDEST_PYTHON: Final = (3, 11)
LITTLE_MEMORY: Final = 150
NO_MEMORY: Final = 50
"""MB that are free; drawing a picture of a large table takes some 40."""
OTHERS: Final = 0o077
NO_SUCH_GLYPH: Final = "\U0010fffd"
HARDEST_LETTER: Final = "\u1ebf"
_NEED: Final = re.compile(r"([A-Za-z0-9._-]+)([^;]*)(;.*)?")
_BOUND: Final = re.compile(r"(>=|==|<)\s*([0-9.]+)")


async def libraries(sight: Sight) -> AsyncIterator[Finding]:
    """Look at the versions of Python and of everything that the program needs."""
    here = sys.version_info[:3]
    python = ".".join(map(str, here))
    if here < OLDEST_PYTHON:
        yield mend(
            Text("Python {version} is too old", {"version": python}),
            Text("Please install Python 3.11 or newer."),
        )
    try:
        needs = importlib.metadata.requires(sight.package) or []
    except importlib.metadata.PackageNotFoundError:
        yield unseen(
            Text("Python {version}; the program is not installed as a package", {"version": python})
        )
        return
    wrong = [name for name, bounds in _needed(needs) if not _fits(name, bounds)]
    if wrong:
        yield mend(
            Text(
                "missing, or of another version than needed: {names}", {"names": ", ".join(wrong)}
            ),
            Text("Please install anew: pip install -r requirements.lock"),
        )
    else:
        yield good(Text("Python {version}, libraries as needed", {"version": python}))


def _needed(needs: list[str]) -> Iterator[tuple[str, str]]:
    for need in needs:
        found = _NEED.fullmatch(need)
        if found is not None and not found[3]:  # a marker: for development only
            yield found[1], found[2]


def _fits(name: str, bounds: str) -> bool:
    try:
        have = _numbers(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False
    compare = {">=": have.__ge__, "==": have.__eq__, "<": have.__lt__}
    return all(compare[sign](_numbers(bound)) for sign, bound in _BOUND.findall(bounds))


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in re.findall(r"\d+", version.split("+", maxsplit=1)[0])[:3]]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


async def memory(sight: Sight) -> AsyncIterator[Finding]:
    """Look at how much memory is free, where Linux tells it."""
    try:
        told = (sight.proc / "meminfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        told = ""
    free = re.search(r"^MemAvailable:\s+(\d+) kB", told, re.MULTILINE)
    if free is None:
        yield unseen(Text("this machine does not tell how much is free"))
        return
    count = int(free[1]) // 1024
    said = Text("{count} MB free", {"count": count})
    advice = Text("Please end other programs, or give the machine more memory.")
    if count < NO_MEMORY:
        yield mend(said, advice)
    elif count < LITTLE_MEMORY:
        yield look(said, advice)
    else:
        yield good(said)


async def fonts() -> AsyncIterator[Finding]:
    """Look whether pictures can be drawn with Vietnamese letters."""
    for name in (PLAIN, BOLD):
        try:
            drawn = font(name, 24)
            has = bytes(drawn.getmask(HARDEST_LETTER)) != bytes(drawn.getmask(NO_SUCH_GLYPH))
        except OSError:
            has = False
        if not has:
            yield mend(
                Text("{name} is missing or has no Vietnamese letters", {"name": name}),
                Text("Please install the program anew."),
            )
            return
    yield good(Text("Vietnamese letters are there"))


async def files(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether other users of this machine may read answers, photos or the secret."""
    settings = sight.settings
    paths = [settings.data_dir]
    inside = [settings.data_dir / "secret_key"]
    if is_sqlite(settings.database_url):
        inside.append(Path.cwd() / sqlite_path(settings.database_url))
    if settings.evidence_url.startswith("file://"):
        inside.append(Path(settings.evidence_url.removeprefix("file://")))
    closed = not _open(settings.data_dir)
    paths += [p for p in inside if not (closed and settings.data_dir in p.parents)]
    wide = [path for path in paths if _open(path)]
    for path in wide:
        mode = "700" if path.is_dir() else "600"
        yield look(
            Text("other users of this machine may open {path}", {"path": str(path)}),
            Text("Please close it: chmod {mode} {path}", {"mode": mode, "path": str(path)}),
        )
    if not wide:
        yield good(Text("closed to other users of this machine"))


def _open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def holders(sight: Sight, path: Path) -> int:
    """Return how many other processes of this user hold a file open, as far as Linux tells."""
    wanted, own = str(path.resolve()), str(Path("/proc/self").resolve().name)
    count = 0
    for process in sight.proc.glob("[0-9]*"):
        if process.name == own:
            continue
        try:
            count += any(str(fd.readlink()) == wanted for fd in (process / "fd").iterdir())
        except OSError:  # it ended, or is somebody else's
            continue
    return count


async def others_with(sight: Sight, path: Path) -> int:
    """Return `holders`, looked up beside the loop: /proc may be long."""
    return await asyncio.to_thread(holders, sight, path)
