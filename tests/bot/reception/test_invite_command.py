"""`thonmoi invite`: what it prints opens the door."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.database import close_database, open_database
from backend.plans.load import load_pack
from backend.plans.store import load_into_database
from bot.cli import main
from tests.clock import MORNING, HandClock
from tests.postgres import run_apart


@pytest.fixture
def shell(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PUBLIC_URL", "https://example.test")
    monkeypatch.delenv("TELEGRAM_BOT_NAME", raising=False)

    async def load() -> None:
        await open_database(database_url)
        await load_into_database(load_pack("vi-du"), HandClock())
        await close_database()

    run_apart(load)


def invite(*args: str) -> int:
    codes: list[int] = []

    async def call() -> None:
        import asyncio  # noqa: PLC0415  (the command makes its own loop in a thread)

        codes.append(await asyncio.to_thread(main, ["invite", *args]))

    run_apart(call)
    return codes[0]


@pytest.mark.usefixtures("shell")
class TestInvite:
    def test_json(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TELEGRAM_TOKEN", "1:A")
        monkeypatch.setenv("TELEGRAM_BOT_NAME", "@thonmoi_bot")
        assert (
            invite("--role", "village_head", "--area", "ia-dal-thon-3", "--expires", "3", "--json")
            == 0
        )
        made = json.loads(capsys.readouterr().out)
        code = made["code"]
        assert len(code) == 8
        left = datetime.fromisoformat(made["expires_at"]) - MORNING
        assert 2.9 < left / timedelta(days=1) < 3.1
        assert made["links"]["web"] == f"https://example.test/c/?code={code}"
        assert made["links"]["telegram"] == f"https://t.me/thonmoi_bot?start={code}"
        assert made["links"]["zalo"] is None
        picture = made["links"]["qr_svg"]
        assert picture.startswith("<svg")
        assert picture.rstrip().endswith("</svg>")

    @pytest.mark.parametrize(
        ("args", "says"),
        [
            (("--role", "village_head", "--area", "nowhere"), "nowhere"),
            (("--role", "village_head", "--area", "ia-dal"), "ia-dal"),
            (("--role", "admin", "--area", "ia-hdrai", "--expires", "0"), "1 đến 365 ngày"),
        ],
    )
    def test_a_wrong_input_is_one_sentence(
        self, args: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert invite(*args) == 2
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1
