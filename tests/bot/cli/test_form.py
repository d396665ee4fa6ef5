"""`thonmoi form` as its user meets it: files in, JSON and sentences out, exit codes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bot.cli import main

SOURCE = """
| survey |
| | type | name | label | required | required_message | relevant | constraint | constraint_message | default |
| | integer | total | Bao nhiêu hộ? | yes | Xin bác cho biết | | . >= 0 | Số ${total} chưa đúng | |
| | integer | temp | Bao nhiêu nhà tạm trong ${total} hộ? | yes | | ${total} > 0 | . <= ${total} | Nhà tạm (${temp}) nhiều hơn ${total} hộ | |
| | date | day | Ngày? | | | | . <= today() | | today() |
| | select_multiple kind | kinds | Loại nào? | | | | | | |
| choices |
| | list_name | name | label |
| | kind | a | A |
| | kind | b | B |
| settings |
| | form_title | form_id | version |
| | Nhà tạm | temp | 7 |
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "temp.md"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.fixture
def evaluate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: Path
) -> Callable[[object], dict[str, Any]]:
    def call(request: object) -> dict[str, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(request)))
        assert main(["form", "eval", str(source)]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return call


def test_eval_shows_every_node(evaluate: Callable[[object], dict[str, Any]]) -> None:
    answers = {"/data/total": "20", "/data/temp": "25", "/data/kinds": ["a", "b"]}
    seen = evaluate({"now": "2026-11-22T01:00:00+07:00", "lang": "vi", "answers": answers})
    assert seen["nodes"]["/data/temp"] == {
        "relevant": True,
        "required": True,
        "value": "25",
        "valid": False,
        "message": "Nhà tạm (25) nhiều hơn 20 hộ",
        "label": "Bao nhiêu nhà tạm trong 20 hộ?",
    }
    assert seen["nodes"]["/data/kinds"]["value"] == "a b"
    assert seen["nodes"]["/data/day"]["value"] == "2026-11-22"
    root = ET.fromstring(seen["submission_xml"])  # noqa: S314  (our own)
    assert [(child.tag, child.text) for child in root][:2] == [("total", "20"), ("temp", "25")]


def test_a_required_blank_is_not_valid_unless_nobody_is_asked(
    evaluate: Callable[[object], dict[str, Any]],
) -> None:
    seen = evaluate({"now": "2026-11-22T01:00:00", "answers": {"/data/total": None}})["nodes"]
    assert (seen["/data/total"]["valid"], seen["/data/total"]["message"]) == (
        False,
        "Xin bác cho biết",
    )
    assert (seen["/data/temp"]["relevant"], seen["/data/temp"]["valid"]) == (False, True)


@pytest.mark.parametrize(
    ("stdin", "says"),
    [
        ("{", "JSON"),
        ("[]", "stdin"),
        ('{"answers": {"/data/x": "1"}}', "/data/x"),
        ('{"now": "hôm nay"}', "now"),
    ],
)
def test_eval_refuses_in_one_sentence(
    stdin: str,
    says: str,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    assert main(["form", "eval", str(source)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


def test_check_says_sheet_and_row_in_vietnamese(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["form", "check", str(source)]) == 0
    assert "Nhà tạm (temp, bản 7)" in capsys.readouterr().out
    source.write_text(SOURCE.replace(". >= 0", ". >=").replace("integer | temp", "intger | temp"))
    assert main(["form", "check", str(source)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "Trang survey, dòng 2, cột constraint" in lines[0]
    assert "Trang survey, dòng 3, cột type" in lines[1]


def test_check_as_json(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["form", "check", "--json", str(source)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "id": "temp",
        "version": "7",
        "title": "Nhà tạm",
        "problems": [],
        "warnings": [],
    }
    source.write_text(SOURCE.replace(". >= 0", ". >="))
    assert main(["form", "check", "--json", str(source)]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["sheet"], problem["row"], problem["column"]) == ("survey", 2, "constraint")


def test_an_xform_file_is_taken_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<a/>")
    assert main(["form", "check", str(path)]) == 2
    assert "XForm" in capsys.readouterr().err
    assert main(["form", "check", str(tmp_path / "none.md")]) == 2
    assert "none.md" in capsys.readouterr().err


def test_publish_stores_and_refuses_a_changed_version(
    source: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert main(["form", "publish", "--json", str(source)]) == 0
    (stored,) = json.loads(capsys.readouterr().out)["forms"]
    assert (stored["id"], stored["version"], stored["new"]) == ("temp", "7", True)
    assert main(["form", "publish", str(source)]) == 0
    assert "từ trước" in capsys.readouterr().out
    source.write_text(SOURCE.replace("Loại nào?", "Những loại nào?"))
    assert main(["form", "publish", str(source)]) == 2
    assert "bản 7" in capsys.readouterr().err
    assert main(["form", "publish"]) == 2
    assert "--all" in capsys.readouterr().err


def test_the_four_questionnaires_are_published_with_all(
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert main(["form", "publish", "--all", "--json"]) == 0
    stored = json.loads(capsys.readouterr().out)["forms"]
    four = {"nha-o", "nha-tieu", "nuoc", "rac-thai"}
    assert {form["id"] for form in stored} == four | {"bao-cao-dot-xuat"}
