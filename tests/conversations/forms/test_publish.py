"""Publishing: every mistake of an author, with its row, and all of them in one go."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter

from conversations.forms.load import load
from conversations.forms.publish import PublishError, publish
from conversations.forms.publish.sheets import MAX_ROWS, MAX_SOURCE_BYTES
from tests.conversations.forms.forms_for_tests import HOUSES, SETTINGS, see

GOOD = (
    """
| survey |
| | type | name | label | relevant | constraint | calculation | default | required | choice_filter | hint |
| | integer | n | Số? | | . >= 0 |
| | date | day | Ngày? | ${n} > 0 |
| | select_one colour | c | Màu? |
| choices |
| | list_name | name | label | warm |
| | colour | red | Đỏ | yes |
| | colour | blue | Xanh | no |
"""
    + SETTINGS
)


def problems(source: str | bytes, name: str = "f.md") -> list[tuple[str, int, str, str]]:
    data = source.encode() if isinstance(source, str) else source
    with pytest.raises(PublishError) as refusal:
        publish(data, name)
    return [(p.sheet, p.row, p.column, str(p.text())) for p in refusal.value.problems]


def test_a_good_questionnaire_is_published() -> None:
    published = publish(GOOD.encode(), "thu.md")
    assert (published.form_id, published.version, published.title) == ("thu", "1", "Thử")
    assert [question.name for question in load(published.xml).questions] == ["n", "day", "c"]
    assert published == publish(GOOD.encode(), "thu.md")


def test_without_settings_the_file_gives_the_name() -> None:
    published = publish(GOOD.removesuffix(SETTINGS).encode(), "ho.md")
    assert (published.form_id, published.version, published.title) == ("ho", "", "ho")


def test_a_calculated_text_is_no_date_either() -> None:
    source = GOOD.replace(
        "| select_one colour",
        "| calculate | b | | | | ${a} |\n| | calculate | a | | | | format-date(${day}, '%Y') |\n| | note | w | Sớm | ${day} < ${b} |\n| | select_one colour",
    )
    ((sheet, row, column, _),) = problems(source)
    assert (sheet, row, column) == ("survey", 6, "relevant")


@pytest.mark.parametrize(
    ("old", "new", "sheet", "row", "column", "says"),
    [
        (". >= 0", ". >=", "survey", 2, "constraint", "too early"),
        (". >= 0", "foo(.)", "survey", 2, "constraint", "foo"),
        (". >= 0", "${m} > 1", "survey", 2, "constraint", "no question"),
        ("${n} > 0", "${day} > 0", "survey", 3, "", "circle"),
        ("${n} > 0", ". > '2024-01-01'", "survey", 3, "relevant", "date("),
        ("relevant", "relevent", "survey", 1, "", "relevant"),
        ("| hint |", "| image::vi |", "survey", 1, "", "image"),
        ("| hint |", "| bind::thonmoi:sofd |", "survey", 1, "", "thonmoi:soft"),
        ("| hint |", "| label |", "survey", 1, "", "twice"),
        ("integer", "intger", "survey", 2, "type", "integer"),
        ("integer", "geotrace", "survey", 2, "type", "geotrace"),
        ("integer", "begin_repeat", "survey", 2, "type", "begin_repeat"),
        ("integer", "begin_group", "survey", 2, "type", "never ended"),
        ("integer | n | Số? |", "end_group | |", "survey", 2, "type", "never begun"),
        ("select_one colour", "select_one color", "survey", 4, "type", "color"),
        ("select_one colour", "select_one_from_file a.csv", "survey", 4, "type", "from_file"),
        ("select_one colour", "select_one colour or_other", "survey", 4, "type", "or_other"),
        ("| n | Số? |", "| tên_hộ | Số? |", "survey", 2, "name", "tên_hộ"),
        ("| day |", "| n |", "survey", 3, "name", "twice"),
        ("| n | Số? |", "| n | |", "survey", 2, "label", "label"),
        ("integer | n | Số?", "calculate | n |", "survey", 2, "calculation", "missing"),
        ("| blue |", "| red |", "choices", 3, "name", "twice"),
        ("| blue | Xanh", "| blue |", "choices", 3, "label", "label"),
        ("| blue |", "| light blue |", "choices", 3, "name", "spaces"),
        ("| colour | blue |", "| màu | blue |", "choices", 3, "list_name", "màu"),
        ("| warm |", "| media::image |", "choices", 1, "", "media"),
        ("| settings |", "| setings |", "setings", 0, "", "settings"),
        ("| version |", "| public_key |", "settings", 1, "", "public_key"),
    ],
)
def test_a_mistake_is_found_at_its_place(  # noqa: PLR0917  (a table of cases)
    old: str, new: str, sheet: str, row: int, column: str, says: str
) -> None:
    source = GOOD.replace(old, new, 1)
    assert source != GOOD
    found = problems(source)
    there = [text for s, r, c, text in found if (s, r, c) == (sheet, row, column)]
    assert any(says in text for text in there), found


def test_a_filter_or_default_is_checked_too() -> None:
    filtered = GOOD.replace("| c | Màu? |", "| c | Màu? | | | | foo() | | warmth = 'yes' |")
    found = [(row, column) for _, row, column, _ in problems(filtered)]
    assert found == [(4, "default"), (4, "choice_filter")]
    misplaced = GOOD.replace("| n | Số? | | . >= 0 |", "| n | Số? | | | | | | warm = 'yes' |")
    assert [(row, column) for _, row, column, _ in problems(misplaced)] == [(2, "choice_filter")]


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("integer", "abc"),
        ("integer", "1,5"),
        ("integer", "1.5"),
        ("integer", "1 div 0"),
        ("integer", "9" * 41),
        ("decimal", "87,5"),
        ("decimal", "hôm nay"),
        ("date", "hôm nay"),
        ("date", "2026-02-30"),
        ("date", "15/11/2026"),
        ("geopoint", "abc"),
        ("geopoint", "95 0"),
        ("select_one colour", "green"),
        ("select_one colour", "red blue"),
        ("select_multiple colour", "red green"),
        ("text", "a" * 2001),
    ],
)
def test_a_constant_default_must_be_a_value_of_its_type(kind: str, default: str) -> None:
    row = "| integer | n | Số? | | . >= 0 |"
    wrong = GOOD.replace(row, f"| {kind} | n | Số? | | | | {default} |")
    ((sheet, number, column, text),) = problems(wrong)
    assert (sheet, number, column) == ("survey", 2, "default")
    assert default[:20] in text or "too long" in text


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("integer", "95"),
        ("integer", "3 div 3"),
        ("decimal", "87.5"),
        ("date", "2026-11-15"),
        ("date", "today()"),
        ("geopoint", "14.35 107.6 0 0"),
        ("select_one colour", "red"),
        ("select_multiple colour", "red blue"),
        ("integer", "${last-saved#c}"),
    ],
)
def test_a_default_of_the_right_type_or_known_only_later_is_published(
    kind: str, default: str
) -> None:
    row = "| integer | n | Số? | | . >= 0 |"
    publish(GOOD.replace(row, f"| {kind} | n | Số? | | | | {default} |").encode(), "f.md")


def test_all_mistakes_come_at_once() -> None:
    source = GOOD.replace(". >= 0", ". >=").replace("${n} > 0", "${m} > 0").replace("Xanh", "")
    assert [(sheet, row) for sheet, row, _, _ in problems(source)] == [
        ("choices", 3),
        ("survey", 2),
        ("survey", 3),
    ]


def test_a_long_circle_is_named_from_end_to_end() -> None:
    source = (
        """
| survey |
| | type | name | label | relevant | calculation |
| | calculate | a | | | ${b} + 1 |
| | begin_group | g | G | ${a} > 1 | |
| | calculate | b | | | 2 |
| | end_group |
"""
        + SETTINGS
    )
    ((_, _, _, text),) = problems(source)
    assert "b → g → a" in text or "a → b → g" in text or "g → a → b" in text


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"x", "f.pdf", ".xlsx"),
        (b"", "f.md", "no sheet survey"),
        (b"a\n\xff", "f.csv", "letters in line"),
        (b"PK nonsense", "f.xlsx", "no Excel file"),
        (b"nonsense", "f.xls", "old or a locked"),
        (b"x" * (MAX_SOURCE_BYTES + 1), "f.md", "too large"),
        (b"| survey |\n" + b"| | text |\n" * (MAX_ROWS + 2), "f.md", "too many rows"),
        (b"| survey |\n| | type | name |\n", "f.md", "no questions"),
    ],
)
def test_what_is_no_questionnaire_is_refused_in_one_sentence(
    data: bytes, name: str, says: str
) -> None:
    assert any(says in text for *_, text in problems(data, name))


def rows_of(source: str) -> list[tuple[str, list[list[str]]]]:
    sheets: list[tuple[str, list[list[str]]]] = []
    for line in source.strip().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0]:
            sheets.append((cells[0], []))
        else:
            sheets[-1][1].append(cells[1:])
    return sheets


def workbook(source: str, *, gap: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in rows_of(source):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number + (2 if gap and number > 1 else 0), 0, row)
    return out.getvalue()


def test_an_office_workbook_gives_the_same_form_and_its_own_row_numbers() -> None:
    assert publish(workbook(GOOD), "f.xlsx").xml == publish(GOOD.encode(), "f.md").xml
    broken = workbook(GOOD.replace("${n} > 0", "${n} >"), gap=True)
    assert problems(broken, "f.xlsx")[0][:3] == ("survey", 5, "relevant")
    twice = problems(workbook(GOOD.replace("| hint |", "| label |")), "f.xlsx")
    assert "column {name} is there twice" in twice[0][3]
    book = openpyxl.load_workbook(io.BytesIO(broken))
    assert book["survey"].cell(5, 4).value == "${n} >"


def test_a_csv_with_a_byte_order_mark_is_read() -> None:
    lines = []
    for name, rows in rows_of(GOOD):
        lines.append(f'"{name}"')
        lines += [",".join(["", *(f'"{cell}"' for cell in row)]) for row in rows]
    text = "\n".join(lines)
    assert publish(text.encode("utf-8-sig"), "F.CSV").xml == publish(GOOD.encode(), "f.md").xml
    assert problems(text.replace("${n} > 0", "${n} >").encode("utf-8-sig"), "f.csv") == problems(
        GOOD.replace("${n} > 0", "${n} >")
    )


def test_a_pipe_may_stand_in_a_cell_and_sheets_of_notes_are_left_alone() -> None:
    source = GOOD.replace("Số?", r"Số \| số?") + "| _ghi chú |\n| | việc | cần | làm |\n"
    form = load(publish(source.encode(), "f.md").xml)
    assert see(form).label("/data/n") == "Số | số?"


def test_soft_messages_stand_beside_all_other_messages() -> None:
    published = publish(HOUSES.encode(), "f.md")
    assert "jr:itext('/data/total:thonmoi:softMsg')" in published.xml
    assert '<output value=" /data/total " />' in published.xml
    plain = GOOD.replace("| hint |", "| bind::thonmoi:soft | bind::thonmoi:softMsg |").replace(
        ". >= 0 |", ". >= 0 | | | | | . < 9 | Số ${n} lớn quá |"
    )
    form = load(publish(plain.encode(), "f.md").xml)
    assert see(form, n="10").soft_message("/data/n", "10") == "Số 10 lớn quá"
    assert not see(form).soft_ok("/data/n", "10")
