"""`thonmoi setting` as an office meets it, and what `thonmoi due` says afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main

QUARTERLY = "deadline:quarterly"


@pytest.fixture(autouse=True)
def _of_a_real_plan(monkeypatch: pytest.MonkeyPatch, office: Path) -> None:
    monkeypatch.setenv("PLAN", "ia-hdrai-2022")


def test_a_deadline_that_nobody_had_set(office, capsys):
    def said(*command: str, code: int = 0):
        assert main(list(command)) == code
        return json.loads(capsys.readouterr().out)

    def due() -> list[tuple[str | None, str]]:
        found = said("due", "--at", "2022-03-01T08:00", "--json")["deadlines"]
        return [(d["day"], d["said"]) for d in found]

    main(["plan", "load"])
    capsys.readouterr()
    assert due() == [(None, "chưa đặt hạn")]
    listed = {i["key"]: i for i in said("setting", "list", "--json")}
    assert listed[QUARTERLY]["shown"] == "chưa đặt"
    assert listed[QUARTERLY]["origin"] == "kế hoạch không nêu"
    assert listed["threshold:thon-khao-sat/17.1"]["value"] is None

    put = ("setting", "set", QUARTERLY, "13", "--source", "Công văn 7", "--from", "01/01/2022")
    assert said(*put, "--dry-run", "--json")["applied"] is False
    assert due() == [(None, "chưa đặt hạn")]
    done = said(*put, "--by", "Chị Hạnh", "--json")
    assert (done["applied"], done["set"]["by"], done["set"]["via"]) == (True, "Chị Hạnh", "command")
    assert due() == [
        ("2022-03-11", "chậm nhất 11/03/2022"),  # the 12th is a Saturday
        ("2022-06-10", "chậm nhất 10/06/2022"),
    ]

    said("setting", "end", QUARTERLY, "--source", "Công văn 8", "--from", "2022-04-01", "--json")
    assert [day for day, _ in due()] == ["2022-03-11"]
    log = said("setting", "log", "--json")
    assert [(r["act"], r["source"], r["valid_from"]) for r in log] == [
        ("end", "Công văn 8", "2022-04-01"),
        ("set", "Công văn 7", "2022-01-01"),
    ]
    assert main(["setting", "log", "--key", "lead_days"]) == 0
    assert "chưa đặt gì" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("set", QUARTERLY, "32", "--source", "Công văn 7"), "từ 1 đến 31"),
        (("set", QUARTERLY, "13", "--source", ""), "văn bản quy định"),
        (("set", "deadline:khac", "13", "--source", "Công văn 7"), "không có mục"),
        (("set", "khac", "13", "--source", "Công văn 7"), "Không có mục khac"),
        (("set", "lead_days", "61", "--source", "Công văn 7"), "từ 0 đến 60"),
        (("set", "lead_days", "5", "--source", "Công văn 7", "--from", "x"), "25/12/2026"),
        (("end", "lead_days", "--source", "Công văn 7"), "chưa đặt giá trị riêng"),
        (("set", "day_off", "25/12/99", "--source", "Công văn 7"), "25/12/2026"),
        (("log", "--limit", "0"), "--limit"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_2(office, capsys, command, said):
    main(["plan", "load"])
    capsys.readouterr()
    assert main(["setting", *command]) == 2
    errors = capsys.readouterr().err.strip()
    assert said in errors
    assert "\n" not in errors
    main(["setting", "log", "--json"])
    assert json.loads(capsys.readouterr().out) == []


def test_without_a_plan(office, capsys):
    assert main(["setting", "list"]) == 2
    assert "thonmoi plan load" in capsys.readouterr().err


def test_one_commune_has_its_own_quiet_hours(office, capsys):
    def said(*command: str, code: int = 0):
        assert main(list(command)) == code
        return json.loads(capsys.readouterr().out) if code == 0 else capsys.readouterr().err

    main(["plan", "load"])
    capsys.readouterr()
    put = ("setting", "set", "quiet_hours", "20:00-07:00", "--source", "CV 3", "--area", "ia-dal")
    done = said(*put, "--json")
    assert (done["key"], done["set"]["area"]) == ("quiet_hours@ia-dal", "ia-dal")
    assert any("Xã Ia Đal: Giờ yên lặng" in line for line in done["preview"])

    def shown(*where: str) -> dict[str, tuple[str, str]]:
        listed = said("setting", "list", "--json", *where)
        return {i["key"]: (i["shown"], i["origin"]) for i in listed}

    of_commune = shown("--area", "ia-dal")
    assert of_commune["quiet_hours@ia-dal"][0] == "20:00–07:00"
    assert of_commune["remind_at@ia-dal"] == ("07:30", "như chung cả kế hoạch")
    village = shown("--area", "ia-dal-thon-3")
    assert village["quiet_hours@ia-dal-thon-3"] == ("20:00–07:00", "như ở Xã Ia Đal")
    assert shown()["quiet_hours"][0] == "21:00–06:30", "the whole plan's stay"
    assert shown("--area", "ia-hdrai") == shown(), "the plan's own area is the whole plan"
    assert len(said("setting", "log", "--area", "ia-dal", "--json")) == 1
    assert said("setting", "log", "--area", "ia-toi", "--json") == []
    for wrong in (("lead_days", "5", "--area", "ia-dal"), ("remind_at", "8:00", "--area", "x")):
        said("setting", "set", *wrong, "--source", "CV 3", code=2)
    said("setting", "end", "quiet_hours", "--source", "CV 4", "--area", "ia-dal", "--json")
    assert shown("--area", "ia-dal")["quiet_hours@ia-dal"][0] == "21:00–06:30"
