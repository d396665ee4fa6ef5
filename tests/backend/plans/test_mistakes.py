"""A plan with a mistake is refused: which file, which line, which key, why."""

import shutil
from pathlib import Path

import pytest

from backend.plans.load import PACKS, PackRefusedError, load_pack

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


SPOILED = {
    "an unknown key": (
        "plan.yaml",
        "unit_word: thôn",
        "unit_words: thôn",
        "unit_words",
        "This key is not known.",
    ),
    "a missing name": (
        "areas.yaml",
        "    name: Xã Ia Dom\n",
        "",
        "areas[2].name",
        "This key is missing.",
    ),
    "a level that there is not": (
        "areas.yaml",
        "level: district",
        "level: county",
        "areas[1].level",
        "{value} is none of these: {expected}.",
    ),
    "a code with marks": (
        "areas.yaml",
        "code: ia-dom",
        "code: xã-dom",
        "areas[2].code",
        "{value} is no code: use letters, digits, dots and dashes.",
    ),
    "a word for a number": (
        "targets.yaml",
        "{value: 17,",
        "{value: mười bảy,",
        "targets[0].at_least.value",
        "{value} is no number.",
    ),
    "the 32nd of a month": (
        "plan.yaml",
        "before_day: null",
        "before_day: 32",
        "obligations[0].before_day",
        "{value} is out of range, the bound is {bound}.",
    ),
    "a parent that there is not": (
        "areas.yaml",
        "parent: kon-tum",
        "parent: gia-lai",
        "areas[1].parent",
        "There is no area {name}.",
    ),
    "a commune in a village": (
        "areas.yaml",
        "    name: Xã Ia Dom\n    parent: ia-hdrai",
        "    name: Xã Ia Dom\n    parent: ia-dal-thon-3",
        "areas[2].parent",
        "A {level} cannot lie in a {parent}.",
    ),
    "one code for two villages": (
        "areas.yaml",
        "code: ia-dal-thon-4",
        "code: ia-dal-thon-3",
        "areas[6]",
        "{name} stands here twice.",
    ),
    "a root that there is not": (
        "plan.yaml",
        "root: ia-hdrai",
        "root: ia-hdray",
        "root",
        "There is no area {name}.",
    ),
    "an indicator of an unknown criterion": (
        "criteria.yaml",
        'name: Số hộ còn nhà tạm, nhà dột nát\n        criterion: "9"',
        'name: Số hộ còn nhà tạm, nhà dột nát\n        criterion: "8"',
        "criteria_sets[3].indicators[0].criterion",
        "There is no criterion {name} in this set.",
    ),
    "an indicator of an unknown questionnaire": (
        "criteria.yaml",
        "questionnaire: nha-o\n        numerator: [temp]",
        "questionnaire: nha-cua\n        numerator: [temp]",
        "criteria_sets[3].indicators[0].questionnaire",
        "There is no questionnaire {name}.",
    ),
    "an indicator of an unknown question": (
        "criteria.yaml",
        "numerator: [hyg]",
        "numerator: [hygienic]",
        "criteria_sets[3].indicators[2].numerator[0]",
        "There is no question {name}.",
    ),
    "a photo that is a number": (
        "criteria.yaml",
        "photo: [photo_source]",
        "photo: [hyg]",
        "criteria_sets[3].indicators[2].photo[0]",
        "The question {name} is of another type.",
    ),
    "more than all": (
        "criteria.yaml",
        "threshold: {value: 95,",
        "threshold: {value: 195,",
        "criteria_sets[3].indicators[2].threshold.value",
        "A threshold in percent lies between 0 and 100.",
    ),
    "a survey for an unknown report": (
        "plan.yaml",
        "{questionnaire: nuoc, period: quarterly, obligation: quarterly}",
        "{questionnaire: nuoc, period: quarterly, obligation: weekly}",
        "surveys[2].obligation",
        "There is no obligation {name}.",
    ),
    "words that the line does not have": (
        "targets.yaml",
        'quote: "tăng 04 thôn so với năm 2021',
        'quote: "tăng 05 thôn so với năm 2021',
        "targets[1].at_least.source.quote",
        "Line {line} of the document does not say this.",
    ),
    "the right words at the wrong line": (
        "targets.yaml",
        "line: 92,",
        "line: 93,",
        "targets[4].at_least.source.quote",
        "Line {line} of the document does not say this.",
    ),
    "a line beyond the end": (
        "targets.yaml",
        "line: 92,",
        "line: 920,",
        "targets[4].at_least.source.line",
        "There is no line {line}, the document has {most}.",
    ),
    "a document that there is not": (
        "targets.yaml",
        "{doc: kh-2022, line: 92,",
        "{doc: kh-2023, line: 92,",
        "targets[4].at_least.source.doc",
        "There is no document {name}.",
    ),
    "a text that is not there": (
        "plan.yaml",
        "file: source.txt",
        "file: nguon.txt",
        "documents.kh-2022.file",
        "The document's text {name} cannot be read.",
    ),
    "a text outside the pack": (
        "plan.yaml",
        "file: source.txt",
        "file: ../source.txt",
        "documents.kh-2022.file",
        "A document lies in the pack's own folder.",
    ),
    "a number that nobody states": (
        "areas.yaml",
        "households: {value: null}",
        "households: {value: 120}",
        "areas[5].households.source",
        "A number needs the source that states it.",
    ),
    "a target of an unknown village": (
        "targets.yaml",
        "areas: [ia-dal-thon-1, ",
        "areas: [ia-dal-thon-5, ",
        "targets[1].areas[0]",
        "There is no area {name}.",
    ),
    "a target of half an indicator": (
        "targets.yaml",
        '    indicator_set: thon-khao-sat\n    indicator: "17.6"',
        '    indicator: "17.6"',
        "targets[7].indicator",
        "An indicator is named by its set and its code, both.",
    ),
    "an end before the beginning": (
        "areas.yaml",
        "    parent: kon-tum\n",
        "    parent: kon-tum\n    valid_from: 2025-07-01\n    valid_to: 2025-06-30\n",
        "areas[1].valid_to",
        "It ends before it begins.",
    ),
    "a date and a day": (
        "plan.yaml",
        "before_day: null",
        "before_day: 13\n    before: 2022-03-13",
        "obligations[0].before",
        "Give either a day of the month or a date, not both.",
    ),
    "a date for what comes back": (
        "plan.yaml",
        "before_day: null",
        "before: 2022-03-13",
        "obligations[0].before",
        "What comes back needs a day of the month (before_day), not a date.",
    ),
    "one key twice": (
        "plan.yaml",
        "year: 2022",
        "year: 2022\nyear: 2023",
        "year",
        "The key {key} stands here twice.",
    ),
    "one key in two files": (
        "targets.yaml",
        "targets:",
        "year: 2022\ntargets:",
        "year",
        "The key {key} stands in {file} already.",
    ),
    "an unknown predecessor": (
        "areas.yaml",
        "    parent: kon-tum\n",
        "    parent: kon-tum\n    predecessors: [sa-thay]\n",
        "areas[1].predecessors[0]",
        "There is no area {name}.",
    ),
    "an indicator of nothing": (
        "criteria.yaml",
        "numerator: [hyg]",
        "numerator: []",
        "criteria_sets[3].indicators[2].numerator",
        "At least one question is needed here.",
    ),
    "a survey without a questionnaire": (
        "plan.yaml",
        "{questionnaire: nuoc, ",
        "{questionnaire: nuoc-2, ",
        "surveys[2].questionnaire",
        "There is no questionnaire {name}.",
    ),
    "a reminder after the last day": (
        "plan.yaml",
        "surveys:",
        "reminding: {offsets: [3, -1]}\nsurveys:",
        "reminding.offsets[1]",
        "A reminder cannot come after the last day.",
    ),
    "a day of the month for what is reported once": (
        "plan.yaml",
        "cadence: quarterly\n    before_day: null",
        "cadence: one_off\n    before_day: 13",
        "obligations[0].before_day",
        "What is reported once needs a date (before), not a day of the month.",
    ),
    "more at least than at most": (
        "targets.yaml",
        "    at_most: {value: 37.5,",
        "    at_least: {value: 40, source: {doc: kh-2022}}\n    at_most: {value: 37.5,",
        "targets[9].at_least.value",
        "The least is more than the most.",
    ),
    "a target of an unknown indicator": (
        "targets.yaml",
        'indicator: "17.6"',
        'indicator: "17.7"',
        "targets[7].indicator",
        "There is no indicator {name}.",
    ),
    "words that no line has": (
        "plan.yaml",
        'line: 130, quote: "Hướng dẫn',
        'quote: "Khuyến khích',
        "stages[0].source.quote",
        "The document does not say this.",
    ),
    "no date": (
        "areas.yaml",
        "    parent: kon-tum\n",
        "    parent: kon-tum\n    valid_to: cuối năm\n",
        "areas[1].valid_to",
        "{value} is no date such as 2026-12-31.",
    ),
    "no time": (
        "plan.yaml",
        "surveys:",
        "reminding: {at: sáng sớm}\nsurveys:",
        "reminding.at",
        "{value} is no time such as 07:30.",
    ),
    "a list where a word belongs": (
        "plan.yaml",
        "unit_word: thôn",
        "unit_word: [thôn, làng]",
        "unit_word",
        "{value} cannot stand here, a value of this kind can: {expected}.",
    ),
    "a base that there is not": (
        "plan.yaml",
        "year: 2022",
        "year: 2022\nextends: khong-co",
        "extends",
        "There is no plan pack {pack}.",
    ),
}


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
