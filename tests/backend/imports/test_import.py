"""The office's list of villages and people, from a real .xlsx to the database, or refused as a whole."""

from __future__ import annotations

import io
import json
import random
import zipfile
from datetime import datetime

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook

from backend.areas.log import sha256_of
from backend.areas.reform import apply_reform
from backend.areas.reform_file import read_reform
from backend.audit import verify
from backend.imports.put_in import Kind, Wish, put_in
from backend.imports.sheet import MAX_ROWS, SheetError, read_sheets
from backend.imports.template import write_template
from backend.imports.villages import read_list
from backend.imports.words import Column
from backend.models import Area, AreaChange, AuditEntry, Person, RoleGrant
from backend.people import person_by_phone
from backend.plans.load import load_pack
from backend.plans.store import MADE_UP, active_pack, load_into_database
from backend.status.recorded import progress_of
from backend.traces import erase_name
from tests.clock import OFFICE_ZONE

HEAD = ["STT", "Xã", "Tên thôn", "Họ và tên trưởng thôn", "Số ĐT", "Tổng số hộ"]
APPLY = Wish(apply=True)


def xlsx(path, rows, *, title="Danh sách"):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture
async def office(database, clock):
    await load_into_database(load_pack("vi-du"), clock)
    return clock


async def bring(clock, path, wish=APPLY):
    given = read_list(read_sheets(path))
    return await put_in(given, await active_pack("vi-du"), clock, zone=OFFICE_ZONE, wish=wish)


async def everything():
    return [
        await model.all().order_by("id").values() for model in (Area, Person, RoleGrant, AreaChange)
    ]


async def test_a_list_is_previewed_then_put_in_and_then_changes_nothing_more(office, tmp_path):
    clock = office
    path = xlsx(
        tmp_path / "l.xlsx",
        [
            ["DANH SÁCH TRƯỞNG THÔN"],
            [],
            HEAD,
            [1, "IA ĐAL", "thon 1", "Nguyễn Văn A", "0901 234 567", 97],
            [2, "Xã Ia Đal", "Thôn 2", "Lò Thị B", 901234568, None],
            [3, "Ia Dom", "Thôn 1", "Rơ Châm C", "+84 901.234.569", "1.200 hộ"],
            [4, "Ia Dom", "Thôn Ia Muung", "Nguyễn Văn A", "84901234567", 80.0],
        ],
    )
    before, noted = await everything(), await AuditEntry.all().count()

    preview = await bring(clock, path, Wish())
    assert not preview.errors
    assert await everything() == before
    outcome = await bring(clock, path)

    assert outcome.applied
    assert outcome.changes == preview.changes
    assert [(c.row, c.kind, c.village, c.new) for c in outcome.changes] == [
        (4, Kind.HOUSEHOLDS, "Thôn 1", "97"),
        (4, Kind.NEW_PERSON, "Thôn 1", "Nguyễn Văn A"),
        (5, Kind.NEW_PERSON, "Thôn 2", "Lò Thị B"),
        (6, Kind.NEW_VILLAGE, "Thôn 1", ""),
        (6, Kind.HOUSEHOLDS, "Thôn 1", "1200"),
        (6, Kind.NEW_PERSON, "Thôn 1", "Rơ Châm C"),
        (7, Kind.NEW_VILLAGE, "Thôn Ia Muung", ""),
        (7, Kind.HOUSEHOLDS, "Thôn Ia Muung", "80"),
        (7, Kind.NEW_ROLE, "Thôn Ia Muung", "Nguyễn Văn A"),
    ]
    # Who shares this number in the chat is known at once.
    assert (await person_by_phone("0901234568")).name == "Lò Thị B"
    new = await Area.get(code="ia-dom-thon-ia-muung").prefetch_related("parent")
    assert (new.parent.code, new.households) == ("ia-dom", 80)
    assert (await Area.get(code="ia-dal-thon-1")).name == "Thôn 1"

    logged = (await AreaChange.all())[-1]
    assert "Ia Muung" in logged.details
    assert "90123456" not in logged.details
    assert await AuditEntry.all().count() == noted + 1, "one row, whoever was given a role"
    row = await AuditEntry.get(action="area.import", subject=f"area_change:{logged.id}")
    told = {"changes": 9, "roles": 4, "sha256": sha256_of(json.loads(logged.details))}
    assert json.loads(row.details) == told
    await erase_name(await Person.get(name="Lò Thị B"))
    await logged.refresh_from_db()
    assert "Lò Thị B" not in logged.details
    assert sha256_of(json.loads(logged.details)) == told["sha256"], "and the hash still fits"
    assert (await verify()).broken == 0
    again = await bring(clock, path)
    assert (again.changes, again.unchanged, again.applied) == ([], 4, False)


async def test_imported_villages_are_counted_from_that_day_and_survive_the_pack(office, tmp_path):
    clock = office
    path = xlsx(tmp_path / "l.xlsx", [HEAD, [1, "Ia Dom", "Thôn 1", "", "", 150]])
    await bring(clock, path)

    progress = await progress_of("ia-dom", None, clock, await active_pack("vi-du"))
    assert [v.name for v in progress.villages] == ["Thôn 1"]
    past = await progress_of("ia-hdrai", "2026-Q3", clock, await active_pack("vi-du"))
    assert len(past.villages) == 12

    path = xlsx(tmp_path / "m.xlsx", [HEAD, [1, "Ia Đal", "Thôn 3", "", "", 131]])
    await bring(clock, path)
    for pack in ("vi-du", "ia-hdrai-2022", "vi-du"):
        await load_into_database(load_pack(pack), clock)
        area = await Area.get(code="ia-dal-thon-3")
        assert (area.households, MADE_UP in area.info) == (131, False)
    assert (
        len((await progress_of("ia-hdrai", None, clock, await active_pack("vi-du"))).villages) == 13
    )


async def test_a_new_name_and_a_new_number_are_taken_by_code_and_by_person(office, tmp_path):
    clock = office
    await bring(
        clock,
        xlsx(tmp_path / "a.xlsx", [HEAD, [1, "Ia Tơi", "Thôn 9", "Y Loan", "0901234561", 70]]),
    )
    rows = [
        ["mã", *HEAD],
        ["ia-toi-thon-9", 1, "Ia Tơi", "Thôn Mới", "y loan", "0901234562", None],
        ["", 2, "Ia Tơi", "Thôn 8", "", "", None],
    ]
    outcome = await bring(clock, xlsx(tmp_path / "b.xlsx", rows))

    assert [(c.kind, c.old, c.new) for c in outcome.changes] == [
        (Kind.RENAMED, "Thôn 9", "Thôn Mới"),
        (Kind.PHONE, "", "Y Loan"),
    ]
    assert await person_by_phone("0901234561") is None
    assert (await person_by_phone("0901234562")).name == "Y Loan"
    assert await Person.all().count() == 1
    await load_into_database(load_pack("vi-du"), clock)
    assert (await Area.get(code="ia-toi-thon-9")).name == "Thôn Mới"

    rows = [HEAD, [1, "Ia Tơi", "Thôn Mới", "A Thu", "0901234563", None]]
    outcome = await bring(clock, xlsx(tmp_path / "c.xlsx", rows))
    assert [(c.kind, c.new) for c in outcome.changes] == [
        (Kind.NEW_PERSON, "A Thu"),
        (Kind.ALSO, "Y Loan"),
    ]


WRONG = {
    3: (["x", "", "Thôn 1", "", "", 5], Column.COMMUNE, "Thiếu tên xã"),
    5: (["x", "Ia Đal", "", "Lò Văn B", "", 5], Column.VILLAGE, "Thiếu tên thôn"),
    8: (["x", "Ia Đan", "Thôn 1", "", "", 5], Column.COMMUNE, "Không có xã Ia Đan"),
    11: (["x", "Ia Đal", "THÔN 1", "", "", 5], Column.VILLAGE, "Thôn này đã có ở dòng 2"),
    14: (["x", "Ia Đal", "Thôn 3", "", "", "96,5"], Column.HOUSEHOLDS, "số nguyên"),
    15: (["x", "Ia Đal", "Thôn 4", "", "", -3], Column.HOUSEHOLDS, "số nguyên"),
    17: (["x", "Ia Đal", "Thôn 6", "", "", "khoảng 50"], Column.HOUSEHOLDS, "số nguyên"),
    19: (["x", "Ia Đal", "Thôn 7", "", "", "=SUM(A1:A3)"], Column.HOUSEHOLDS, "công thức"),
    21: (["x", "Ia Đal", "Thôn 8", "Y B", "090123", 5], Column.PHONE, "không phải số điện thoại"),
    24: (["x", "Ia Tơi", "Thôn 1", "", "0901000099", 5], Column.PERSON, "chưa có tên người"),
    27: (["x", "Ia Tơi", "Thôn 7", "Y Khác", "0901000001", 5], Column.PHONE, "Dòng 2 ghi số này"),
    29: (["x", "Ia Tơi", "8b" * 70, "", "", 5], Column.VILLAGE, "dài quá"),
    33: (["x", "Ia Tơi", "12", "", "", 5], Column.VILLAGE, "ghi đủ tên"),
    36: (["x", "Ia Tơi", "Thôn 9", "123", "", 5], Column.PERSON, "không phải tên người"),
    38: (["x", "Ia Dom", datetime(2026, 2, 1), "", "", 5], Column.VILLAGE, "ngày tháng"),  # noqa: DTZ001  (Excel has no zone)
    40: (["x", "Ia Dom", "Thôn\x01".replace("\x01", "\u200e"), "", "", 5], Column.VILLAGE, "ký tự"),
}


async def test_of_forty_rows_every_mistake_is_said_with_its_row_and_nothing_is_put_in(
    office, tmp_path, catalog_vi
):
    rows = [HEAD, ["x", "Ia Đal", "Thôn 1", "Người 1", "0901000001", 90]]
    for number in range(3, 42):
        good = ["x", "Ia Dom", f"Thôn {number}", f"Người {number}", f"09010000{number:02}", number]
        rows.append(WRONG[number][0] if number in WRONG else good)
    before = await everything()

    outcome = await bring(office, xlsx(tmp_path / "l.xlsx", rows))

    assert not outcome.applied
    assert {(e.row, e.column) for e in outcome.errors} == {(n, w[1]) for n, w in WRONG.items()}
    for error in outcome.errors:
        assert WRONG[error.row][2] in catalog_vi.say(error.reason)
    assert await everything() == before


async def test_a_number_that_is_somebody_else_s_is_not_given_away(office, tmp_path):
    await bring(
        office,
        xlsx(tmp_path / "a.xlsx", [HEAD, [1, "Ia Tơi", "Thôn 9", "Y Loan", "0901234561", 70]]),
    )
    rows = [HEAD, [1, "Ia Tơi", "Thôn 8", "A Thu", "0901234561", 70]]
    outcome = await bring(office, xlsx(tmp_path / "b.xlsx", rows))
    assert [(e.row, e.column) for e in outcome.errors] == [(2, Column.PHONE)]
    assert (await person_by_phone("0901234561")).name == "Y Loan"


async def test_new_communes_come_only_when_asked_for(office, tmp_path):
    path = xlsx(
        tmp_path / "l.xlsx",
        [HEAD, [1, "Xã Mới", "Làng A", "", "", 5], [2, "xã mới", "Thôn A", "", "", 6]],
    )
    assert [e.column for e in (await bring(office, path)).errors] == [Column.COMMUNE] * 2
    outcome = await bring(office, path, Wish(apply=True, new_communes=True))
    assert [c.kind for c in outcome.changes if c.kind is not Kind.HOUSEHOLDS] == [
        Kind.NEW_COMMUNE,
        Kind.NEW_VILLAGE,
        Kind.NEW_VILLAGE,
    ]
    progress = await progress_of("ia-hdrai", None, office, await active_pack("vi-du"))
    assert ("ia-hdrai-xa-moi", "Xã Mới", 0, 8) in progress.communes


async def test_a_village_that_another_plan_brought_is_no_second_one(office, tmp_path):
    pack = load_pack("vi-du")
    areas = [a for a in pack.areas if a.level != "village"]
    own = pack.model_copy(update={"id": "rieng", "areas": areas, "targets": []})
    await load_into_database(own, office)
    given = read_list(
        read_sheets(xlsx(tmp_path / "l.xlsx", [HEAD, [1, "Ia Tơi", "Thôn 9", "", "", 70]]))
    )
    count = await Area.all().count()

    outcome = await put_in(given, await active_pack("rieng"), office, zone=OFFICE_ZONE, wish=APPLY)

    assert outcome.changes[0].kind is Kind.NEW_VILLAGE
    assert await Area.all().count() == count
    progress = await progress_of("ia-hdrai", None, office, await active_pack("rieng"))
    assert [v.code for v in progress.villages] == ["ia-toi-thon-9"]


async def test_after_the_merger_the_former_commune_tells_two_villages_apart(
    office, tmp_path, catalog_vi
):
    clock = office
    await bring(clock, xlsx(tmp_path / "a.xlsx", [HEAD, [1, "Ia Dom", "Thôn 1", "", "", 150]]))
    await apply_reform(read_reform("reform-2025"), clock, zone=OFFICE_ZONE)

    rows = [HEAD, [1, "Ia Dom", "Thôn 1", "", "", 1], [2, "Ia Tơi", "Thôn 1", "", "", 2]]
    outcome = await bring(clock, xlsx(tmp_path / "b.xlsx", rows))
    assert [catalog_vi.say(e.reason).split(".")[0] for e in outcome.errors] == [
        "Xã Ia Dom đã kết thúc ngày 30/06/2025",
        "Có nhiều thôn cùng tên",
    ]
    rows = [
        HEAD,
        [1, "Ia Tơi", "thôn 1 (xã Ia Dom)", "", "", 151],
        [2, "Ia Tơi", "Thôn 1 (Ia Tơi)", "", "", 119],
    ]
    assert (await bring(clock, xlsx(tmp_path / "c.xlsx", rows))).applied
    assert (await Area.get(code="ia-dom-thon-1")).households == 151
    assert (await Area.get(code="ia-toi-thon-1")).households == 119


async def test_the_template_comes_back_without_changing_anything(office, tmp_path, catalog_vi):
    clock = office
    await bring(
        clock,
        xlsx(tmp_path / "a.xlsx", [HEAD, [1, "Ia Tơi", "Thôn 9", "Y Loan", "0901234561", 71]]),
    )
    pack, path = await active_pack("vi-du"), tmp_path / "t.xlsx"
    write_template(path, pack, clock.now().date(), {"ia-toi-thon-9": 71}, catalog_vi)

    outcome = await bring(clock, path)

    assert (outcome.changes, outcome.errors, outcome.unchanged) == ([], [], 12)
    texts = [str(c.value) for row in load_workbook(path)["Danh sách thôn"] for c in row if c.value]
    assert "Thôn Chư Hem" in texts
    assert not [t for t in texts if "90123" in t or "Loan" in t]


def test_a_csv_of_any_mark_is_read(tmp_path):
    for mark in ",;\t":
        path = tmp_path / "l.csv"
        text = f"Thôn{mark}Xã{mark}Số hộ\nThôn 1{mark}Ia Đal{mark}96\n"
        path.write_text(text, encoding="utf-8-sig")
        (item,) = read_list(read_sheets(path)).listed
        assert (item.village, item.commune, item.households) == ("Thôn 1", "Ia Đal", 96)


def _zip(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _book(write):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        write(book.add_worksheet())
    return out.getvalue()


HOSTILE = {
    "a bomb": lambda: _zip({"xl/worksheets/sheet1.xml": b"\0" * 70_000_000}),
    "too many parts": lambda: _zip({str(n): b"" for n in range(600)}),
    "entities": lambda: _zip(
        {"[Content_Types].xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'}
    ),
    "no book": lambda: _zip({"a": b"b"}),
    "cut off": lambda: _book(lambda s: s.write(0, 0, "Thôn"))[:-200],
    "old Excel": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "other letters": lambda: "Thôn;Xã\nThôn 1;Ia Đal\n".encode("cp1258", "ignore") + b"\xc3",
    "too large": lambda: b"x" * 10_000_001,
    "too many rows": lambda: _book(lambda s: s.write(MAX_ROWS, 0, "Thôn 1")),
    "no headings": lambda: _book(lambda s: s.write(0, 0, "Thôn")),
    "two headings": lambda: _book(lambda s: s.write_row(0, 0, ["Thôn", "Xã", "Tên xã"])),
    "nothing": lambda: b"",
    "an open quote": lambda: b'Thon,Xa\n"Thon 1,Ia Dal\n',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_is_no_list_is_refused_with_one_sentence(tmp_path, kind):
    path = tmp_path / "l.xlsx"
    path.write_bytes(HOSTILE[kind]())
    with pytest.raises(SheetError) as refused:
        read_list(read_sheets(path))
    assert refused.value.reason.msgid


def test_no_file_breaks_the_reader(tmp_path):
    good = _book(lambda s: s.write_row(0, 0, ["Thôn", "Xã", "Số hộ"]))
    dice = random.Random(3)  # noqa: S311  (throws dice, keeps no secret)
    path = tmp_path / "l.xlsx"
    read = refused = 0
    for _ in range(150):
        broken = bytearray(good)
        for _ in range(dice.randint(1, 30)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        path.write_bytes(broken)
        try:
            read_list(read_sheets(path))
        except SheetError:
            refused += 1
        else:
            read += 1
    assert read, "some bytes of a workbook mean nothing"
    assert refused


def test_a_small_file_that_unpacks_to_too_many_cells_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("backend.imports.sheet.MAX_CELLS", 500)
    path = xlsx(tmp_path / "l.xlsx", [HEAD])
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                rows = b"".join(b"<row>" + b"<c><v>1</v></c>" * 50 + b"</row>" for _ in range(20))
                data = b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"
            new.writestr(part, data)
    with pytest.raises(SheetError) as refused:
        read_sheets(bomb)
    assert "too many cells" in str(refused.value.reason.params["reason"].msgid)
