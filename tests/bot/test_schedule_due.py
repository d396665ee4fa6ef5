"""`thonmoi due`: what would be sent, to whom and why; nothing is sent."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from backend.database import close_database, open_database
from backend.models import Outbox
from backend.people import Role
from backend.plans.schema import Pack
from backend.plans.store import load_into_database
from bot.cli import main
from tests.backend.schedule.office import Office, pack
from tests.clock import OFFICE_ZONE, HandClock
from tests.postgres import run_apart

START = datetime(2026, 11, 1, 9, tzinfo=OFFICE_ZONE)


@pytest.fixture
def installed(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation with a plan, two village heads and an officer; one of them has no chat."""
    path = tmp_path / "thonmoi.sqlite3"
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite://{path}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PLAN", "thu")

    async def fill() -> None:
        await open_database(url)
        office = await Office(START).open()
        await load_into_database(pack(), HandClock(START))
        head = await office.person("Nguyễn Văn Hai", "a1")
        head.phone = "+84901234567"
        await head.save()
        await office.submit(head, "a1", "nuoc", START)
        await office.person("Bác Không Kênh", "b1", chat=False)
        await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
        await close_database()

    run_apart(fill)
    return url


def test_as_json_it_says_to_whom_why_and_what_is_missing_but_no_number(
    installed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["due", "--at", "2026-12-07T07:30", "--json"]) == 0
    out = capsys.readouterr().out
    shown: dict[str, Any] = json.loads(out)
    assert shown["at"] == "2026-12-07T07:30:00+07:00"
    notice, first, second, third = shown["due"]
    assert (notice["kind"], notice["to"]["name"]) == ("report_notice", "Anh Huyện")
    (report,) = notice["nobody_answers_for"]
    assert (report["names"], notice["reports"]) == (["Báo cáo quý"], [])
    assert first["to"] == {
        "name": "Nguyễn Văn Hai",
        "role": "village_head",
        "area": "a1",
        "area_name": "Thôn 1",
    }
    assert first["why"] == "đúng hạn của thôn (07/12/2026)"
    assert first["moment"] == "2026-12-07T07:30:00+07:00"
    assert [m["title"] for m in first["missing"]] == ["Rác thải"]
    assert (first["channel"], second["channel"]) == ("telegram", None)
    assert (third["kind"], third["to"]["role"]) == ("weekly_summary", "district_officer")
    assert "84901234567" not in out
    assert "telegram-" not in out, "chat ids are nobody's business either"


def test_in_words(installed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["due", "--at", "2026-12-04T02:00:00Z"]) == 0
    lines = capsys.readouterr().out.splitlines()
    summary, head, without, notice, _, title, report, *later = lines
    assert summary == "Anh Huyện (cán bộ văn phòng, Huyện Thử) · tổng hợp tuần ngày 30/11/2026"
    assert head == (
        "Nguyễn Văn Hai (trưởng thôn, Thôn 1) · trước hạn của thôn (07/12/2026) 3 ngày"
        " · còn thiếu: Thôn 1: Rác thải"
    )
    assert without.endswith("chưa có kênh nào nhắn được")
    assert notice == (
        "Anh Huyện (cán bộ văn phòng, Huyện Thử)"
        " · báo cáo hạn 11/12/2026 chưa có ai trong danh sách phải gửi"
    )
    assert title == "Các hạn trong 120 ngày tới:"
    assert report == "• Báo cáo quý · chậm nhất 11/12/2026 · quý 4 năm 2026"
    assert len(later) == 1, "the next quarter's"


def test_a_report_without_a_day_is_said_to_have_none(
    installed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def undated() -> None:
        await open_database(installed)
        plain = {"id": "khac", "name": "Báo cáo khác", "cadence": "quarterly", "obliged": "các xã"}
        plan = pack().model_dump(mode="json", exclude_defaults=True)
        plan["obligations"] = [*plan["obligations"], plain]
        await load_into_database(Pack.model_validate(plan), HandClock(START))
        await close_database()

    run_apart(undated)
    assert main(["due", "--at", "2026-10-01T09:00"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "• Báo cáo khác · chưa đặt hạn · quý 4 năm 2026 · Đơn vị báo cáo: các xã"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-10-01T09:00", "Lúc 09:00 01/10/2026 chưa có gì phải gửi."),
        ("2026-12-07T23:00", "Giờ yên lặng: lúc 23:00 07/12/2026 không gửi gì."),
    ],
)
def test_nothing_is_said_in_a_sentence(
    installed: str, capsys: pytest.CaptureFixture[str], at: str, words: str
) -> None:
    assert main(["due", "--at", at]) == 0
    assert capsys.readouterr().out.splitlines()[0] == words


def test_looking_sends_nothing(installed: str) -> None:
    assert main(["due", "--at", "2026-12-07T07:30"]) == 0

    async def rows() -> int:
        await open_database(installed)
        try:
            return await Outbox.all().count()
        finally:
            await close_database()

    assert run_apart(rows) == 0


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-12-07T25:00", ""])
def test_a_wrong_time_is_refused_in_one_sentence(
    installed: str, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    code = main(["due", "--at", text or "x" * 500])
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert len(said.err) < 200


def test_a_plan_that_is_not_loaded_and_a_database_without_tables(
    installed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PLAN", "chua-co")
    assert main(["due"]) == 2
    assert "thonmoi plan load" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{tmp_path / 'empty.sqlite3'}")
    assert main(["due"]) == 2
    assert "thonmoi migrate" in capsys.readouterr().err
