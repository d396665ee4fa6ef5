"""Golden files: what JavaRosa says about our forms, and how to ask it.

`python tests/oracle/oracle.py` asks JavaRosa anew and writes tests/oracle/golden/; it needs `java`.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pyxform

from conversations.forms.compiled import CompiledForm
from conversations.forms.load import load
from conversations.forms.model import Context, QuestionType
from conversations.forms.publish import publish

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
FORMS = sorted((HERE / "forms").glob("*.md")) + sorted(
    (HERE.parents[1] / "conversations" / "questionnaires").glob("*.md")
)
EXPRESSIONS_FORM = HERE / "forms" / "expressions.xml"
EXPRESSIONS = HERE / "expressions.txt"
EXPRESSION_ANSWERS = {
    "/data/a": "abc def",
    "/data/i": "5",
    "/data/f": "2.50",
    "/data/d": "2024-02-29",
    "/data/m": "x y z",
    "/data/g/x": "3",
    "/data/g/z": "9",
}
JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
TABLES = {
    "village": [
        {"code": "v1", "name": "Thôn 1", "households": "95", "unit_word": "thôn", "ask_pens": "no"},
        {"code": "v2", "name": "Làng Ia", "households": "20", "unit_word": "làng"},
    ]
}
CASES_PER_FORM = 40
NUMBERS = ("0", "1", "2", "5", "19", "20", "21", "50", "94", "95", "96", "100", "101", "300")
POOLS = {
    QuestionType.INTEGER: NUMBERS,
    QuestionType.DECIMAL: ("0", "0.5", "2.50", "33.3", "99.99", "100", "100.01"),
    QuestionType.DATE: (
        "2023-12-31",
        "2024-01-01",
        "2024-02-29",
        "2024-03-01",
        "2024-12-31",
        "2025-01-01",
    ),
    QuestionType.TEXT: ("x", "không rõ", "abc 123", "một câu dài hơn hai mươi ký tự"),
    QuestionType.GEOPOINT: ("14.05 107.66 700 5",),
    QuestionType.IMAGE: ("photo.jpg",),
}
USUAL = {"relevant": True, "required": False, "value": "", "constraint": True}
"""What golden files leave out."""


def xform(path: Path) -> str:
    """Return the XForm of a source."""
    return publish(path.read_bytes(), path.name).xml


def cases(form: CompiledForm) -> list[dict[str, str]]:
    """Return answer sets for a form: all blank, then chosen by chance, the same every time.

    Each question has its own chance, so that a new question leaves the others' answers alone.
    """
    sets: list[dict[str, str]] = [{}]
    for number in range(1, CASES_PER_FORM):
        blank = (0.0, 0.15, 0.5)[number % 3]
        answers: dict[str, str] = {}
        for question in form.questions:
            chance = random.Random(f"{form.id} {number} {question.name}")  # noqa: S311  (see above)
            choice = _answer(form, question.path, chance)
            if choice is not None and chance.random() >= blank:
                answers[question.path] = choice
            elif choice is not None and chance.random() < 0.5:
                answers[question.path] = ""
        sets.append(answers)
    return sets


def _answer(form: CompiledForm, path: str, chance: random.Random) -> str | None:
    question, node = form.question(path), form.nodes[path]
    if node.calculate is not None:
        return None
    pool = POOLS.get(question.type)
    if pool is not None:
        return chance.choice(pool)
    if question.type is QuestionType.SELECT_ONE:
        return chance.choice(_values(form, path))
    if question.type is QuestionType.SELECT_MULTIPLE:
        values = _values(form, path)
        return " ".join(sorted(chance.sample(values, chance.randint(1, len(values)))))
    if question.name == "village":
        return chance.choice(("v1", "v2", "none"))
    return "2024-02-01" if question.name == "period_from" else None


def _values(form: CompiledForm, path: str) -> list[str]:
    itemset = form.nodes[path].itemset
    assert itemset is not None
    return [row[itemset.value] for row in form.instances[itemset.instance]]


def last_saved(form: CompiledForm, number: int) -> dict[str, str]:
    """Return last period's answers of a case: none for every other one."""
    if number % 2:
        return {}
    saved: dict[str, str] = {}
    for question in form.questions:
        if question.type is QuestionType.INTEGER:
            chance = random.Random(f"{form.id} saved {number} {question.name}")  # noqa: S311  (as above)
            saved[question.path] = chance.choice(NUMBERS)
    return saved


def jobs() -> list[dict[str, Any]]:
    """Return what JavaRosa is asked: every case of every form, then the list of expressions."""
    found: list[dict[str, Any]] = []
    for path in FORMS:
        xml = xform(path)
        form = load(xml)
        for number, answers in enumerate(cases(form)):
            inlined = inline(xml, last_saved(form, number))
            found.append({"xml": inlined, "tables": TABLES, "cases": [{"answers": answers}]})
    expressions = EXPRESSIONS.read_text(encoding="utf-8").splitlines()
    found.append(
        {
            "xml": EXPRESSIONS_FORM.read_text(encoding="utf-8"),
            "cases": [{"answers": EXPRESSION_ANSWERS, "expressions": expressions}],
        }
    )
    return found


def inline(xml: str, saved: dict[str, str]) -> str:
    """Put the external instances into the XForm, where JavaRosa needs no files for them.

    The day of `NOW` stands where the form asks for today: JavaRosa reads the machine's clock,
    and the golden files shall say the same on every day.
    """
    assert "now()" not in xml, "JavaRosa's now() is the machine's: no two runs would agree"
    xml = xml.replace("today()", f"date('{NOW.date().isoformat()}')")
    root = ET.fromstring(xml)  # noqa: S314  (our own form)
    space = "{http://www.w3.org/2002/xforms}"
    model = next(root.iter(f"{space}model"))
    instances = model.findall(f"{space}instance")
    for instance in instances[1:]:
        source = instance.attrib.pop("src", "")
        if source.endswith("last-saved"):
            copy = deepcopy(instances[0][0])
            _fill(copy, f"/{copy.tag.rpartition('}')[2]}", saved)
            instance.append(copy)
        elif source:
            rows = ET.SubElement(instance, f"{space}root")
            for row in TABLES.get(instance.get("id", ""), []):
                item = ET.SubElement(rows, f"{space}item")
                for column, text in row.items():
                    ET.SubElement(item, f"{space}{column}").text = text
    return '<?xml version="1.0"?>' + ET.tostring(root, encoding="unicode")


def _fill(element: ET.Element, path: str, saved: dict[str, str]) -> None:
    for child in element:
        below = f"{path}/{child.tag.rpartition('}')[2]}"
        _fill(child, below, saved)
        if not len(child):
            child.text = saved.get(below)


def ask_javarosa(asked: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Run everything in one JVM; about five seconds."""
    done = subprocess.run(  # noqa: S603  (nothing from outside)
        [  # noqa: S607  (java is wherever it is)
            "java",
            "-Duser.timezone=Asia/Ho_Chi_Minh",
            "-Dfile.encoding=UTF-8",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            str(JAR),
            str(HERE / "JavaRosaEval.java"),
        ],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-4000:])
    answered: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return answered


def golden_of(answered: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Return golden files by name from JavaRosa's answers, in the order of `jobs`."""
    files: dict[str, Any] = {}
    rest = iter(answered)
    for path in FORMS:
        is_small = path.parent.name == "forms"
        files[path.stem] = [
            _small(next(rest)[0], keep_labels=is_small) for _ in range(CASES_PER_FORM)
        ]
    expressions = EXPRESSIONS.read_text(encoding="utf-8").splitlines()
    values = next(rest)[0]["values"]
    files["expressions"] = dict(zip(expressions, values, strict=True))
    return files


def _small(result: dict[str, Any], *, keep_labels: bool) -> dict[str, Any]:
    """Leave out what is usual, and the questionnaires' labels: better words need no new files."""
    for node in result.get("nodes", {}).values():
        if not keep_labels:
            node.pop("label", None)
        for what, usual in USUAL.items():
            if node[what] == usual:
                del node[what]
    return result


def write(files: dict[str, Any]) -> None:
    """Write the golden files, one case or expression a line."""
    for name, content in files.items():
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        if isinstance(content, list):
            lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in content)
            text = f"[\n{lines}\n]"
        else:
            text = json.dumps(content, ensure_ascii=False, indent=0)
        (GOLDEN / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def context(form: CompiledForm, number: int) -> Context:
    """Return the context of a case as JavaRosa was given it."""
    lang = form.languages[0] if form.languages else ""
    return Context(NOW, lang, TABLES, last_saved(form, number))


def plain(value: str) -> str:
    """Return a value without the «.0» that Java writes after whole decimals."""
    return re.sub(r"(\d)\.0(?=\s|$)", r"\1", value)


def untidy(text: str) -> str:
    """Return a label without spaces: JavaRosa drops some around outputs."""
    return re.sub(r"\s+", "", text)


if __name__ == "__main__":
    write(golden_of(ask_javarosa(jobs())))
    sys.exit(0)
