"""Mistakes in sponsors, inspections, activities, tasks, targets and sets are refused as well."""

import shutil
from pathlib import Path

import pytest

from backend.plans.load import PACKS, PackRefusedError, load_pack

TASKS = """\
    tasks:
      - {id: t1, name: Dọn rác, area: kon-plong-vi-o-lac, criterion: "1", period: "2024-05"}
"""
TEN = """\
    criteria:
      - {code: "1", name: Một}

  - id: xa-2021-2025
"""

SPOILED = {
    "a sponsor of an unknown commune": (
        "ninh-thuan-2022",
        "support.yaml",
        [("area: ninh-hai-ho-hai", "area: ninh-hai-ho-ha")],
        "sponsors[3].area",
        "There is no area {name}.",
    ),
    "a commune with two rows of sponsors": (
        "ninh-thuan-2022",
        "support.yaml",
        [("area: ninh-hai-ho-hai", "area: ninh-phuoc-an-hai")],
        "sponsors[3]",
        "{name} stands here twice.",
    ),
    "a commune without a sponsor's name": (
        "ninh-thuan-2022",
        "support.yaml",
        [('{name: "Sở Tư pháp"', '{name: ""')],
        "sponsors[6].by[0].name",
        "A name is needed here.",
    ),
    "a sponsor that another row of the annex has": (
        "ninh-thuan-2022",
        "support.yaml",
        [("line: 193, to_line: 196", "line: 200, to_line: 203")],
        "sponsors[6].by[0].source.quote",
        "Line {line} of the document does not say this.",
    ),
    "lines that end before they begin": (
        "ninh-thuan-2022",
        "support.yaml",
        [("line: 193, to_line: 196", "line: 193, to_line: 192")],
        "sponsors[6].by[0].source.to_line",
        "There is no line {line}, the document has {most}.",
    ),
    "an inspection of an unknown commune": (
        "ninh-thuan-2022",
        "support.yaml",
        [("areas: [ninh-son-quang-son,", "areas: [ninh-son-quang-sown,")],
        "inspections[0].areas[0]",
        "There is no area {name}.",
    ),
    "an inspection that ends before it begins": (
        "ninh-thuan-2022",
        "support.yaml",
        [("begin: 2022-10-01", "begin: 2023-10-01")],
        "inspections[1].end",
        "It ends before it begins.",
    ),
    "an inspection twice": (
        "ninh-thuan-2022",
        "support.yaml",
        [("id: ntm-democracy", "id: ntm")],
        "inspections[1]",
        "{name} stands here twice.",
    ),
    "a range without an end": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("    at_most: {value: 5,", "    estimate: {value: 5,")],
        "targets[6].at_most",
        "A range has a least and a most.",
    ),
    "a share of more than all": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("at_least: {value: 10,", "at_least: {value: 110,")],
        "targets[1].at_least",
        "A percentage lies between 0 and 100.",
    ),
    "more villages than there are": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("of: {value: 254,", "of: {value: 24,")],
        "targets[0].of.value",
        "The target is more than all there are.",
    ),
    "a target beside none": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("beside: villages-share", "beside: village-share")],
        "targets[0].beside",
        "There is no other target {name}.",
    ),
    "a target beside itself": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("beside: villages-share", "beside: villages")],
        "targets[0].beside",
        "There is no other target {name}.",
    ),
    "an exists-rule that goes upwards": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("has: village", "has: province")],
        "targets[2].has",
        "Say what each of them must have below it (has).",
    ),
    "a target of an unknown set": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("criteria_set: thon-2021-2025", "criteria_set: thon-2016-2020")],
        "targets[0].criteria_set",
        "There is no criteria set {name}.",
    ),
    "a kind of target that there is not": (
        "ninh-thuan-2022",
        "plan.yaml",
        [("kind: exists", "kind: forall")],
        "targets[2].kind",
        "{value} is none of these: {expected}.",
    ),
    "a floor for nobody": (
        "dak-lak-2021",
        "plan.yaml",
        [("    each: commune\n", "")],
        "targets[7].each",
        "Say for which units this holds (each).",
    ),
    "a floor of nothing": (
        "dak-lak-2021",
        "plan.yaml",
        [("at_least: {value: 7,", "baseline: {value: 7,")],
        "targets[7].at_least",
        "Say how much is the least (at_least).",
    ),
    "a number for what is only kept": (
        "dak-lak-2021",
        "plan.yaml",
        [
            (
                "    kind: keep\n",
                "    kind: keep\n    at_least: {value: 1, source: {doc: kh-2021}}\n",
            )
        ],
        "targets[9].at_least",
        "A target of this kind has no number.",
    ),
    "nobody to be recognised": (
        "dak-song-2023",
        "plan.yaml",
        [("    areas: [dak-song-dak-ndrung]\n", "")],
        "targets[1].areas",
        "Name the units that are to be recognised (areas).",
    ),
    "a lead of a criterion without indicators": (
        "dak-lak-2021",
        "criteria.yaml",
        [
            (
                "        name: Quy hoạch\n",
                "        name: Quy hoạch\n        consolidation: {lead: Sở Xây dựng}\n",
            )
        ],
        "criteria_sets[0].criteria[0].consolidation",
        "There are no indicators here to put together.",
    ),
    "an official indicator that there is not": (
        "dak-lak-2021",
        "survey.yaml",
        [
            (
                'official: {criteria_set: xa-2016-2020, code: "17.6"}',
                'official: {criteria_set: xa-2016-2020, code: "17.9"}',
            )
        ],
        "criteria_sets[2].indicators[5].official",
        "There is no indicator {name}.",
    ),
    "an owner twice with the same part": (
        "dak-song-2023",
        "criteria.yaml",
        [
            ("lĩnh vực do ngành Nông nghiệp quản lý", "lĩnh vực do ngành Y tế quản lý"),
            (
                'name: "Phòng Nông nghiệp và Phát triển nông thôn", scope: "lĩnh',
                'name: "Phòng Y tế", scope: "lĩnh',
            ),
        ],
        "criteria_sets[0].indicators[11].owners[2]",
        "{name} stands here twice.",
    ),
    "questions without a questionnaire": (
        "dak-song-2023",
        "criteria.yaml",
        [
            (
                'name: Mai táng, hỏa táng\n        criterion: "17"\n',
                'name: Mai táng, hỏa táng\n        criterion: "17"\n        numerator: [hyg]\n',
            )
        ],
        "criteria_sets[0].indicators[6].numerator",
        "Without a questionnaire there are no questions.",
    ),
    "more criteria than stated": (
        "dak-song-2023",
        "criteria.yaml",
        [("criteria_stated: {value: 19,", "criteria_stated: {value: 18,")],
        "criteria_sets[0].criteria_stated.value",
        "More criteria are listed than stated.",
    ),
    "a set that replaces itself": (
        "dak-song-2023",
        "criteria.yaml",
        [("replaces: xa-2016-2021", "replaces: xa-2021-2025")],
        "criteria_sets[0].replaces",
        "There is no criteria set {name}.",
    ),
    "recognised under an unknown set": (
        "dak-song-2023",
        "areas.yaml",
        [("criteria_set: xa-2016-2021", "criteria_set: xa-2011-2015")],
        "areas[5].recognised[0].criteria_set",
        "There is no criteria set {name}.",
    ),
    "no e-mail address": (
        "dak-song-2023",
        "plan.yaml",
        [("&email phongnndaksong@gmail.com", "&email phongnndaksong")],
        "obligations[0].email",
        "{name} is no e-mail address.",
    ),
    "a decision without a number": (
        "kon-plong-2024",
        "criteria.yaml",
        [("      - number: 147/QĐ-UBND\n        issuer", "      - issuer")],
        "criteria_sets[0].decisions[0].number",
        "This key is missing.",
    ),
    "a day for what has no cadence": (
        "kon-plong-2024",
        "plan.yaml",
        [("before_day: null", "before_day: 25")],
        "obligations[0].before_day",
        "A deadline needs a cadence: say how often it comes back.",
    ),
    "an activity counted by an unknown question": (
        "kon-plong-2024",
        "plan.yaml",
        [("question: cleanups", "question: cleaning")],
        "activities[0].question",
        "There is no question {name}.",
    ),
    "an activity shown by a number": (
        "kon-plong-2024",
        "plan.yaml",
        [("photo: photo_waste", "photo: cleanups")],
        "activities[0].photo",
        "The question {name} is of another type.",
    ),
    "an activity in an unknown questionnaire": (
        "kon-plong-2024",
        "plan.yaml",
        [
            (
                "    questionnaire: rac-thai\n    question: cleanups",
                "    questionnaire: rac\n    question: cleanups",
            )
        ],
        "activities[0].questionnaire",
        "There is no questionnaire {name}.",
    ),
    "a photo in no questionnaire": (
        "kon-plong-2024",
        "plan.yaml",
        [("    questionnaire: rac-thai\n    question: cleanups\n", "")],
        "activities[0].photo",
        "Without a questionnaire there are no questions.",
    ),
    "a task list of an unknown set": (
        "kon-plong-2024",
        "plan.yaml",
        [
            (
                "    criteria_set: thon-dtts-147\n    periods",
                "    criteria_set: thon-147\n    periods",
            )
        ],
        "task_plans[0].criteria_set",
        "There is no criteria set {name}.",
    ),
    "a task for a criterion that nobody listed": (
        "kon-plong-2024",
        "plan.yaml",
        [("    tasks: null  # the text asks for the list and has none\n", TASKS)],
        "task_plans[0].tasks[0].criterion",
        "There is no criterion {name} in this set.",
    ),
    "a task of a commune": (
        "kon-plong-2024",
        "plan.yaml",
        [
            ("    tasks: null  # the text asks for the list and has none\n", TASKS),
            ("area: kon-plong-vi-o-lac", "area: kon-plong-po-e"),
        ],
        "task_plans[0].tasks[0].area",
        "There is no village {name}.",
    ),
    "a task for a year": (
        "kon-plong-2024",
        "plan.yaml",
        [
            ("    tasks: null  # the text asks for the list and has none\n", TASKS),
            ('period: "2024-05"', 'period: "2024"'),
        ],
        "task_plans[0].tasks[0].period",
        "{name} is no period of this list, such as 2024-05.",
    ),
    "a task for no time": (
        "kon-plong-2024",
        "plan.yaml",
        [
            ("    tasks: null  # the text asks for the list and has none\n", TASKS),
            ('period: "2024-05"', 'period: "tháng 5"'),
        ],
        "task_plans[0].tasks[0].period",
        "{name} is no period of this list, such as 2024-05.",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_mistake_is_refused_with_its_file_key_and_reason(name, tmp_path):
    pack, file, changes, key, reason = SPOILED[name]
    folder = tmp_path / "pack"
    shutil.copytree(PACKS / pack, folder)
    text = (folder / file).read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    (folder / file).write_text(text, encoding="utf-8")

    with pytest.raises(PackRefusedError) as refusal:
        load_pack(folder)

    assert (file, key, reason) in [(e.file, e.key, e.reason.msgid) for e in refusal.value.errors]


def test_a_list_of_tasks_that_the_office_writes_is_taken(tmp_path: Path):
    folder = tmp_path / "pack"
    shutil.copytree(PACKS / "kon-plong-2024", folder)
    for file, before, after in (
        ("plan.yaml", "    tasks: null  # the text asks for the list and has none\n", TASKS),
        ("criteria.yaml", "    criteria: []\n\n  - id: xa-2021-2025\n", TEN),
    ):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")

    (task,) = load_pack(folder).task_plans[0].tasks

    assert (task.area, task.criterion, task.period) == ("kon-plong-vi-o-lac", "1", "2024-05")
