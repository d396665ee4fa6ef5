"""What one step of an interview costs: a form of 30 questions, and the questionnaires.

    python -m bench.interview [--rounds 20]

Prints, in microseconds, loading the stored XForm, one step with its JSON (from the stored state
to the next one), and how much of it is JSON. Medians and the 95th percentile over every answer
of whole interviews, so first and last questions count alike.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.collector import settle
from conversations.forms.load import load
from conversations.forms.model import Form, QuestionType
from conversations.interview.effects import Effect, Submitted
from conversations.interview.events import Event, Photographed, Typed
from conversations.interview.state import State
from conversations.interview.step import begin, step

NOW = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
QUESTIONNAIRES = Path(__file__).parents[1] / "conversations" / "questionnaires"
ANSWERS = {
    QuestionType.DATE: "20/11",
    QuestionType.GEOPOINT: "14.35, 107.60",
    QuestionType.TEXT: "Đường vào thôn còn khó đi",
    QuestionType.SELECT_ONE: "2",
    QuestionType.SELECT_MULTIPLE: "1, 3",
}


def form_of_30() -> str:
    """Return XForm XML: 30 questions, each number bounded by the one before and softly checked."""
    nodes, binds, body, texts = [], [], [], []
    choices = "".join(f"<item><name>c{i}</name><itextId>c{i}</itextId></item>" for i in range(1, 6))
    texts += [f'<text id="c{i}"><value>Ý thứ {i}</value></text>' for i in range(1, 6)]
    for i in range(30):
        path = f"/data/q{i}"
        nodes.append(f"<q{i}/>")
        texts.append(
            f'<text id="{path}:label"><value>Câu hỏi thứ {i}, '
            f'<output value=" /data/q0 "/> hộ?</value></text>'
        )
        label = f"<label ref=\"jr:itext('{path}:label')\"/>"
        relevant = f"relevant=\"/data/q{i - 1} != ''\"" if i else ""
        if i % 5 == 4:
            binds.append(f'<bind nodeset="{path}" type="string" required="true()" {relevant}/>')
            body.append(
                f'<select1 ref="{path}">{label}<itemset nodeset="instance(\'l\')/root/item">'
                '<value ref="name"/><label ref="jr:itext(itextId)"/></itemset></select1>'
            )
        else:
            binds.append(
                f'<bind nodeset="{path}" type="int" required="true()" {relevant} '
                f'constraint=". &gt;= 0 and . &lt;= /data/q0 + 1000" '
                f'jr:constraintMsg="Số quá lớn." t:soft=". &lt; 900" t:unit="hộ" t:unknown="yes"/>'
            )
            body.append(f'<input ref="{path}">{label}</input>')
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:t="https://thonmoi.vn/xforms"><h:head>'
        '<h:title>30</h:title><model><itext><translation lang="vi" default="true()">'
        f'{"".join(texts)}</translation></itext><instance><data id="thirty" version="1">'
        f'{"".join(nodes)}</data></instance><instance id="l"><root>{choices}</root></instance>'
        f"{''.join(binds)}</model></h:head><h:body>{''.join(body)}</h:body></h:html>"
    )


def reply(form: Form, state: State) -> Event:
    """Return an answer that the present question takes."""
    if state.phase.value == "confirming":
        return Typed("ĐÚNG")
    if not state.asking:
        return Typed("GỬI")
    if len(state.asking) > 1:
        return Typed("\n".join("100" for _ in state.asking))
    question = form.question(state.asking[0])
    if question.type is QuestionType.IMAGE:
        entry = state.answers.get(question.path)
        return Typed("XONG") if entry else Photographed("a" * 64)
    # A number that a check refuses is followed by another one.
    number = "100 hộ" if not state.answers else ("5 hộ", "100", "khoảng 0")[state.prompt % 3]
    return Typed(ANSWERS.get(question.type, number))


def interview(form: Form) -> Iterator[tuple[float, float]]:
    """Play one interview; yield seconds of each step with JSON, and of its JSON alone."""
    state, _ = begin(form, lang="vi", now=NOW, instance_id="uuid:bench")
    text = state.to_json()
    effects: tuple[Effect, ...] = ()
    while not any(isinstance(e, Submitted) for e in effects):
        event = reply(form, state)
        start = time.perf_counter()
        state, effects = step(form, State.from_json(text), event, NOW)
        new = state.to_json()
        end = time.perf_counter()
        State.from_json(text)
        state.to_json()
        yield end - start, time.perf_counter() - end
        text = new


def measure(name: str, xml: str, rounds: int) -> None:
    """Print one line."""
    loads = []
    for _ in range(rounds):
        start = time.perf_counter()
        form = load(xml)
        loads.append(time.perf_counter() - start)
    pairs = [pair for _ in range(rounds) for pair in interview(form)]
    steps = sorted(s for s, _ in pairs)
    print(
        f"{name:12} load {statistics.median(loads) * 1e3:6.2f} ms   "
        f"step median {statistics.median(steps) * 1e6:5.0f} µs   "
        f"p95 {steps[int(len(steps) * 0.95)] * 1e6:5.0f} µs   max {steps[-1] * 1e6:5.0f} µs   "
        f"of it JSON {statistics.median(j for _, j in pairs) * 1e6:4.0f} µs   "
        f"{len(steps)} steps"
    )


def main() -> None:
    """Measure the form of 30 questions, and the questionnaires where pyxform is at hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    load(form_of_30())
    settle()  # as `thonmoi run` does before it serves
    measure("30 questions", form_of_30(), rounds)
    from conversations.forms.publish import publish  # noqa: PLC0415  (slow to import)

    for path in sorted(QUESTIONNAIRES.glob("*.md")):
        measure(path.stem, publish(path.read_bytes(), path.name).xml, rounds)


if __name__ == "__main__":
    main()
