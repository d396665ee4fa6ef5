"""Our evaluation against JavaRosa, the engine that people's phones run (ODK Collect).

The golden files say what JavaRosa answered. Where `java` is there, it is asked again, so that
the files cannot grow stale. Renew them with `python tests/oracle/oracle.py`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conversations.forms.evaluate import Evaluation
from conversations.forms.load import load
from conversations.xpath.compiler import compile_expression
from conversations.xpath.errors import XPathError
from conversations.xpath.scope import Place
from conversations.xpath.values import to_text
from tests.oracle import oracle

ON_PURPOSE = {
    # Java writes large and small numbers with an exponent, which xsd:decimal does not allow.
    "string(10000000000)": "10000000000",
    "string(123456789.5)": "123456789.5",
    "string(0.00001)": "0.00001",
    "string(12345678.9)": "12345678.9",
    # Refused at publish: the phone says false whatever the date is.
    "/data/d > '2024-01-01'": "XPathError",
    "concat()": "XPathError",
    "decimal-date-time('')": "NaN",
}
RENEW = "renew the golden files with python tests/oracle/oracle.py"
MIN_EXPRESSIONS = 280
MIN_CHECKS = 1_500
"""Per form: nodes times what is looked at times cases, less would be a hole in the test."""


def golden(name: str) -> Any:
    return json.loads((oracle.GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def seen(evaluation: Evaluation, path: str) -> dict[str, Any]:
    value = evaluation.value(path)
    return {
        "relevant": evaluation.relevant(path),
        "required": evaluation.required(path),
        "value": value,
        "constraint": evaluation.constraint_ok(path, value),
        "label": evaluation.label(path),
        "choices": [choice.value for choice in evaluation.choices(path)],
    }


def tidy(what: str, seen_as: Any) -> Any:
    if what == "value":
        return oracle.plain(seen_as)
    return oracle.untidy(seen_as) if what == "label" else seen_as


@pytest.mark.parametrize("path", oracle.FORMS, ids=lambda path: path.stem)
def test_relevance_values_and_constraints_agree(path: Path) -> None:
    form = load(oracle.xform(path))
    kept = golden(path.stem)
    differences: list[str] = []
    checks = 0
    for number, (answers, theirs) in enumerate(zip(oracle.cases(form), kept, strict=True)):
        assert "error" not in theirs, theirs
        context = oracle.context(form, number)
        evaluation = form.evaluate(form.first_load(context) | answers, context)
        for node, unusual in theirs["nodes"].items():
            assert node in form.nodes, f"{node} is gone: {RENEW}"
            expected = oracle.USUAL | unusual
            ours = seen(evaluation, node)
            if not expected["relevant"]:
                del expected["constraint"]  # nobody looks at it
            for what, theirs_is in expected.items():
                checks += 1
                if tidy(what, ours[what]) != tidy(what, theirs_is):
                    difference = f"{number} {node} {what}: {ours[what]!r}, {theirs_is!r}"
                    differences.append(difference)
    assert not differences, "\n".join([f"(after a change of the form: {RENEW})", *differences[:40]])
    assert checks >= MIN_CHECKS


def test_expressions_agree_one_by_one() -> None:
    form = load(oracle.EXPRESSIONS_FORM.read_bytes())
    evaluation = form.evaluate(oracle.EXPRESSION_ANSWERS, oracle.context(form, 1))
    kinds = {path: node.kind if node.question else "group" for path, node in form.nodes.items()}
    place = Place("/data", kinds | {"/data/c1": ""}, frozenset(form.instances))
    differences: list[str] = []
    agreed = 0
    for expression, theirs in golden("expressions").items():
        try:
            ours = to_text(compile_expression(expression, place).run(evaluation))
        except XPathError:
            ours = "XPathError"
        expected = ON_PURPOSE.get(expression, theirs)
        if isinstance(expected, dict):  # JavaRosa refused it; ours may not fall over
            continue
        agreed += ours == theirs
        if ours != expected:
            differences.append(f"{expression}: {ours!r}, {expected!r}")
    assert not differences, "\n".join(differences)
    assert agreed >= MIN_EXPRESSIONS


@pytest.mark.skipif(
    shutil.which("java") is None,
    reason="Java is not on this machine: its golden files stand in for it",
)
def test_golden_files_are_what_javarosa_says_today() -> None:
    answered = oracle.golden_of(oracle.ask_javarosa(oracle.jobs()))
    for name, content in answered.items():
        assert golden(name) == json.loads(json.dumps(content)), f"{name}: {RENEW}"
