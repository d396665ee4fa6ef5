"""What the command line's tests begin with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Path:
    """Name an installation of its own, with empty tables, in the environment; return its folder."""
    path = tmp_path / "office.sqlite3"
    shutil.copyfile(sqlite_template, path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{path}")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PLAN", "vi-du")
    monkeypatch.delenv("OFFICE_LANG", raising=False)
    return tmp_path
