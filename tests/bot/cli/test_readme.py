"""What the README tells a newcomer to type works as it stands there."""
# ruff: noqa: S603  (our own command)

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clock import PATIENCE

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"## Commands\n.*?```\n(.*?)```", re.DOTALL)
THONMOI = [sys.executable, "-m", "bot"]


@pytest.fixture
def office(tmp_path: Path) -> dict[str, str]:
    """Environment of an installation of its own, prepared as `thonmoi run` prepares it."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    env = kept | {"DATA_DIR": str(tmp_path / "data")}
    for command in (["migrate"], ["plan", "load"], ["form", "publish", "--all"]):
        subprocess.run([*THONMOI, *command], cwd=ROOT, env=env, check=True, capture_output=True)
    return env


def test_every_command_of_the_readme_works(office: dict[str, str], tmp_path: Path) -> None:
    found = BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found
    typed = found[1].replace("moi.png", str(tmp_path / "moi.png"))
    lines = [line.split("#")[0].split() for line in typed.splitlines()]
    assert len(lines) == 5
    for name, *arguments in lines:
        assert name == "thonmoi"
        done = subprocess.run(
            [*THONMOI, *arguments],
            cwd=ROOT,
            env=office,
            input=b"",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stderr.decode())
        assert done.stdout
        assert not done.stderr
    assert (tmp_path / "moi.png").read_bytes().startswith(b"\x89PNG")


def test_a_reader_who_has_seen_enough_gets_no_traceback(office: dict[str, str]) -> None:
    with subprocess.Popen(
        [*THONMOI, "plan", "show"], cwd=ROOT, env=office,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as show:  # fmt: skip
        assert show.stdout
        assert show.stderr
        show.stdout.close()
        said = show.stderr.read()
        show.wait(PATIENCE)
    assert said == b""
    assert show.returncode == 141
