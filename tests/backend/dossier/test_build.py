"""The dossier: whole, checkable, the same bytes whenever it is built."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from PIL import Image

from backend.dossier.build import build
from backend.dossier.collect import UnknownAreaError, collect
from backend.dossier.document import write_document
from backend.dossier.facts import Asked
from backend.models import EvidenceFile
from tests.backend.dossier.conftest import VILLAGE, Village

pytestmark = pytest.mark.usefixtures("database")


def left_behind(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".dossier")]


def words_of(path: Path) -> str:
    with zipfile.ZipFile(path) as made:
        document = docx.Document(io.BytesIO(made.read("ho-so.docx")))
    lines = [p.text for p in document.paragraphs]
    for table in document.tables:
        for row in table.rows:
            lines += [cell.text for cell in row.cells]
    return "\n".join(lines)


async def test_built_twice_it_is_the_same_bytes(judged: Village, tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    built = await build(Asked(VILLAGE), judged.reader, judged.store, one)
    assert (built.submissions, built.photos, built.lost) == (2, 3, 0)
    judged.scene.clock.advance(days=200)
    await build(Asked(VILLAGE), judged.reader, judged.store, two)
    assert one.read_bytes() == two.read_bytes()
    assert left_behind(tmp_path) == []


async def test_what_was_never_sent_moves_nothing(judged: Village, tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    await build(Asked(VILLAGE), judged.reader, judged.store, one)
    judged.scene.clock.advance(hours=1)
    begun = await judged.scene.interview(VILLAGE, "rac-thai", "2026-Q4")
    await judged.scene.photo(begun)
    await build(Asked(VILLAGE), judged.reader, judged.store, two)
    assert one.read_bytes() == two.read_bytes()


async def test_the_document_says_what_an_appraiser_must_check(
    judged: Village, tmp_path: Path
) -> None:
    target = tmp_path / "d.zip"
    await build(Asked(VILLAGE), judged.reader, judged.store, target)
    said = words_of(target)
    for words in (
        "Thôn 1",
        "DỮ LIỆU MẪU",
        "Minh head",  # who sent it
        "Minh commune",  # who decided
        "QĐ 12/QĐ-UBND",  # the stage's decision
        "đạt",
        "Ảnh tối",
        "96",
        "đã hỏi lại",
        "Xin đếm lại giúp ạ",
    ):
        assert words in said, words
    with zipfile.ZipFile(target) as made:
        document = docx.Document(io.BytesIO(made.read("ho-so.docx")))
    head = document.sections[0].header.paragraphs[0].text
    assert "DỮ LIỆU MẪU" in head
    pictures = [
        rel.target_part.blob
        for rel in document.part.rels.values()
        if rel.reltype.endswith("/image")
    ]
    assert len(pictures) == 3
    for blob in pictures:
        with Image.open(io.BytesIO(blob)) as image:
            assert max(image.size) == 640
            assert not image.getexif()


async def test_it_is_laid_out_as_an_administrative_paper(judged: Village, tmp_path: Path) -> None:
    target = tmp_path / "d.zip"
    await build(Asked("ia-dal"), judged.reader, judged.store, target)
    with zipfile.ZipFile(target) as made:
        document = docx.Document(io.BytesIO(made.read("ho-so.docx")))
        originals = [n for n in made.namelist() if n.startswith("anh/")]
    page = document.sections[0]
    assert page.different_first_page_header_footer  # no number on the first page
    assert {round(m.mm) for m in (page.top_margin, page.bottom_margin)} == {20}
    assert (round(page.left_margin.mm), round(page.right_margin.mm)) == (30, 15)
    for style in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        assert document.styles[style].font.name == "Times New Roman"
    sizes = {name: document.styles[name].font.size.pt for name in ("Normal", "Title", "Heading 1")}
    assert sizes == {"Normal": 13, "Title": 14, "Heading 1": 14}
    assert not any(document.styles[f"Heading {n}"].font.italic for n in (1, 2, 3))
    assert document.styles["Normal"].paragraph_format.space_after.pt == 6
    line = next(p for p in document.paragraphs if p.text.startswith("Kế hoạch: "))
    assert (line.alignment, line.paragraph_format.first_line_indent.cm) == (3, pytest.approx(1.27))
    assert document.element.body.find(f".//{docx.oxml.ns.qn('w:pBdr')}") is not None
    for told in document.styles.element.iter(docx.oxml.ns.qn("w:lang")):
        assert told.get(docx.oxml.ns.qn("w:val")) == "vi-VN"
    rows = [row for table in document.tables for row in table.rows]
    assert all(r._tr.trPr.find(docx.oxml.ns.qn("w:cantSplit")) is not None for r in rows)
    said = words_of(target)
    assert all(f"Ảnh gốc: {path}" in said for path in originals)
    assert "96 hộ" in said  # a number with what it counts
    assert "ảnh 1 đã duyệt" in said  # the history names photos by their number here
    nothing_sent = next(r for r in rows if r.cells[0].text == "Thôn 8")
    assert [c.text for c in nothing_sent.cells] == ["Thôn 8", "0/4", *["–"] * 6]
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert "Thôn 1" in headings
    assert "Thôn 8" not in headings


async def test_villages_are_called_as_the_plan_calls_them(village: Village, tmp_path: Path) -> None:
    await village.sent("nuoc", 0)
    found = await collect(Asked("ia-dal"), village.reader)
    called = replace(found, progress=replace(found.progress, unit_word="làng"))
    words, zone = village.reader.words, village.reader.zone
    write_document(called, tmp_path / "d.docx", words, zone)
    document = docx.Document(str(tmp_path / "d.docx"))
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    said = [p.text for p in document.paragraphs] + cells
    assert "Làng" in cells
    assert "Từng làng" in said
    assert any("làng đã báo cáo" in text for text in said)
    assert any("do làng tự đánh giá" in text for text in said)
    assert "Thôn" not in cells


async def test_a_threshold_stands_with_its_document_and_line_or_says_that_there_is_none(
    village: Village, tmp_path: Path
) -> None:
    await village.sent("nuoc", 0)
    target = tmp_path / "d.zip"
    await build(Asked(VILLAGE), village.reader, village.store, target)
    said = words_of(target)
    assert "không ghi nguồn" in said  # the sample's made-up thresholds name no source
    assert "chưa có ngưỡng" in said


async def test_the_manifest_names_every_file_with_its_hash(judged: Village, tmp_path: Path) -> None:
    target = tmp_path / "d.zip"
    await build(Asked(VILLAGE), judged.reader, judged.store, target)
    with zipfile.ZipFile(target) as made:
        manifest = json.loads(made.read("manifest.json"))
        listed = {f["path"]: f for f in manifest["files"]}
        assert set(made.namelist()) == {*listed, "manifest.json", "manifest.csv"}
        for path, file in listed.items():
            body = made.read(path)
            assert hashlib.sha256(body).hexdigest() == file["sha256"]
            assert len(body) == file["size"]
        rows = list(csv.DictReader(io.StringIO(made.read("manifest.csv").decode("utf-8-sig"))))
        assert {i.date_time for i in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert [r["path"] for r in rows] == list(listed)
    assert manifest["sample_data"] is True
    states = {f.get("state") for f in manifest["files"] if f["kind"] == "photo"}
    assert states == {"approved", "rejected", "waiting"}


async def test_a_commune_holds_all_its_villages(judged: Village, tmp_path: Path) -> None:
    await judged.sent("nha-tieu", 1, "ia-dal-thon-2")
    target = tmp_path / "d.zip"
    built = await build(Asked("ia-dal"), judged.reader, judged.store, target)
    assert (built.submissions, built.photos) == (3, 4)
    said = words_of(target)
    assert "Thôn 2" in said
    assert "Ia Đal" in said


async def test_a_set_alone_leaves_the_others_out(judged: Village, tmp_path: Path) -> None:
    target = tmp_path / "d.zip"
    with pytest.raises(LookupError, match="no-such-set"):
        await build(Asked(VILLAGE, None, "no-such-set"), judged.reader, judged.store, target)
    assert not target.exists()


async def test_a_photo_that_is_gone_is_said_to_be_gone(judged: Village, tmp_path: Path) -> None:
    removed, lost = await EvidenceFile.all().order_by("id").limit(2)
    removed.removed_at = judged.scene.now
    await removed.save()
    body = await judged.store.get(lost.sha256)
    assert hashlib.sha256(body).hexdigest() == lost.sha256
    shutil.rmtree(tmp_path / "evidence" / "photos" / lost.sha256[:2])
    target = tmp_path / "d.zip"
    built = await build(Asked(VILLAGE), judged.reader, judged.store, target)
    assert built.lost == 1
    with zipfile.ZipFile(target) as made:
        notes = {
            f["sha256"]: f.get("note") for f in json.loads(made.read("manifest.json"))["files"]
        }
    assert notes[removed.sha256] == "removed"
    assert notes[lost.sha256] == "lost"
    assert "hết hạn lưu" in words_of(target)


async def test_cancelled_in_the_middle_nothing_is_left_and_the_old_one_stays(
    judged: Village, tmp_path: Path
) -> None:
    target = tmp_path / "d.zip"
    target.write_bytes(b"the one before")
    reached = asyncio.Event()

    class Slow:
        async def get(self, key: str) -> bytes:
            reached.set()
            await asyncio.Event().wait()
            return b""

    work = asyncio.create_task(build(Asked(VILLAGE), judged.reader, Slow(), target))
    await reached.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert target.read_bytes() == b"the one before"
    assert left_behind(tmp_path) == []


async def test_progress_is_told_to_the_end(judged: Village, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    await build(
        Asked(VILLAGE),
        judged.reader,
        judged.store,
        tmp_path / "d.zip",
        progress=lambda done, whole: told.append((done, whole)),
    )
    assert told[-1][0] == told[-1][1] == 1 + 2 * 3 + 2
    assert [done for done, _ in told] == sorted(done for done, _ in told)


async def test_an_area_that_is_not_there_is_named(village: Village, tmp_path: Path) -> None:
    with pytest.raises(UnknownAreaError, match="nowhere"):
        await build(Asked("nowhere"), village.reader, village.store, tmp_path / "d.zip")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_an_office_program_can_open_it(judged: Village, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    target = tmp_path / "d.zip"
    await build(Asked(VILLAGE), judged.reader, judged.store, target)
    with zipfile.ZipFile(target) as made:
        made.extract("ho-so.docx", tmp_path)
    await asyncio.to_thread(
        subprocess.run,
        [
            office,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            tmp_path,
            tmp_path / "ho-so.docx",
        ],
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "ho-so.pdf").read_bytes().startswith(b"%PDF")
