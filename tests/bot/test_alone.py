"""Two programs on one SQLite file would both send: the second one does not begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.alone import NotAloneError, alone
from bot.cli import main


def test_the_second_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "new" / "thonmoi.sqlite3"
    with alone(file):
        with pytest.raises(NotAloneError), alone(file):
            pytest.fail("both are at work")
        with alone(tmp_path / "another.sqlite3"):
            pass
    with alone(file):
        pass


def test_thonmoi_run_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("OFFICE_LANG", raising=False)
    with alone(tmp_path / "thonmoi.sqlite3"):
        assert main(["run"]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("thonmoi: ")
    assert "thonmoi.sqlite3" in said
    assert "\n" not in said
