"""Workbooks as they come out of an office: each publishes and means what its author meant, or is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime

import pytest
from openpyxl.workbook import Workbook

from conversations.forms.compiled import CompiledForm
from conversations.forms.load import load
from conversations.forms.publish import Published, PublishError, publish
from conversations.limits import MAX_CHOICES_PER_LIST, MAX_QUESTIONS_PER_FORM
from locales import catalog
from tests.conversations.forms.forms_for_tests import SETTINGS, see

HEAD = ["type", "name", "label"]
LISTS = [["list_name", "name", "label"], ["m", 1, "Một"], ["m", 2.0, "Hai"]]
Rows = Sequence[Sequence[object]]
Change = Callable[[Workbook], None]


def book(survey: Rows, choices: Rows = (), change: Change | None = None) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "survey"
    for row in survey:
        sheet.append(row)
    for row in choices:
        (made["choices"] if "choices" in made else made.create_sheet("choices")).append(row)
    settings = made.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["Thử", "thu", 1])
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def form(data: bytes, name: str = "f.xlsx") -> CompiledForm:
    return load(publish(data, name).xml)


def refused(data: bytes, name: str = "f.xlsx") -> list[tuple[str, int, str]]:
    with pytest.raises(PublishError) as refusal:
        publish(data, name)
    return [(p.sheet, p.row, catalog("en").say(p.reason)) for p in refusal.value.problems]


@pytest.mark.parametrize(
    "kind",
    ["Integer", "INTEGER", "integer\u00a0", "inte\u200bger", "inte\u00adger", "ｉｎｔｅｇｅｒ"],
)
def test_a_type_is_known_in_capitals_and_with_letters_nobody_sees(kind: str) -> None:
    rows = [["TYPE", "Name\u00a0", "Label", "Constraint\u200b"], [kind, "n\u200b", "Số?", ". > 0"]]
    seen = see(form(book(rows)))
    assert seen.constraint_ok("/data/n", "1")
    assert not seen.constraint_ok("/data/n", "0")


def test_a_select_with_a_no_break_space_has_its_choices_numbers_are_names() -> None:
    seen = see(form(book([HEAD, ["select_one\u00a0m", "c", "Chọn?"]], LISTS)))
    assert [(c.value, c.label) for c in seen.choices("/data/c")] == [("1", "Một"), ("2", "Hai")]


@pytest.mark.parametrize(
    ("kind", "value", "default"),
    [
        ("date", date(2026, 11, 15), "2026-11-15"),
        ("decimal", 1.5, "1.5"),
        ("integer", 95.0, "95"),
        ("text", datetime(2026, 11, 15, 10, 30), "2026-11-15 10:30:00"),  # noqa: DTZ001  (a cell has no zone)
    ],
)
def test_a_cell_that_is_a_date_or_a_number_is_meant_as_it_is_seen(
    kind: str, value: object, default: str
) -> None:
    assert (
        see(form(book([[*HEAD, "default"], [kind, "a", "?", value]]))).default("/data/a") == default
    )


def test_nothing_behind_many_blank_rows_or_columns_is_lost() -> None:
    rows: list[list[object]] = [[*HEAD, *[None] * 25, "constraint"], ["integer", "a", "?"]]
    rows += [[] for _ in range(70)]
    rows += [["integer", "b", "?", *[None] * 25, ". > 5"]]
    found = form(book(rows))
    assert [question.name for question in found.questions] == ["a", "b"]
    assert not see(found).constraint_ok("/data/b", "5")


def test_a_rule_in_merged_cells_is_not_lost_for_the_rows_below() -> None:
    rows = [[*HEAD, "constraint"], ["integer", "a", "?", ". > 0"], ["integer", "b", "?"]]
    data = book(rows, change=lambda made: made["survey"].merge_cells("D2:D3"))
    assert refused(data) == [
        ("survey", 2, "The cells D2:D3 are merged. Write the value in every cell.")
    ]
    blank = book(rows, change=lambda made: made["survey"].merge_cells("F2:G3"))
    assert len(form(blank).questions) == 2


def test_blank_sheets_and_sheets_of_notes_and_hidden_ones_do_no_harm() -> None:
    def change(made: Workbook) -> None:
        made.create_sheet("Sheet1")
        made.create_sheet("_ghi chú").append(["=1/0", "việc"])
        made["survey"].title = " Survey "
        made[" Survey "].sheet_state = "hidden"
        made.active = 1

    assert form(book([HEAD, ["integer", "a", "?"]], change=change)).id == "thu"


def test_a_language_is_one_in_both_spellings_of_its_letters() -> None:
    rows = [
        [*HEAD[:2], "label :: Tiếng Việt (vi)", "hint::Tie\u0302\u0301ng Vie\u0323\u0302t (vi)"],
        ["integer", "a", "Số?", "Nhắn số"],
    ]
    found = form(book(rows))
    assert found.languages == ("vi",)
    assert (see(found).label("/data/a"), see(found).hint("/data/a")) == ("Số?", "Nhắn số")


SURVEY = "| survey |\n| | type | name | label | constraint |\n"


def test_too_many_choices_and_questions_are_refused_at_the_first_row_too_many() -> None:
    rows = [["m", f"c{n}", "?"] for n in range(MAX_CHOICES_PER_LIST + 1)]
    many = book([HEAD, ["select_one m", "a", "?"]], [LISTS[0], *rows])
    assert [(s, r) for s, r, _ in refused(many)] == [("choices", MAX_CHOICES_PER_LIST + 2)]
    asked = SURVEY + "".join(
        f"| | integer | a{n} | ? |\n" for n in range(MAX_QUESTIONS_PER_FORM + 1)
    )
    [(sheet, row, reason)] = refused((asked + SETTINGS).encode(), "f.md")
    assert (sheet, row) == ("survey", MAX_QUESTIONS_PER_FORM + 2)
    assert str(MAX_QUESTIONS_PER_FORM) in reason


@pytest.mark.parametrize(
    "turned",
    [
        lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("Số hộ?", "Số\u2028hộ?").encode(),
    ],
    ids=["Windows with a byte order mark", "old Mac", "UTF-16", "a line separator in a label"],
)
def test_lines_end_as_they_do_elsewhere(turned: Callable[[str], bytes]) -> None:
    data = turned(SURVEY + "| | integer | n | Số hộ? | . > 0 |\n" + SETTINGS)
    assert not see(form(data, "f.md")).constraint_ok("/data/n", "0")


def test_a_table_from_a_vietnamese_excel_has_semicolons() -> None:
    data = 'survey;type;name;label;constraint\n;integer;n;"Số; hộ, người?";. > 0\n'.encode()
    seen = see(form(data, "thu.csv"))
    assert seen.label("/data/n") == "Số; hộ, người?"
    assert not seen.constraint_ok("/data/n", "0")


def test_a_break_in_a_markdown_cell_is_a_new_line() -> None:
    data = (SURVEY + "| | integer | n | Một<br>hai <BR/> ba | |\n" + SETTINGS).encode()
    assert see(form(data, "f.md")).label("/data/n") == "Một\nhai\nba"


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        ("survey,type,name,label\n,integer,n,Số hộ?\n".encode("cp1258", "replace") + b"\xf4\xec", "f.csv", "line 3"),
        (b'survey,type,name,label\n,integer,n,"So\n', "f.csv", "quotation mark"),
        (b"PK\x03\x04 no zip", "f.csv", "no Excel file"),
        (b"survey,type\n", "f.ods", ".xlsx, .xls, .csv or .md"),
        (b"\xd0\xcf\x11\xe0locked", "f.xlsx", "without a password"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_sentence(data: bytes, name: str, says: str) -> None:
    [(_, _, reason)] = refused(data, name)
    assert says in reason


def test_a_workbook_is_read_as_one_whatever_its_name_ends_with() -> None:
    data = book([HEAD, ["integer", "a", "?"]])
    assert {form(data, name).id for name in ("f.csv", "f.md", "f.xls", "f.xlsm")} == {"thu"}


def published(survey: str) -> Published:
    return publish((survey + SETTINGS).encode(), "f.md")


@pytest.mark.parametrize(
    ("survey", "says"),
    [
        (
            (
                "| survey |\n| | type | name | label::Tiếng Việt (vi) | label::English (en) | hint::English (en) |\n"
                "| | integer | n | Số? | Number? | A number |\n"
            ),
            [("survey", 1, "These columns are not there in the language Tiếng Việt (vi): hint.")],
        ),
        (
            (
                "| survey |\n| | type | name | label::vi | label::en | hint::en | constraint_message::en |\n"
                "| | integer | n | Số? | Number? | A number | Too many |\n"
            ),
            [
                (
                    "survey",
                    1,
                    "These columns are not there in the language vi: constraint_message, hint.",
                )
            ],
        ),
        (
            "| survey |\n| | type | name | label |\n| | integer | Ho | ? |\n| | integer | ho | ? |\n",
            [("survey", 3, "The name ho differs from another one by its capitals only.")],
        ),
        (
            "| survey |\n| | type | name | label::Tiếng Việt |\n| | integer | n | ? |\n",
            [("survey", 1, "These languages lack their code, such as English (en): Tiếng Việt.")],
        ),
        ("| survey |\n| | type | name | label |\n| | image | n | Ảnh? |\n", []),
    ],
)
def test_a_remark_is_ours_and_has_its_row(survey: str, says: list[tuple[str, int, str]]) -> None:
    say = catalog("en").say
    assert [(w.sheet, w.row, say(w.reason)) for w in published(survey).warnings] == says
