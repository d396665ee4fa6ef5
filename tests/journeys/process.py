"""`thonmoi run` in a process of its own, as somebody starts it who has just installed it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clock import PATIENCE
from tests.journeys.house import free_port

READY = "Ctrl+C"
"""In the line that `thonmoi run` prints last, when it can be used."""

ROOT = Path(__file__).parents[2]
RUN = """
from backend.clock import SystemClock
from bot.cli import main
from tests.clock import MorningClock

SystemClock.now = MorningClock().now
main(["run"])
"""


@contextmanager
def thonmoi_run(folder: Path) -> Iterator[list[str]]:
    """Start the command in an empty folder; give what it printed until it was ready.

    Its day begins as every story's does: on the last evening of a quarter, by the machine's clock,
    what was sent a minute ago would be of the quarter before.
    At the end it is told to stop, and must do so in order and without a traceback.
    """
    keep = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}}
    env = keep | {"DATA_DIR": str(folder / "data"), "PORT": str(free_port())}
    command = [sys.executable, "-c", RUN]
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(  # noqa: S603  (our own command)
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as run,
    ):
        try:
            yield _printed(run, log)
            run.send_signal(signal.SIGTERM)
            run.wait(timeout=PATIENCE)
        finally:
            run.kill()
    assert run.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text()


def _printed(run: subprocess.Popen[str], log: Path) -> list[str]:
    """Read its lines until it is ready; one that says nothing for too long is ended."""
    assert run.stdout is not None
    limit = threading.Timer(PATIENCE, run.kill)
    limit.start()
    lines: list[str] = []
    try:
        for line in run.stdout:
            lines.append(line.strip())
            if READY in line:
                return lines
    finally:
        limit.cancel()
    raise AssertionError(f"it ended before it was ready: {lines}\n{log.read_text()}")
