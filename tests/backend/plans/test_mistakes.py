"""A plan with a mistake is refused: which file, which line, which key, why."""

import shutil
from pathlib import Path

import pytest

from backend.plans.load import PACKS, PackRefusedError, load_pack
from tests.backend.plans.mistakes import SPOILED

REAL = PACKS / "ia-hdrai-2022"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the real pack, to be spoiled."""
    shutil.copytree(REAL, tmp_path / "pack")
    return tmp_path / "pack"


def refused(folder: Path):
    with pytest.raises(PackRefusedError) as refusal:
        load_pack(folder)
    return refusal.value.errors


@pytest.mark.parametrize("name", SPOILED)
def test_a_mistake_is_refused_with_its_file_key_and_reason(folder, name):
    file, before, after, key, reason = SPOILED[name]
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")

    found = [(e.file, e.key, e.reason.msgid) for e in refused(folder)]

    assert (file, key, reason) in found


def test_the_line_of_a_mistake_is_the_line_in_its_file(folder):
    path = folder / "areas.yaml"
    lines = path.read_text(encoding="utf-8").split("\n")
    wrong = next(i for i, line in enumerate(lines) if "parent: kon-tum" in line)
    lines[wrong] = "    parent: gia-lai"
    path.write_text("\n".join(lines), encoding="utf-8")

    (error,) = refused(folder)

    assert error.line == wrong + 1


def test_all_mistakes_are_told_at_once(folder):
    path = folder / "targets.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("line: 88,", "line: 87,").replace("line: 92,", "line: 93,"), "utf-8"
    )

    assert len(refused(folder)) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("id: [", "This is not YAML that can be read."),
        ("- a\n- b\n", "The file must hold keys with values."),
        ("", "The file must hold keys with values."),
        ("a: &a [1, 1]\nb: &b [*a, *a]\n" + "c: &c [*b, *b]\n", "This key is not known."),
        ("year: 2022-13-45", "{value} cannot be read."),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path, content, reason):
    (tmp_path / "plan.yaml").write_text(content, encoding="utf-8")

    assert reason in {e.reason.msgid for e in refused(tmp_path)}


def test_aliases_cannot_grow_without_bound(tmp_path):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in range(1, 9):
        bomb += f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]\n"
    (tmp_path / "plan.yaml").write_text(bomb, encoding="utf-8")

    (error,) = refused(tmp_path)

    assert error.reason.msgid == "The file is too large."


def test_no_files_are_no_plan(tmp_path):
    (error,) = refused(tmp_path)
    assert error.reason.msgid == "The folder must hold 1 to {most} .yaml files."


def test_an_unknown_id_is_refused():
    with pytest.raises(PackRefusedError, match="1 mistake"):
        load_pack("khong-co")


def test_packs_that_extend_one_another_for_ever_are_refused(folder, monkeypatch):
    monkeypatch.setattr("backend.plans.load.PACKS", folder.parent)
    with (folder / "plan.yaml").open("a", encoding="utf-8") as plan:
        plan.write("extends: pack\n")

    (error,) = refused(folder)

    assert error.reason.msgid == "Packs extend one another too many times."
