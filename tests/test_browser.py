"""Without Chromium the set-up installs it where it may, and else says in one sentence what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import browser
from tests.browser import INSTALL, provide_chromium

APT = """#!/bin/sh
echo "$@" >> {log}
case "$*" in *install*) printf '#!/bin/sh\\n' > {folder}/chromium; /bin/chmod +x {folder}/chromium;; esac
"""
USELESS_APT = '#!/bin/sh\necho "$@" >> {log}\nexit 100\n'


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with nothing on its PATH but what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(browser, "playwright_runs", lambda: True)
    return folder


def apt_get(folder: Path, script: str) -> Path:
    log = folder.parent / "log"
    tool = folder / "apt-get"
    tool.write_text(script.format(log=log, folder=folder))
    tool.chmod(0o755)
    return log


def as_user(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: number)


def test_where_it_may_it_installs_chromium(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_user(monkeypatch, 0)
    log = apt_get(machine, APT)
    assert provide_chromium() == str(machine / "chromium")
    assert log.read_text().splitlines() == [
        "-qq update",
        "-qq install -y --no-install-recommends chromium",
    ]


def test_playwright_is_given_the_library_without_which_it_does_not_start(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, 0)
    log = apt_get(machine, APT)
    monkeypatch.setattr(browser, "playwright_runs", log.exists)
    assert provide_chromium() == str(machine / "chromium")
    assert log.read_text().splitlines()[-1].endswith("chromium libatomic1")


def test_what_is_there_is_taken(machine: Path) -> None:
    log = apt_get(machine, APT)
    (machine / "google-chrome").write_text("#!/bin/sh\n")
    (machine / "google-chrome").chmod(0o755)
    assert provide_chromium() == str(machine / "google-chrome")
    assert not log.exists()


@pytest.mark.parametrize(("user", "script"), [(0, USELESS_APT), (1000, APT), (0, "")])
def test_where_it_may_not_or_cannot_it_says_what_to_install(
    machine: Path, monkeypatch: pytest.MonkeyPatch, user: int, script: str
) -> None:
    as_user(monkeypatch, user)
    if script:
        log = apt_get(machine, script)
    with pytest.raises(pytest.skip.Exception) as skipped:
        provide_chromium()
    assert str(skipped.value) == INSTALL
    assert "\n" not in INSTALL
    if user:
        assert not log.exists(), "nothing is installed without the right to"
