"""What a form costs: loading a stored XForm of 30 questions, and looking at all of it once.

python bench/forms.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.collector import settle
from conversations.forms.compiled import CompiledForm
from conversations.forms.evaluate import Evaluation
from conversations.forms.load import load
from conversations.forms.model import Context
from conversations.xpath.parser import parse

QUESTIONS = 30
REPEATS = 300
ROOT = Path(__file__).parents[1]


def questionnaire() -> str:
    """Return a source of 30 integer questions: outputs, relevance, constraint, soft check each."""
    lines = [
        "| survey |",
        "| | type | name | label::vi | label::en | required | relevant | constraint | constraint_message::vi | bind::thonmoi:soft | bind::thonmoi:softMsg |",
    ]
    for number in range(1, QUESTIONS + 1):
        before = f"q{max(1, number - 1)}"
        relevant = f"${{{before}}} != 0" if number > 1 else ""
        lines.append(
            f"| | integer | q{number} | Câu {number}, trước là ${{{before}}}? | Question {number}? | yes"
            f" | {relevant} | . >= 0 and . <= ${{{before}}} * 2 | Số ${{q{number}}} chưa đúng"
            f" | abs(. - ${{{before}}}) * 10 <= 3 * ${{{before}}} | Số ${{q{number}}} khác nhiều |"
        )
    lines += [
        "| settings |",
        "| | form_title | form_id | version | default_language |",
        "| | Đo | do | 1 | vi |",
    ]
    return "\n".join(lines)


def microseconds(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median processor time of an action, so that a busy machine counts little."""
    times = []
    for _ in range(repeats):
        started = time.process_time_ns()
        action()
        times.append((time.process_time_ns() - started) / 1000)
    return statistics.median(times)


def fresh(xml: str) -> None:
    """Load as a new process does: no expression was parsed before."""
    parse.cache_clear()
    load(xml)


def look_at_all(form: CompiledForm, evaluation: Evaluation) -> None:
    """Do what a step could at most do: ask about every question, in full for one."""
    for question in form.questions:
        path = question.path
        evaluation.relevant(path)
        evaluation.required(path)
        evaluation.constraint_ok(path, evaluation.value(path))


def main() -> None:
    """Print the figures; publishing runs in its own process so that pyxform is not in this one."""
    source = ROOT / "bench" / ".forms.md"
    source.write_text(questionnaire(), encoding="utf-8")
    try:
        code = (
            "import sys; from pathlib import Path; from conversations.forms.publish import publish;"
            "sys.stdout.write(publish(Path(sys.argv[1]).read_bytes(), 'f.md').xml)"
        )
        xml = subprocess.run(
            [sys.executable, "-c", code, str(source)], check=True, capture_output=True, cwd=ROOT
        ).stdout.decode()
    finally:
        source.unlink()
    assert "pyxform" not in sys.modules
    form = load(xml)
    settle()  # as `thonmoi run` does before it serves
    context = Context(datetime.now(UTC), "vi")
    answers = {question.path: "50" for question in form.questions}
    first = form.questions[0].path
    last = form.questions[-1].path
    figures = {
        "load the stored XForm, never seen": microseconds(lambda: fresh(xml), 50),
        "load the stored XForm again": microseconds(lambda: load(xml), 50),
        "new evaluation, one label": microseconds(
            lambda: form.evaluate(answers, context).label(last)
        ),
        "relevance of all questions": microseconds(
            lambda: [form.evaluate(answers, context).relevant(q.path) for q in form.questions[-1:]]
        ),
        "all: relevant, required, value, constraint": microseconds(
            lambda: look_at_all(form, form.evaluate(answers, context))
        ),
        "soft message as if answered": microseconds(
            lambda: form.evaluate(answers, context).soft_message(first, "70")
        ),
    }
    print(f"{len(form.questions)} questions, {len(xml)} bytes of XForm, median processor time")
    for what, value in figures.items():
        print(f"{what:45} {value:10.1f} µs")


if __name__ == "__main__":
    main()
