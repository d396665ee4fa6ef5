"""`thonmoi sent`: what went to whom, by which channel, and how it ended; no number, no words."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from backend.database import close_database, open_database
from backend.models import Chat, Outbox
from backend.people import Role
from bot.cli import main
from bot.still_wanted import NOTHING_MISSING
from tests.backend.schedule.office import Office
from tests.clock import OFFICE_ZONE
from tests.postgres import run_apart

START = datetime(2026, 11, 1, 9, tzinfo=OFFICE_ZONE)


def at(day: int, hour: int = 7, minute: int = 30) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=OFFICE_ZONE)


@pytest.fixture
def installed(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "thonmoi.sqlite3"
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite://{path}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    async def fill() -> None:
        await open_database(url)
        office = await Office(START).open()
        hai = await office.person("Bác Hai", "a1")
        hai.phone = "+84901234567"
        await hai.save()
        ba = await office.person("Bác Ba", "b1")
        huyen = await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
        rows = [
            (hai, "reminder|thu|2026-12-04|1", "reminder", 1, None, at(4)),
            (hai, "reminder|thu|2026-12-06|1", "reminder", 2, NOTHING_MISSING, at(6)),
            (ba, "reminder|thu|2026-12-06|2", "reminder", 3, "blocked", at(6)),
            (huyen, "late|thu|2026-12-08|3", "notice", 0, None, at(8)),
            (hai, None, "answer", 1, None, at(5)),
        ]
        for person, once, purpose, status, reason, moment in rows:
            await Outbox.create(
                chat=await Chat.get(person=person), payload='{"text": "riêng tư"}', once=once,
                purpose=purpose, status=status, reason=reason, created_at=moment,
                done_at=moment if status else None,
            )  # fmt: skip
        await close_database()

    run_apart(fill)
    return url


def test_it_says_who_when_where_and_how_it_ended(
    installed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sent", "--since", "2026-12-01"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "08/12/2026 07:30 · danh sách quá hạn · Anh Huyện (Huyện Thử) · Telegram · đang chờ gửi",
        (
            "06/12/2026 07:30 · nhắc phiếu còn thiếu · Bác Ba (Thôn 1) · Telegram"
            " · không tới: đã chặn tin nhắn"
        ),
        (
            "06/12/2026 07:30 · nhắc phiếu còn thiếu · Bác Hai (Thôn 1) · Telegram"
            " · không gửi: không còn thiếu gì"
        ),
        "04/12/2026 07:30 · nhắc phiếu còn thiếu · Bác Hai (Thôn 1) · Telegram · đã gửi",
    ]
    for secret in ("84901234567", "telegram-", "riêng tư"):
        assert secret not in out


def test_of_one_area_with_answers_as_json(
    installed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["sent", "--area", "xa-a", "--since", "2026-12-05T00:00", "--answers", "--json"]
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert [(m["about"], m["purpose"], m["end"]) for m in json.loads(out)["sent"]] == [
        ("", "answer", "sent"),
        ("reminder", "reminder", "not_sent"),
    ]
    assert json.loads(out)["sent"][1]["ended_at"] == "2026-12-06T07:30:00+07:00"
    assert "84901234567" not in out


def test_nothing_and_wrong_words(installed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sent", "--since", "2027-01-01"]) == 0
    assert "chưa gửi gì" in capsys.readouterr().out
    assert main(["sent", "--since", "yesterday"]) == 2
    assert main(["sent", "--area", "nowhere"]) == 2
    assert capsys.readouterr().err.count("\n") == 2
