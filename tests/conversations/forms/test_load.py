"""XForms from anywhere: what is taken, what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.forms.errors import FormError
from conversations.forms.load import load
from conversations.forms.model import Context, QuestionType
from conversations.forms.publish import publish
from conversations.limits import MAX_FORM_XML_BYTES, MAX_QUESTIONS_PER_FORM
from conversations.xpath.errors import XPathError
from tests.conversations.forms.forms_for_tests import HOUSES, NOW


def xform(nodes: str = "<a/>", model: str = "", body: str = "", data: str = 'id="x"') -> str:
    return f"""<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:thonmoi="https://thonmoi.vn/xforms">
<h:head><h:title> Tên </h:title><model><instance><data {data}>{nodes}</data></instance>{model}</model></h:head>
<h:body>{body}</h:body></h:html>"""


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        ("", "well-formed"),
        ("<a>", "well-formed"),
        ("<a/>", "not an XForm"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("x" * (MAX_FORM_XML_BYTES + 1), "too large"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        (xform().replace("<instance>", "<x>").replace("</instance>", "</x>"), "not an XForm"),
        (xform(data=""), "no id"),
        (xform("<a/><a/>"), "repeat"),
        (xform(model='<bind nodeset="/data/a" type="barcode"/>'), "barcode"),
        (xform(body='<input ref="/data/b"/>'), "/data/b"),
        (xform(body='<range ref="/data/a"/>'), "range"),
        (xform(body='<group ref="/data"><repeat nodeset="/data/a"/></group>'), "repeat"),
        (xform(body='<upload ref="/data/a" mediatype="audio/*"/>'), "photos"),
        (
            xform(model='<bind nodeset="/data/a" type="dateTime"/>', body='<input ref="/data/a"/>'),
            "dateTime",
        ),
        (xform(model='<bind nodeset="/data/a" thonmoi:max="9"/>'), "thonmoi:max"),
        (xform(model='<instance id="l" src="http://example.org/l"/>'), "cannot be read"),
        (
            xform(model=f'<instance id="l"><root>{"<item/>" * 201}</root></instance>'),
            "more than",
        ),
        (
            xform("".join(f"<q{i}/>" for i in range(MAX_QUESTIONS_PER_FORM + 1))),
            "more than",
        ),
        (
            xform(model='<setvalue ref="/data/a" event="xforms-value-changed" value="1"/>'),
            "trigger",
        ),
    ],
)
def test_what_this_version_cannot_run_is_refused(xml: str | bytes, says: str) -> None:
    with pytest.raises(FormError, match=says):
        load(xml)


def test_a_broken_expression_says_at_which_question() -> None:
    with pytest.raises(XPathError) as refusal:
        load(xform(model='<bind nodeset="/data/a" relevant=". &gt;"/>'))
    assert refusal.value.path == "/data/a"
    select = '<select1 ref="/data/a"><itemset nodeset="instance(\'l\')/root/item"/></select1>'
    with pytest.raises(XPathError) as refusal:
        load(xform(body=select))
    assert refusal.value.path == "/data/a"


def test_an_xform_without_itext_is_taken_too() -> None:
    form = load(
        xform(
            "<a>3</a><b/><start/>",
            '<bind nodeset="/data/a" type="xsd:int" jr:constraintMsg="Sai" constraint=". &lt; 5"/>'
            '<bind nodeset="/data/start" type="dateTime" jr:preload="timestamp"/>'
            '<setvalue ref="/data/b" event="odk-instance-first-load">no</setvalue>',
            '<input ref="/data/a"><label>Số <output value="/data/a"/>?</label><hint/></input>'
            '<select1 ref="/data/b"><label>Có không</label>'
            "<item><label>Có</label><value>yes</value></item>"
            "<item><value>no</value></item></select1>",
        ).encode()
    )
    seen = form.evaluate({"/data/a": "4", "/data/gone": "x"}, Context(NOW, "vi"))
    assert (form.title, form.version, form.languages) == ("Tên", "", ())
    assert seen.label("/data/a") == "Số 4?"
    assert seen.hint("/data/a") == ""
    assert seen.constraint_message("/data/a", "9") == "Sai"
    assert [(choice.value, choice.label) for choice in seen.choices("/data/b")] == [
        ("yes", "Có"),
        ("no", "no"),
    ]
    assert (seen.default("/data/a"), seen.default("/data/b")) == ("3", "no")
    assert form.question("/data/start").type is QuestionType.HIDDEN


def test_running_an_interview_does_not_load_pyxform() -> None:
    code = (
        "import sys, conversations, conversations.forms.load, conversations.forms.publish;"
        "assert 'pyxform' not in sys.modules and 'openpyxl' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603  (this Python)


WHOLE = publish(HOUSES.encode(), "f.md").xml
PIECES = re.findall(r"<[^>]*>|\"[^\"]*\"|[^<\"]+", WHOLE)


DAMAGE = st.lists(
    st.tuples(
        st.integers(0, len(PIECES) - 1),
        st.sampled_from(["", "/data/x", "x", '"', "<a/>", "\x00", "\ud800", ". &gt; 1", *PIECES]),
    ),
    min_size=1,
    max_size=4,
)


def runs(xml: str) -> bool:
    """Run a form as far as any interview does; False if it is refused."""
    try:
        form = load(xml)
    except (FormError, XPathError):
        return False
    seen = form.evaluate({"/data/total": "5"}, Context(NOW, "vi"))
    for question in form.questions:
        seen.label(question.path)
        seen.choices(question.path)
        seen.constraint_ok(question.path, "5")
        seen.value(question.path)
    return True


def test_a_damaged_form_is_refused_or_runs() -> None:
    became: Counter[bool] = Counter()

    @settings(max_examples=300)
    @given(DAMAGE)
    def damaged(damage: list[tuple[int, str]]) -> None:
        pieces = list(PIECES)
        for at, piece in damage:
            pieces[at] = piece
        became[runs("".join(pieces))] += 1

    assert runs(WHOLE)
    damaged()
    assert became[True], "some damage does no harm"
    assert became[False]


def test_groups_cannot_be_nested_without_end() -> None:
    nested = "<g>" * 60_000 + "</g>" * 60_000
    with pytest.raises(FormError, match="inside each other"):
        load(xform(nested))
    with pytest.raises(FormError, match="inside each other"):
        load(xform(body=nested.replace("g>", "group>")))
