"""`thonmoi plan` and `thonmoi progress` as an office meets them: sentences, JSON, exit codes."""

from __future__ import annotations

import json
import shutil

import pytest

from backend.plans.load import PACKS
from bot.cli import main


def test_a_pack_in_order_is_said_to_be(office, capsys):
    assert main(["plan", "check", "ia-hdrai-2022"]) == 0
    assert "không có lỗi" in capsys.readouterr().out
    assert main(["plan", "check", "--json", str(PACKS / "vi-du")]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "id": "vi-du", "errors": []}


def test_a_mistake_is_a_sentence_on_stderr_with_its_place_and_exit_2(office, capsys):
    folder = office / "pack"
    shutil.copytree(PACKS / "ia-hdrai-2022", folder)
    path = folder / "targets.yaml"
    text = path.read_text(encoding="utf-8").replace("line: 88,", "line: 87,")
    path.write_text(text, encoding="utf-8")

    assert main(["plan", "check", str(folder)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Dòng 87 của văn bản không có câu này." in said.err
    assert "targets[2].at_least.source.quote" in said.err

    assert main(["plan", "check", str(folder), "--json"]) == 2
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error["file"] == "targets.yaml"
    assert "line: 87," in text.split("\n")[error["line"] - 1]


def test_load_then_list_then_progress(office, capsys):
    assert main(["plan", "load"]) == 0
    assert main(["plan", "load", "ia-hdrai-2022", "--json"]) == 0
    capsys.readouterr()

    assert main(["plan", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {p["id"]: p["villages"] for p in listed["packs"]} == {
        "dak-lak-2021": 0,
        "dak-song-2023": 0,
        "ia-hdrai-2022": 12,
        "kon-plong-2024": 1,
        "ninh-thuan-2022": 0,
        "vi-du": 12,
    }
    assert sorted(row["id"] for row in listed["loaded"]) == ["ia-hdrai-2022", "vi-du"]
    assert main(["plan", "list"]) == 0
    assert "DỮ LIỆU MẪU" in capsys.readouterr().out

    assert main(["progress", "--area", "ia-hdrai", "--period", "2026-Q4", "--json"]) == 0
    progress = json.loads(capsys.readouterr().out)
    assert (progress["submitted"], progress["expected"], progress["sample"]) == (0, 48, True)
    assert progress["villages"][0]["indicators"][0]["status"] == "insufficient_data"

    assert main(["progress", "--area", "ia-toi", "--period", "2026-Q4"]) == 0
    text = capsys.readouterr().out
    assert "DỮ LIỆU MẪU" in text
    assert "0/16" in text


def test_show_says_what_nobody_has_decided(office, capsys):
    assert main(["plan", "show", "ia-hdrai-2022"]) == 0
    shown = capsys.readouterr().out
    assert "17.8 Tỷ lệ hộ có nhà tiêu" in shown
    assert "chưa có ngưỡng" in shown
    assert "≥ 95% [kh-2022:91]" in shown
    assert "chưa đặt hạn [kh-2022:145]" in shown
    assert main(["plan", "show", "vi-du", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sample"] is True
    assert main(["plan", "show", "vi-du"]) == 0
    assert "trước ngày 13" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["plan", "check", "khong-co"], "Không có gói kế hoạch khong-co."),
        (["progress", "--area", "ia-toi"], "Chưa nạp kế hoạch vi-du"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(office, capsys, arguments, sentence):
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--area", "gia-lai"], "Kế hoạch không có đơn vị gia-lai."),
        (["--area", "ia-toi", "--period", "quý 4"], "quý 4 không phải là kỳ báo cáo"),
        (["--area", "ia-toi", "--period", "2026-13"], "2026-13 không phải là kỳ báo cáo"),
    ],
)
def test_a_wrong_area_or_period_is_named(office, capsys, arguments, sentence):
    main(["plan", "load"])
    assert main(["progress", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_without_tables_it_says_what_to_run(office, capsys, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{office / 'empty.sqlite3'}")
    for arguments in (["plan", "load"], ["progress", "--area", "ia-toi"]):
        assert main(arguments) == 2
        assert "thonmoi migrate" in capsys.readouterr().err
    assert main(["plan", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["loaded"] == []
