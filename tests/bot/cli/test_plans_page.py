"""What docs/plans.md tells an office to type for a plan of its own works as it stands there."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from bot.cli import main

PAGE = Path(__file__).parents[3] / "docs" / "plans.md"
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


@pytest.fixture
def folder(office: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The office's folder, in which the page's commands are typed."""
    monkeypatch.chdir(office)
    return office


def fill_in(plan: Path, example: str) -> None:
    """Put the page's example into the folder that `plan new` has written, as an office would."""
    written = yaml.safe_load((plan / "plan.yaml").read_text(encoding="utf-8"))
    filled = written | yaml.safe_load(example)
    (plan / "plan.yaml").write_text(yaml.safe_dump(filled, allow_unicode=True), encoding="utf-8")
    words = "KẾ HOẠCH\nPhấn đấu có 3 thôn đạt chuẩn.\n"
    (plan / "ke-hoach.txt").write_text(words, encoding="utf-8")


def enter_villages(sheet: Path) -> None:
    book = load_workbook(sheet)
    rows = book["Danh sách thôn"]
    rows.append([None, "Thôn 1", "Ia Tơi", "Lò Văn B", "0901 234 567", 133])
    rows.append([None, "Thôn 2", "Xã Ia Tơi", None, None, 80])
    book.save(sheet)


def test_a_plan_of_ones_own_step_by_step(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.split("## Your own, step by step")[1].split("\n## ")[0]
    said: dict[str, str] = {}
    for kind, block in BLOCK.findall(section):
        if kind == "yaml":
            fill_in(folder / "xa-ia-toi-2026", block)
            continue
        for line in block.splitlines():
            if line.startswith("export PLAN="):
                named = line.removeprefix("export PLAN=").replace("$PWD", os.getcwd())  # noqa: PTH109  (as the shell has it)
                monkeypatch.setenv("PLAN", named)
                continue
            program, *arguments = shlex.split(line)
            assert program == "thonmoi"
            assert main(arguments) == 0, line
            said[line] = capsys.readouterr().out
            if "template" in arguments:
                enter_villages(folder / "DS.xlsx")

    assert "Chưa nhập gì" in said["thonmoi area import DS.xlsx"]
    assert "Đã nhập xong" in said["thonmoi area import DS.xlsx --apply"]
    due = json.loads(said["thonmoi due --at 2026-12-07T07:30 --json"])
    assert due["deadlines"][0]["said"] == "chậm nhất 11/12/2026"
    assert due["due"] == [], "nobody has agreed to messages yet"
    assert "Đã nộp: 0/8 phiếu." in said["thonmoi progress --area ia-toi"]
    assert "code=" in said["thonmoi invite --role village_head --area ia-toi-thon-1"]
