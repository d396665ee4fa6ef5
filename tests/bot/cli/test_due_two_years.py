"""`thonmoi due --at … --json` says what the reviewed tables of two years say, for every plan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.backend.schedule import test_two_years as years

MOST_DAYS = 8
"""So many lines of a table are asked for, spread over it; the first and the last among them."""


@pytest.fixture
def due(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sqlite_template: Path,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Return a function that loads a plan, and one that asks what is due at a moment."""
    path = tmp_path / "office.sqlite3"
    shutil.copyfile(sqlite_template, path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{path}?synchronous=OFF")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("OFFICE_LANG", raising=False)

    def command(*words: str) -> Any:
        assert main([*words]) == 0
        return json.loads(capsys.readouterr().out)

    def load(plan: str) -> Any:
        monkeypatch.setenv("PLAN", plan)
        main(["plan", "load"])
        capsys.readouterr()
        return command

    return load


def lines(plan: str) -> list[str]:
    return (years.HERE / f"{plan}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("plan", years.PLANS)
def test_the_command_says_what_the_table_says(plan: str, due: Any) -> None:
    command = due(plan)
    dated = [x for x in lines(plan) if not x.startswith("no day set")]
    chosen = dated[:: max(1, len(dated) // (MOST_DAYS - 1))] + dated[-1:]
    for line in chosen:
        day, period, names = line.split(" | ")
        told, _, own = day.removesuffix(")").partition(" (plan: ")
        last = told.split()[1]
        found = command("due", "--at", f"{last}T23:59:59+07:00", "--json")
        first = found["deadlines"][0]
        year, month, number = last.split("-")
        assert (first["day"], first["plan_day"]) == (last, own.split()[1] if own else None)
        assert first["said"] == f"chậm nhất {number}/{month}/{year}"
        assert (first["period"], "; ".join(first["names"])) == (period, names)

    undated = [x.split(" | ") for x in lines(plan) if x.startswith("no day set")]
    january = command("due", "--at", f"{plan_year(plan)}-01-01T00:00:00+07:00", "--json")
    said = [
        (d["said"], d["period"], "; ".join(d["names"]))
        for d in january["deadlines"]
        if d["day"] is None
    ]
    assert said == [("chưa đặt hạn", period, names) for _, period, names in undated]


def plan_year(plan: str) -> int:
    return 2026 if plan == "vi-du" else int(plan.rsplit("-", 1)[1])


def test_midnight_is_the_offices(due: Any) -> None:
    command = due("dak-song-2023")

    def first(at: str) -> Any:
        return command("due", "--at", at, "--json")["deadlines"][0]

    assert first("2023-06-12T16:59:59Z")["names"] == [
        "Báo cáo tháng",
        "Báo cáo quý",
        "Báo cáo 6 tháng",
    ]
    assert first("2023-06-12T17:00:00Z")["day"] == "2023-07-12", "in the office it is the 13th"


def test_kon_plong_has_no_day_until_the_office_sets_one_with_its_frequency(due: Any) -> None:
    command = due("kon-plong-2024")

    def told() -> list[tuple[str | None, str, str]]:
        found = command("due", "--at", "2024-02-01T08:00", "--json")["deadlines"]
        return [(d["day"], d["said"], d["period"]) for d in found]

    assert told() == [(None, "chưa đặt hạn", "")]
    command(
        "setting", "set", "deadline:criteria-report", "1 hằng quý", "--source", "Công văn 9",
        "--from", "01/01/2024", "--json",
    )  # fmt: skip
    # Before the first of March: the last safe day is the leap day.
    assert told()[0] == ("2024-02-29", "chậm nhất 29/02/2024", "2024-Q1")
