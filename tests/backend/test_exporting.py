"""Submissions handed out: everything in force, nothing of a person, nothing that a sheet would run."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from backend.exporting import COLUMNS, As, UnknownAreaError, Wanted, export
from backend.models import Answer, Submission
from tests.backend.review.scene import PLAN, Scene, make_scene
from tests.clock import HandClock


@pytest.fixture
async def scene(database: str, clock: HandClock) -> Scene:
    found = await make_scene(clock)
    await found.sent("ia-dal-thon-1", "nha-o")
    await found.sent("ia-dal-thon-2", "nuoc")
    await found.sent("ia-toi-thon-1", "nuoc")
    await Answer.filter(submission__area__code="ia-dal-thon-2").update(value="=1+1", number=None)
    return found


def left_behind(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".export")]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


async def test_a_commune_is_handed_out_in_every_form(scene: Scene, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    wanted = Wanted(PLAN, "ia-dal")
    made = await export(
        wanted, As.CSV, tmp_path / "a.csv", progress=lambda d, a: told.append((d, a))
    )
    assert (made.submissions, made.answers) == (2, 2)
    assert told[-1] == (2, 2)
    found = rows(tmp_path / "a.csv")
    assert {r["area"] for r in found} == {"ia-dal-thon-1", "ia-dal-thon-2"}
    assert {r["value"] for r in found} == {"96", "'=1+1"}  # a sheet runs nothing
    assert "Minh" not in (tmp_path / "a.csv").read_text("utf-8-sig")  # nobody's name

    await export(wanted, As.XLSX, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    cells = [[c.value for c in row] for row in sheet.iter_rows()]
    assert cells[0] == list(COLUMNS)
    assert len(cells) == 3
    assert {c.data_type for row in sheet.iter_rows() for c in row} <= {"s", "n"}

    await export(wanted, As.XML, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as made_zip:
        bodies = {made_zip.read(n).decode() for n in made_zip.namelist()}
    stored = await Submission.filter(area__code__startswith="ia-dal").values_list("xml", flat=True)
    assert bodies == set(stored)
    assert left_behind(tmp_path) == []


async def test_corrections_are_left_out_unless_asked_for(scene: Scene, tmp_path: Path) -> None:
    interview = await scene.interview("ia-dal-thon-1", "nha-o", "2026-Q4")
    await scene.submit(interview)
    target = tmp_path / "a.csv"
    await export(Wanted(PLAN, "ia-dal-thon-1"), As.CSV, target)
    assert [(r["version"], r["in_force"]) for r in rows(target)] == [("2", "1")]
    await export(Wanted(PLAN, "ia-dal-thon-1", every_version=True), As.CSV, target)
    assert [r["version"] for r in rows(target)] == ["1", "2"]
    await export(Wanted(PLAN, "ia-dal-thon-1", "2025-Q1"), As.CSV, target)
    assert rows(target) == []


async def test_an_area_that_is_not_there_leaves_the_old_file(scene: Scene, tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("before")
    with pytest.raises(UnknownAreaError):
        await export(Wanted(PLAN, "nowhere"), As.CSV, target)
    assert target.read_text() == "before"
