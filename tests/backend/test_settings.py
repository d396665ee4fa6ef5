"""Settings: what is made on the first run, and what is refused by name."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.settings import SettingsError, read_settings


def test_the_first_run_makes_a_folder_and_a_secret_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = read_settings({"DATA_DIR": str(folder)})
    assert len(made.secret_key) >= 64
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [p.name for p in folder.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert read_settings({"DATA_DIR": str(folder)}).secret_key == made.secret_key


def test_processes_that_start_together_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = pool.map(lambda _: read_settings({"DATA_DIR": str(tmp_path)}), range(64))
    assert len({settings.secret_key for settings in found}) == 1


@pytest.mark.parametrize("content", ["", "\n", "short", "\0\0\0"])
def test_an_empty_secret_file_signs_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret_key").write_text(content)
    with pytest.raises(SettingsError, match="secret_key"):
        read_settings({"DATA_DIR": str(tmp_path)})


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may run as root, who can write anywhere: so the system's answer is given here."""
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != tmp_path)
    with pytest.raises(SettingsError, match=r"^DATA_DIR: .* cannot be written"):
        read_settings({"DATA_DIR": str(tmp_path)})


def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        read_settings({"DATA_DIR": str(tmp_path), "SECRET_KEY": "thonmoi"})


def test_no_secret_is_in_what_is_printed_of_settings(tmp_path: Path) -> None:
    env = {
        "DATA_DIR": str(tmp_path),
        "TELEGRAM_TOKEN": "123:TOKEN",
        "TELEGRAM_WEBHOOK_SECRET": "HOOK",
        "DATABASE_URL": "postgres://a:PASSWORD@127.0.0.1/b",
    }
    shown = repr(read_settings(env))
    assert not any(word in shown for word in ("TOKEN", "HOOK", "PASSWORD"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "eight"),
        ("PORT", "٨٠٨٠"),
        ("PORT", "99999"),
        ("PUBLIC_URL", "thonmoi.vn"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "http://["),
        ("DATABASE_URL", "mysql://a/b"),
        ("DATABASE_URL", "thonmoi.sqlite3"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "postgres://u:secret@127.0.0.1:99999/x"),
        ("DATABASE_URL", "postgres://u:secret@[::1/x"),
        ("EVIDENCE_URL", "ftp://a/b"),
        ("EVIDENCE_URL", "photos"),
        ("EVIDENCE_URL", "file://photos"),
        ("EVIDENCE_URL", "file:///"),
        ("EVIDENCE_URL", "s3://"),
        ("TZ_OFFICE", "Mars/Olympus"),
        ("TZ_OFFICE", "Asia"),
        ("OFFICE_LANG", "xx"),
        ("QUOTA_RESERVE", "a fifth"),
        ("QUOTA_RESERVE", "51"),
        ("QUOTA_RESERVE", "-1"),
        ("QUOTA_PER_PERSON", "few"),
        ("KEEP_PHOTO_MONTHS", "-3"),
        ("KEEP_MESSAGE_DAYS", "29"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as refused:
        read_settings({"DATA_DIR": str(tmp_path), name: value})
    assert "secret" not in str(refused.value), "nobody's password is shown"
