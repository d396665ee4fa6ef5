"""`thonmoi area` and `thonmoi plan new` as an office meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.cli import main


@pytest.fixture(autouse=True)
def inside(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the office's folder."""
    monkeypatch.chdir(office)


def test_a_template_filled_in_is_previewed_and_then_put_in(office, capsys):
    assert main(["plan", "load"]) == 0
    assert main(["area", "template", "ds.xlsx"]) == 0
    assert main(["area", "template", "ds.xlsx"]) == 2
    book = load_workbook(office / "ds.xlsx")
    sheet = book["Danh sách thôn"]
    assert [c.value for c in sheet[1]][1:] == [
        "Thôn",
        "Xã",
        "Người phụ trách",
        "Số điện thoại",
        "Số hộ",
    ]
    # The sample's numbers of households are made up, so the office is asked for its own.
    assert [row[5].value for row in sheet.iter_rows(min_row=2)] == [None] * 12
    sheet["D2"], sheet["E2"], sheet["F2"] = "Lò Văn B", 901234567, 133
    book.save(office / "ds.xlsx")
    capsys.readouterr()

    assert main(["area", "import", "ds.xlsx"]) == 0
    said = capsys.readouterr().out
    assert "Dòng 2: Thôn 3 (Xã Ia Đal): 133 hộ, trước đây 128 hộ" in said
    assert "Chưa nhập gì. Muốn nhập, xin thêm --apply." in said
    assert "901234567" not in said
    assert main(["area", "import", "ds.xlsx", "--apply", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["applied"], len(done["changes"]), done["unchanged"]) == (True, 2, 11)


def test_a_wrong_list_ends_with_2_and_says_each_row(office, capsys):
    main(["plan", "load"])
    (office / "ds.csv").write_text("thôn,xã,số hộ\nThôn 1,Ia Đal,0\n,Ia Đal,5\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["area", "import", "ds.csv", "--apply"]) == 2
    said = capsys.readouterr().out
    assert "Có 2 chỗ sai: chưa nhập gì cả." in said
    assert "Dòng 3, cột Thôn: Thiếu tên thôn." in said
    assert main(["area", "import", "khong-co.xlsx"]) == 2
    assert "Không đọc được tệp" in capsys.readouterr().err


def test_the_reform_that_comes_along_is_tried_and_then_applied(office, capsys):
    main(["plan", "load"])
    capsys.readouterr()
    assert main(["area", "reform", "reform-2025", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Xã Ia Tơi (ia-toi-2025) có từ ngày 01/07/2025, gồm: Xã Ia Dom, Xã Ia Tơi" in said
    assert main(["area", "reform", "reform-2025", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["applied"] is True
    assert main(["area", "reform", "reform-2025"]) == 0
    assert "đã áp dụng từ trước" in capsys.readouterr().out
    assert main(["progress", "--area", "quang-ngai-2025", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["villages"]) == 12

    (office / "r.yaml").write_text("title: x\ndate: 2025-07-01\nends: [ia-toi-2025]\n")
    assert main(["area", "reform", "r.yaml"]) == 2
    assert "r.yaml:3: ends[0]: Xã Ia Tơi kết thúc, nhưng còn 4 đơn vị" in capsys.readouterr().err


def test_an_office_writes_its_own_plan_and_works_by_it(office, capsys, monkeypatch):
    made = ["plan", "new", "xa-moi-2026", "--name", 'Kế hoạch: "năm 2026" # 1', "--root", "Xã Mới"]
    assert main(made) == 0
    assert "← ĐIỀN" in (office / "xa-moi-2026" / "plan.yaml").read_text(encoding="utf-8")
    assert main(["plan", "check", "xa-moi-2026"]) == 0
    assert main(made) == 2
    assert main(["plan", "load", "xa-moi-2026"]) == 0
    monkeypatch.setenv("PLAN", str(office / "xa-moi-2026"))
    (office / "ds.csv").write_text(
        "thôn,xã,số hộ\nThôn 1,Mới,50\nThôn 2,Mới,60\n", encoding="utf-8"
    )
    assert main(["area", "import", "ds.csv", "--apply"]) == 0
    capsys.readouterr()
    assert main(["progress", "--area", "moi", "--json"]) == 0
    progress = json.loads(capsys.readouterr().out)
    assert progress["plan_name"] == 'Kế hoạch: "năm 2026" # 1'
    assert [v["code"] for v in progress["villages"]] == ["moi-thon-1", "moi-thon-2"]
    assert {i["threshold"] for i in progress["indicators"]} == {None}


@pytest.mark.parametrize(
    "wrong",
    [
        ["mã có dấu", "--name", "x", "--root", "Xã A"],
        ["vi-du", "--name", "x", "--root", "Xã A"],
        ["a", "--name", "x", "--root", "Nơi Nào"],
        ["a", "--name", "x", "--root", "Xã !!!"],
    ],
)
def test_what_cannot_be_a_plan_is_refused_and_nothing_is_written(office, capsys, wrong):
    before = set(office.iterdir())
    assert main(["plan", "new", *wrong]) == 2
    assert capsys.readouterr().err.startswith("thonmoi: ")
    assert {p.name for p in set(office.iterdir()) - before} <= {"data"}
