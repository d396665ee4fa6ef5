"""Expressions: what is read, what is refused and where, and that nothing ever falls over."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.forms.load import load
from conversations.forms.model import Context
from conversations.limits import MAX_EXPRESSION_CHARS
from conversations.xpath.compiler import SPECIAL, compile_expression, compile_itemset
from conversations.xpath.errors import XPathError
from conversations.xpath.functions import OF_NODES, PLAIN, ZONED
from conversations.xpath.parser import parse
from conversations.xpath.scope import Place
from conversations.xpath.values import Value, to_text

KINDS = {
    "/data": "group",
    "/data/n": "number",
    "/data/day": "date",
    "/data/words": "string",
    "/data/many": "string",
    "/data/blank": "number",
}
FORM = load(
    """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>x</h:title><model><instance><data id="x"><n/><day/><words/><many/><blank/></data></instance>
<instance id="list"><root><item><name>a</name><price>3</price></item><item><name>b</name></item></root></instance>
<bind nodeset="/data/n" type="int"/><bind nodeset="/data/day" type="date"/><bind nodeset="/data/blank" type="int"/>
</model></h:head><h:body/></h:html>"""
)
ANSWERS = {"/data/n": "7", "/data/day": "2024-02-29", "/data/words": "tạm", "/data/many": "a b"}
NOW = datetime(2026, 11, 22, 0, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
PLACE = Place("/data/n", KINDS, frozenset({"list"}), {"list": frozenset({"name", "price"})})


def run(expression: str) -> Value:
    evaluation = FORM.evaluate(ANSWERS, Context(NOW))
    return compile_expression(expression, PLACE).run(evaluation)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 + 3 * 4 - 6 div 3 mod 2", "14"),
        ("10 - 2 - 3", "5"),
        ("(1 + 2) * -2", "-6"),
        ("1 < 2 and 2 < 3 or false()", "true"),
        ("div + mod = 2", None),
        (". * 2", "14"),
        ("../n + current()/../n", "14"),
        ("string-length(../words)", "3"),
        ("today()", "2026-11-22"),
        ("date('2024-02-29') = ../day", "true"),
        ("format-date(../day, '%d/%m/%Y')", "29/02/2024"),
        ("format-date-time(now(), '%H:%M')", "00:30"),
        ("decimal-date-time(now()) < decimal-date-time(today()) + 0.03", "true"),
        ("instance('list')/root/item[name = 'a' and price > 2]/price", "3"),
        ("count(instance('list')/root/item[selected(current()/../many, name)])", "2"),
        ("count(../blank) + count-non-empty(../blank)", "1"),
        ("if(. = 7, 'bảy', 'khác')", "bảy"),
        ("coalesce(../blank, 5)", "5"),
        ("regex('0912', '[0-9]+')", "true"),
        ("regex('tạm', '\\w+')", "false"),
        ("floor(2.7) + ceiling(2.2)", "5"),
        ("substring('12345', 2, 3)", "234"),
        ("sum(/data/*)", "19789"),
    ],
)
def test_an_expression_has_this_value(expression: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(XPathError):
            run(expression)
        return
    assert to_text(run(expression)) == expected


@pytest.mark.parametrize(
    ("expression", "position", "says"),
    [
        ("", 0, "empty"),
        (". >", 3, "too early"),
        (". > 3)", 5, "does not fit"),
        ("concat('a', ‘b’)", 12, "curly quote"),
        ("'open", 0, "never closed"),
        (". # 3", 2, "character"),
        ("foo(1)", 0, "foo()"),
        ("uuid()", 0, "chance"),
        ("round()", 0, "round()"),
        ("coalesce(1, 2, 3)", 0, "coalesce()"),
        ("/data/gone = 1", 0, "/data/gone"),
        ("/data/n[1]", 6, "brackets"),
        ("//n", 0, "does not fit"),
        ("/data/*/x", 6, "end of a path"),
        ("instance('none')/root/item/name", 0, "none"),
        ("instance('list')/root/item[2]/name", 27, "number in square"),
        ("instance('list')/root/item[colour = 1]/name", 27, "colour"),
        ("instance('list')/item", 0, "A list is read"),
        ("string('a')/b", 0, "instance"),
        ("regex('a', '(')", 0, "pattern"),
        ("regex('a', .)", 0, "quotes"),
        ("format-date(today(), '%Q')", 0, "%Q"),
        ("/data/day > '2024-01-01'", 10, "date('2024-01-01')"),
        ("'2024-01-01' <= today()", 13, "date('2024-01-01')"),
        ("today() > ../words", 8, "date(…)"),
        ("pulldata('none', 'a', 'b', 'c')", 0, "none"),
        ("jr:choice-name('a', '/data/gone')", 0, "/data/gone"),
        ("(" * 80 + "1" + ")" * 80, 60, "nested"),
        ("-" * 80 + "1", 61, "nested"),
        (" + ".join(["1"] * 80), 236, "nested"),
        ("1" * (MAX_EXPRESSION_CHARS + 1), MAX_EXPRESSION_CHARS, "too long"),
    ],
)
def test_a_refusal_says_what_and_where(expression: str, position: int, says: str) -> None:
    with pytest.raises(XPathError) as refusal:
        run(expression)
    assert says in str(refusal.value)
    assert refusal.value.position == position


def test_comparing_a_blank_date_with_nothing_is_no_mistake() -> None:
    assert run("/data/day != ''") is True
    assert run("/data/day = '2024-02-29'") is True


def test_what_an_expression_reads_is_known() -> None:
    compiled = compile_expression("if(. > 3, ../words, sum(/data/*))", PLACE)
    assert compiled.reads == KINDS.keys() - {"/data"}


def test_an_itemset_must_be_a_list() -> None:
    assert (
        compile_itemset("instance('list')/root/item[name = current()/../words]", PLACE)[0] == "list"
    )
    with pytest.raises(XPathError):
        compile_itemset("/data/n", PLACE)


def test_a_predicate_gives_the_outer_row_back() -> None:
    inner = "count(instance('list')/root/item[name = 'a']) = 1"
    found = run(f"join('', instance('list')/root/item[{inner} and name = 'b']/name)")
    assert found == "b"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    refused_at = 0
    try:
        parse(text)
    except XPathError as refusal:
        refused_at = refusal.position
    assert 0 <= refused_at <= len(text)


LEAVES = st.one_of(
    st.sampled_from(["/data/n", "../day", ".", "../words", "/data/blank", "today()", "now()"]),
    st.sampled_from(["instance('list')/root/item/price", "/data/*", "''", "'2024-13-45'"]),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: f"{x:f}"),
    st.text("abc 0123456789.-T:đ", max_size=12).map(lambda text: f"'{text}'"),
)
OPERATORS = ["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    calls = st.tuples(
        st.sampled_from(sorted({*PLAIN, *ZONED, *OF_NODES, *SPECIAL})), st.lists(inner, max_size=3)
    )
    filters = inner.map(lambda p: f"count(instance('list')/root/item[string({p})])")
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda t: f"({' '.join(t)})"),
        calls.map(lambda call: f"{call[0]}({', '.join(call[1])})"),
        inner.map(lambda text: f"-{text}"),
        filters,
    )


@settings(max_examples=400)
@given(st.recursive(LEAVES, deeper, max_leaves=12))
def test_what_compiles_runs_whatever_it_is_given(expression: str) -> None:
    try:
        compiled = compile_expression(expression, PLACE)
    except XPathError:
        return
    value = compiled.run(FORM.evaluate(ANSWERS, Context(NOW)))
    assert isinstance(to_text(value), str)
