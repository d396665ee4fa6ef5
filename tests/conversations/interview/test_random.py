"""Random forms and random events: it never raises, loses no answer, and replays the same."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.forms.fitting import fitted
from conversations.forms.load import load
from conversations.forms.model import QuestionType
from conversations.interview.effects import Ask, Say, Submitted
from conversations.interview.events import (
    Located,
    Photographed,
    PhotoRefused,
    Pressed,
    Resumed,
    Typed,
    Unsupported,
)
from conversations.interview.sitting import Sitting
from conversations.interview.state import State
from conversations.interview.step import begin, reopen, step
from conversations.interview.transitions import FINAL, Phase
from conversations.render import spoken
from conversations.text import Text
from locales import catalog

NOW = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
CONTROLS = {"int": "input", "decimal": "input", "string": "input", "date": "input"}
KINDS = [
    "int",
    "int",
    "decimal",
    "string",
    "date",
    "select1",
    "select",
    "geopoint",
    "image",
    "note",
]
ILL_TYPED = [
    "abc", "1,5", "1.5", "1 div 0", "9" * 41, "-", ".", "hôm nay", "2026-02-30", "2026-11-20",
    "2026-11-20T07:00:00.000+07:00", "999 0 0 0", "14.35 107.6 0 0", "c1", "c1 c2", "c9", "1e5", "٣",
]  # fmt: skip
DYNAMIC = [
    "'abc'", "1 div 0", "-1 div 0", "3 div 2", "today()", "now()", "true()", "pow(10, 40)",
    "instance('__last-saved')/data/q0", "instance('__last-saved')/data/q1",
]  # fmt: skip


@st.composite
def questions(draw, number):
    """One question: its type, and conditions that look at questions before it."""
    kind = draw(st.sampled_from(KINDS))
    other = f"/data/q{draw(st.integers(0, number - 1))}" if number else ""
    q = {"name": f"q{number}", "kind": kind, "bind": {}}
    if other and draw(st.booleans()):
        q["bind"]["relevant"] = draw(
            st.sampled_from([f"{other} != ''", f"{other} &gt; 10", f"{other} = 'c1'", "false()"])
        )
    if draw(st.booleans()):
        q["bind"]["required"] = "true()"
    if kind in {"int", "decimal"}:
        if draw(st.booleans()):
            q["bind"]["constraint"] = draw(
                st.sampled_from([". &gt;= 0", f". &lt;= {other or 50}", ". &gt; 5 and . &lt; 90"])
            )
        if draw(st.booleans()):
            q["bind"]["t:soft"] = draw(st.sampled_from([". &lt; 20", ". != 15", "false()"]))
    if draw(st.booleans()):
        q["bind"]["t:unknown"] = "yes"
    if kind == "image":
        q["bind"]["t:max"] = str(draw(st.integers(1, 3)))
        q["bind"]["t:late"] = draw(st.sampled_from(["yes", "no"]))
    if kind not in {"image", "note"}:
        draw(offers(q, other))
    return q


@st.composite
def offers(draw, q, other):
    """Give a question what it may offer: constants, expressions, last period's value, of any type."""
    q["default"] = draw(st.sampled_from(["", "", "7", "-3", *ILL_TYPED]))
    q["dynamic"] = draw(st.sampled_from(["", "", *DYNAMIC, other]))
    if draw(st.integers(0, 9)) == 0:
        q["bind"]["calculate"] = draw(st.sampled_from([*DYNAMIC, other or "1"]))
    if draw(st.integers(0, 9)) == 0:
        q["bind"]["readonly"] = "true()"
        q["default"] = draw(st.sampled_from(["12", *ILL_TYPED]))


@st.composite
def forms(draw):
    """Return the XForm XML of a form of one to eight questions, some in field-list groups."""
    asked = [draw(questions(i)) for i in range(draw(st.integers(1, 8)))]
    nodes, binds, body, defaults = "", "", "", ""
    grouped = draw(st.lists(st.booleans(), min_size=8, max_size=8))
    for i, q in enumerate(asked):
        path = f"/data/{q['name']}"
        kind = q["kind"]
        nodes += f"<{q['name']}>{q.get('default', '')}</{q['name']}>"
        if q.get("dynamic"):
            defaults += (
                f'<setvalue ref="{path}" event="odk-instance-first-load" value="{q["dynamic"]}"/>'
            )
        bind = dict(q["bind"])
        bind["type"] = {"select1": "string", "select": "string", "image": "binary"}.get(kind, kind)
        label = f"<label>Hỏi {i}?</label>"
        if kind == "note":
            bind = {"type": "string", "readonly": "true()"}
            if "relevant" in q["bind"]:
                bind["relevant"] = q["bind"]["relevant"]
        binds += f'<bind nodeset="{path}" {" ".join(f"{k}={chr(34)}{v}{chr(34)}" for k, v in bind.items())}/>'
        if kind in {"select1", "select"}:
            items = "".join(
                f"<item><label>{word}</label><value>c{n}</value></item>"
                for n, word in enumerate(["Có", "Không", "Không rõ", "Xong"], 1)
            )
            control = f'<{kind} ref="{path}">{label}{items}</{kind}>'
        elif kind == "image":
            control = f'<upload ref="{path}" mediatype="image/*">{label}</upload>'
        else:
            control = f'<input ref="{path}">{label}<hint>gợi ý</hint></input>'
        if grouped[i] and not (i and grouped[i - 1]):
            body += '<group appearance="field-list"><label>Nhóm</label>'
        body += control
        if grouped[i] and not (i + 1 < len(asked) and grouped[i + 1]):
            body += "</group>"
    nodes += "<total/>"
    binds += '<bind nodeset="/data/total" type="string" calculate="concat(\'n\', /data/q0)"/>'
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:t="https://thonmoi.vn/xforms">'
        f'<h:head><h:title>x</h:title><model><instance><data id="x" version="1">{nodes}</data>'
        '</instance><instance id="__last-saved" src="jr://instance/last-saved"/>'
        f"{binds}{defaults}</model></h:head><h:body>{body}</h:body></h:html>"
    )


WORDS = [
    "15", "15 hộ", "7", "0", "60", "1.200", "87,5", "1.5", "khoảng 50", "không", "ko", "không rõ",
    "?", "1", "2", "1, 3", "1 2 3", "20\n15\n3", "20, 15, 3", "1) 5\n2) 6", "có", "đúng", "hôm qua",
    "15/11", "31/2", "14.35, 107.60", "SỬA", "SỬA 1", "SỬA 3", "QUAY LẠI", "NGHỈ", "HỦY", "TRỢ GIÚP",
    "GỬI", "XONG", "BỎ QUA", "GIỮ", "ĐÚNG", "TIẾP", "LÀM LẠI", "/x", "/dung", "/no", "/khong_ro", "",
    "   ", "a" * 2001, "\x00", "10^30", "9" * 40, "-5", "hai mươi", "Xong",
    "hết", "3 lần, 15/11", "1) 5 2) 6", "5a 5 5b 6", "sửa câu hai", "SỬA 0", "SỬA abc", "95 hộ.", "95👍",
    "đúng 👍", "1 200", "500 người", "hôm kìa", "95\u200b", "5️⃣", "khoảng 500 420", "1 nghìn 2",
]  # fmt: skip
GOOD = {
    QuestionType.INTEGER: "15",
    QuestionType.DECIMAL: "16,5",
    QuestionType.DATE: "hôm qua",
    QuestionType.SELECT_ONE: "1",
    QuestionType.SELECT_MULTIPLE: "1, 2",
    QuestionType.GEOPOINT: "14.35, 107.60",
    QuestionType.TEXT: "tốt",
}
TEXTS = st.one_of(st.sampled_from(ILL_TYPED), st.text(max_size=12))
EVENTS = st.one_of(
    *[st.just("good")] * 8,
    st.builds(Typed, st.sampled_from(WORDS)),
    st.builds(Typed, st.sampled_from(WORDS[:30])),
    st.builds(Typed, st.text(max_size=30)),
    st.tuples(st.just("press"), st.integers(0, 6), st.sampled_from([0, 0, 0, 1, 5])),
    st.builds(Photographed, st.sampled_from(["a", "b", "c", "d"])),
    st.just(PhotoRefused(Text("This number is too long. Please look at it again."))),
    st.builds(Located, st.floats(), st.floats(), st.floats()),
    st.just(Unsupported("sticker")),
    st.just(Resumed()),
)


def good_event(form, state):
    """What a person who means well would send."""
    if state.phase is Phase.REVIEWING:
        return Typed("GỬI")
    if state.phase is Phase.CONFIRMING:
        return Typed("ĐÚNG")
    if len(state.asking) > 1:
        return Typed("\n".join(GOOD[form.question(p).type] for p in state.asking))
    if not state.asking:
        return Resumed()
    question = form.question(state.asking[0])
    if question.type is QuestionType.IMAGE:
        return Typed("XONG") if question.path in state.answers else Photographed("e")
    return Typed(GOOD[question.type])


def event_for(raw, options, prompt):
    if not isinstance(raw, tuple):
        return raw
    _, place, behind = raw
    if place < len(options):
        return Pressed(prompt - behind, options[place].value)
    return Pressed(prompt - behind, f"#{place}")


def fits(form, path, entry):
    """Say whether an answer is a value of its question's type: also one that was kept by a word."""
    kind = form.question(path).type
    return kind is QuestionType.IMAGE or not entry.value or fitted(kind, entry.value) == entry.value


def lost(form, before, after, now):
    """Return the answers that are still relevant, were not being asked, and are not there."""
    see = Sitting(form, after, now).evaluation
    gone = []
    for path, entry in before.answers.items():
        if path in before.asking or not (entry.value or entry.unknown):
            continue
        if see.relevant(path):
            kept = after.answers.get(path)
            if kept is None or (kept.value, kept.unknown) != (entry.value, entry.unknown):
                gone.append(path)
        elif path not in after.aside and after.phase is not Phase.SUBMITTED:
            gone.append(path)
    return gone


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    xml=forms(),
    raws=st.lists(EVENTS, min_size=3, max_size=40),
    last_saved=st.dictionaries(st.sampled_from(["/data/q0", "/data/q1"]), TEXTS),
    presets=st.dictionaries(st.sampled_from(["/data/q0", "/data/q2"]), TEXTS),
)
def test_any_form_takes_any_events(xml, raws, last_saved, presets):
    form = load(xml)
    say = catalog("vi").say
    state, effects = begin(
        form,
        lang="vi",
        now=NOW,
        instance_id="uuid:1",
        last_saved=last_saved,
        presets=presets,
    )
    sent = 0
    now = NOW
    for raw in raws:
        asks = [e for e in effects if isinstance(e, Ask)]
        options = asks[-1].options if asks else ()
        event = good_event(form, state) if raw == "good" else event_for(raw, options, state.prompt)
        now += timedelta(hours=7)
        before, stored = state, state.to_json()
        state, effects = step(form, before, event, now)
        assert State.from_json(stored) == before
        assert step(form, State.from_json(stored), event, now) == (state, effects)
        assert all(text.strip() for text in spoken(effects, say))
        assert sum(isinstance(e, Ask | Say) for e in effects) == 1
        assert lost(form, before, state, now) == []
        assert all(fits(form, path, entry) for path, entry in state.answers.items())
        assert state.prompt >= before.prompt
        if isinstance(event, Pressed) and event.prompt != before.prompt:
            assert state.answers == before.answers
        if before.phase in FINAL:
            assert state == before
        for effect in effects:
            if isinstance(effect, Submitted):
                sent += 1
                check_submission(form, effect, before, now)
    assert sent <= 1
    if state.phase is Phase.SUBMITTED:
        again, effects = reopen(form, state, now=now, instance_id="uuid:2")
        assert again.deprecated_id == "uuid:1"
        assert again.answers == state.answers
        assert State.from_json(again.to_json()) == again


def check_submission(form, submitted, before, now):
    """A submission holds every required answer, a flag for each photo to come, and nothing else."""
    see = Sitting(form, before, now)
    for q in see.asked:
        required = see.evaluation.required(q.path)
        there = q.path in submitted.answers
        if required and q.type is QuestionType.IMAGE:
            assert there != (q.path in submitted.missing_photos)
        elif required:
            assert there
        if there and submitted.answers[q.path].value:
            value = submitted.answers[q.path].value
            assert see.evaluation.constraint_ok(q.path, value)
    assert all(see.evaluation.relevant(p) for p in submitted.answers)
    assert submitted.xml.startswith("<data")
