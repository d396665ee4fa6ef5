"""`thonmoi doctor` as a person meets it: beside a running house, in an empty folder, with secrets."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.cli.doctor import doctor
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.journeys.house import a_house, free_port

PHONE = "84901234567"
CHAT = "1459232241454765289"


async def ask_doctor(env: dict[str, str], *options: str) -> tuple[int, str, str]:
    """Run the command in a process of its own; exit code, what it printed, what it said aside."""
    keep = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}}
    command = "import sys; from bot.cli import main; sys.exit(main(sys.argv[1:]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", command, "doctor", *options,
        env=keep | env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def by_name(out: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in json.loads(out)["checks"]:
        found.setdefault(line["check"], []).append(line["mark"])
    return found


async def test_beside_a_house_that_runs_nothing_is_to_be_mended(tmp_path: Path) -> None:
    clock = HandClock(datetime.now(UTC))
    async with FakeTelegram() as fake:
        url = f"sqlite://{tmp_path}/thonmoi.sqlite3"
        env = {"DATABASE_URL": url, "DATA_DIR": f"{tmp_path}/data", "PORT": str(free_port())}
        env |= {"TELEGRAM_TOKEN": fake.token, "TELEGRAM_API_URL": fake.url}
        async with a_house(url, tmp_path, clock, fake, PORT=env["PORT"]) as house:
            await house.tick()
            code, out, err = await ask_doctor(env, "--json")
    found = by_name(out)
    assert "Traceback" not in err
    assert (code, json.loads(out)["ok"]) == (0, True), out
    for name in ("program", "clock", "database", "telegram", "schedule", "forms", "storage.photos"):
        assert set(found[name]) == {"good"}, (name, found[name])
    assert found["plan"] == ["look"], "sample data"
    assert fake.calls["sendMessage"] == fake.calls["deleteWebhook"] == 0


async def test_an_empty_folder_is_told_what_to_run(tmp_path: Path) -> None:
    env = {"DATA_DIR": f"{tmp_path}/data", "PORT": str(free_port())}
    code, out, _ = await ask_doctor(env)
    assert code == 1
    (line,) = [line for line in out.splitlines() if line.startswith("✗")]
    assert "thonmoi migrate" in line
    assert "Xin" in line, "in the office's language"
    assert not (tmp_path / "data" / "thonmoi.sqlite3").exists(), "looking makes no database"


async def test_no_token_phone_or_chat_id_is_ever_shown(tmp_path: Path) -> None:
    async with FakeTelegram() as fake, FakeZaloBot() as zalo:
        planted = f"{fake.token} {zalo.token} {PHONE} {CHAT} "
        fake.webhook = {
            "url": f"https://elsewhere.example/{fake.token}",
            "last_error_date": int(datetime.now(UTC).timestamp()),
            "last_error_message": planted * 3,
        }
        fake.me["username"] = planted
        zalo.webhook = {"url": f"https://elsewhere.example/{zalo.token}", "updated_at": 1}
        env = {
            "DATA_DIR": f"{tmp_path}/data",
            "PORT": str(free_port()),
            "SECRET_KEY": "the-key-that-signs-every-link-of-the-house",
            "DATABASE_URL": "postgres://thonmoi:password-of-the-database@127.0.0.1:1/thonmoi",
            "TELEGRAM_TOKEN": fake.token,
            "TELEGRAM_API_URL": fake.url,
            "TELEGRAM_MODE": "webhook",
            "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-telegram-webhook",
            "ZALO_BOT_TOKEN": zalo.token,
            "ZALO_BOT_API_URL": zalo.url,
            "ZALO_OA_APP_ID": "1",
            "ZALO_OA_APP_SECRET": "secret-of-the-zalo-app",
            "ZALO_OA_SECRET_KEY": "secret-of-the-zalo-webhook",
            "ZALO_OA_REFRESH_TOKEN": "refresh-token-of-the-account",
            "ZALO_OA_API_URL": zalo.url,
        }
        shown = ""
        for options in ((), ("--json",)):
            code, out, err = await ask_doctor(env, *options)
            assert code == 1
            shown += out + err
    secrets = [v for k, v in env.items() if "TOKEN" in k or "SECRET" in k]
    for secret in [*secrets, "password-of-the-database", PHONE, CHAT]:
        assert secret not in shown, secret
    assert "Traceback" not in shown


def test_wrong_settings_and_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"DATA_DIR": str(tmp_path), "PORT": "many", "OFFICE_LANG": "en"}
    assert doctor(env, HandClock(), as_json=False) == 1
    assert "✗ Settings: PORT: must be a number from 1 to 65535" in capsys.readouterr().out
    with pytest.raises(SystemExit) as wrong:
        main(["doctor", "--everything"])
    assert wrong.value.code == 2


@pytest.mark.parametrize(
    ("lang", "says"), [("vi", "phải là số từ 1 đến 65535"), ("en", "must be a number from 1")]
)
def test_refusals_speak_the_offices_language(
    lang: str,
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("OFFICE_LANG", lang), ("PORT", "x"), ("DATA_DIR", str(tmp_path))):
        monkeypatch.setenv(name, value)
    assert main(["migrate"]) == 2
    assert f"thonmoi: PORT: {says}" in capsys.readouterr().err
