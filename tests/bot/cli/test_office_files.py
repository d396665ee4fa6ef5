"""Commands that take data out of an office or put it back: by their content, and one sentence if not."""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest

from backend import audit
from backend.database import close_database, open_database
from backend.evidence.keep import Kept, PhotoKeeper
from backend.evidence.store import EvidenceStore
from backend.models import AuditEntry, Chat, EvidenceFile, Inbox, Outbox, Person
from bot.cli import main
from bot.messages import Incoming, Kind, Outgoing
from tests.backend.dossier.conftest import picture
from tests.backend.review.scene import make_scene
from tests.backend.test_audit import unguard_audit
from tests.clock import HandClock
from tests.postgres import run_apart

PHONE = "0901 234 567"
SAID = "bác Minh đã xây xong nhà"


async def fill(url: str, evidence: str) -> None:
    """A village has sent its housing with a photo; its head has a number and has said something."""
    await open_database(url)
    clock = HandClock()
    keeper = PhotoKeeper(EvidenceStore(evidence), clock)
    try:
        scene = await make_scene(clock)
        kept = await keeper.keep_photo(picture(1), keep_position=False)
        assert isinstance(kept, Kept)
        interview = await scene.interview("ia-dal-thon-1", "nha-o", "2026-Q4")
        await scene.photo(interview, file=await EvidenceFile.get(sha256=kept.sha256))
        await scene.submit(interview)
        head, now = scene.people["head"], clock.now()
        await Person.filter(id=head).update(name="A Nhà", phone="+84901234567")
        chat = await Chat.create(
            channel="telegram", external_id="77", person_id=head, created_at=now
        )
        done = {"chat": chat, "status": 2, "done_at": now}
        said = Incoming("telegram", "1", "77", "77", Kind.TEXT, text=SAID).to_json()
        await Inbox.create(
            channel="telegram", external_id="1", payload=said, received_at=now, **done
        )
        await Outbox.create(payload=Outgoing("Chào A Nhà").to_json(), created_at=now, **done)
        await audit.record("photo.seen", by=scene.people["admin"], subject="photo:1", at=now)
    finally:
        keeper.close()
        await close_database()


@pytest.fixture(scope="module")
def built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    shutil.copyfile(sqlite_template, folder / "office.sqlite3")
    url = f"sqlite://{folder / 'office.sqlite3'}?synchronous=OFF"
    run_apart(lambda: fill(url, f"file://{folder / 'evidence'}"))
    return folder


@pytest.fixture
def office(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The office's folder; the environment names it."""
    folder = tmp_path / "office"
    shutil.copytree(built, folder)
    use(folder, monkeypatch)
    return folder


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{folder / 'office.sqlite3'}")
    monkeypatch.setenv("EVIDENCE_URL", f"file://{folder / 'evidence'}")
    monkeypatch.setenv("DATA_DIR", str(folder / "data"))
    for name in ("OFFICE_LANG", "PLAN", "KEEP_PHOTO_MONTHS", "KEEP_MESSAGE_DAYS"):
        monkeypatch.delenv(name, raising=False)


def look(folder: Path, what):
    """Return what a coroutine finds in an office's database."""

    async def looked():
        await open_database(f"sqlite://{folder / 'office.sqlite3'}")
        try:
            return await what()
        finally:
            await close_database()

    return asyncio.run(looked())


def test_submissions_go_out_as_lines_as_a_workbook_and_as_standard_xml(office, capsys):
    lines, book, whole = (office / name for name in ("a.csv", "a.xlsx", "a.zip"))
    assert main(["export", "--area", "ia-dal", "--period", "2026-Q4", "-o", str(lines)]) == 0
    assert "1 phiếu" in capsys.readouterr().out
    rows = list(csv.DictReader(lines.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["value"] for row in rows] == ["96"]
    assert not any("Nhà" in value or "901" in value for row in rows for value in row.values())
    assert main(["export", "--area", "ia-dal", "--as", "xlsx", "-o", str(book), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["submissions"] == 1
    cells = [c.value for row in openpyxl.load_workbook(book).active.iter_rows() for c in row]
    assert 96 in cells or "96" in cells
    assert main(["export", "--area", "ia-dal-thon-1", "--as", "xml", "-o", str(whole)]) == 0
    with zipfile.ZipFile(whole) as made:
        assert [made.read(name) for name in made.namelist() if name.endswith(".xml")]
    assert main(["export", "--area", "ia-toi", "-o", str(lines)]) == 0
    assert len(lines.read_text(encoding="utf-8-sig").splitlines()) == 1, "the head alone"
    done = look(office, lambda: AuditEntry.filter(action="export.made").order_by("number"))
    assert [(e.subject, json.loads(e.details)["as"]) for e in done][:2] == [
        ("area:ia-dal", "csv"),
        ("area:ia-dal", "xlsx"),
    ]


def test_a_dossier_is_the_same_file_each_time_and_noted(office, capsys):
    one, two = office / "one.zip", office / "two.zip"
    for target in (one, two):
        assert main(["dossier", "--area", "ia-dal-thon-1", "-o", str(target), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(t["submissions"], t["photos"]) for t in told] == [(1, 1), (1, 1)]
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as made:
        assert {"ho-so.docx", "manifest.json"} <= set(made.namelist())
    rows = look(office, lambda: AuditEntry.filter(action="dossier.built").count())
    assert rows == 2


def test_a_person_s_own_file_and_erasing_them(office, capsys):
    target = office / "toi.zip"
    assert main(["person", "export", "--phone", PHONE, "-o", str(target), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["submissions"], counts["photos"], counts["received"]) == (1, 1, 1)
    with zipfile.ZipFile(target) as made:
        told = json.loads(made.read("person.json"))
        assert told["person"][0]["name"] == "A Nhà"
        assert SAID in made.read("received.jsonl").decode()
        [photo] = [n for n in made.namelist() if n.startswith("photos/")]
        assert made.read(photo) == picture(1)
    assert main(["person", "erase", "--person", "a nha"]) == 0
    assert "--yes" in capsys.readouterr().out
    assert look(office, lambda: Person.get(name="A Nhà")).phone, "only counted"
    assert main(["person", "erase", "--phone", PHONE, "--yes", "--json"]) == 0
    erased = json.loads(capsys.readouterr().out)
    assert (erased["erased"], erased["chats"], erased["kept_submissions"]) == (True, 1, 1)
    assert SAID not in look(office, Inbox.get).payload
    assert look(office, lambda: Person.filter(phone__isnull=False).count()) == 0
    assert look(office, audit.verify).broken == 0


def test_a_backup_is_the_whole_office_again(office, tmp_path, monkeypatch, capsys):
    target = tmp_path / "all.zip"
    assert main(["backup", "-o", str(target), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert whole["rows"]["submission"] == 1
    before = target.read_bytes()
    assert main(["backup", "-o", str(target)]) == 2
    assert "--force" in one_sentence(capsys)
    assert target.read_bytes() == before
    assert main(["restore", str(target)]) == 2
    assert "không trống" in capsys.readouterr().err

    other = tmp_path / "other"
    other.mkdir()
    use(other, monkeypatch)
    half = tmp_path / "half.zip"
    half.write_bytes(target.read_bytes()[:-400])
    assert main(["restore", str(half)]) == 2
    assert "Chưa có gì được đưa vào" in one_sentence(capsys)
    assert main(["restore", str(target), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == whole
    assert look(other, lambda: Person.get(name="A Nhà")).phone == "+84901234567"
    kept = whole["audit"]["sha256"]
    assert main(["audit", "verify", "--since", kept]) == 0, "the row of restoring came after it"
    actions = look(other, lambda: AuditEntry.all().order_by("-number").limit(2))
    assert [e.action for e in actions] == ["backup.restored", "backup.made"]
    assert main(["person", "export", "--phone", PHONE, "-o", str(other / "x.zip"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["photos"] == 1


def test_what_is_old_is_counted_and_goes(office, monkeypatch, capsys):
    assert main(["retention", "--dry-run"]) == 0
    assert "chưa đặt" in capsys.readouterr().out
    monkeypatch.setenv("KEEP_PHOTO_MONTHS", "1")
    monkeypatch.setenv("KEEP_MESSAGE_DAYS", "30")
    look(office, lambda: Inbox.all().update(received_at="2020-01-01", done_at="2020-01-02"))
    assert main(["retention", "--dry-run", "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["dry_run"], counted["received"], counted["keep_photo_months"]) == (True, 1, 1)
    assert SAID in look(office, Inbox.get).payload
    assert main(["retention"]) == 0
    assert "1 tin nhắn" in capsys.readouterr().out
    assert SAID not in look(office, Inbox.get).payload
    monkeypatch.setenv("KEEP_MESSAGE_DAYS", "3")
    assert main(["retention"]) == 2
    assert "KEEP_MESSAGE_DAYS" in one_sentence(capsys)


def test_the_log_is_verified_listed_and_counted(office, capsys):
    assert main(["audit", "verify", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["broken"], len(whole["sha256"]), whole["guarded"]) == (0, 64, True)
    assert main(["audit", "list", "--what", "photo", "--json"]) == 0
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["action"], row["subject"]) == ("photo.seen", "photo:1")
    assert main(["audit", "list", "--subject", "photo:2"]) == 0
    assert capsys.readouterr().out == ""
    book = office / "truy-cap.xlsx"
    span = ["--from", "2026-11-01", "--to", "2026-11-30"]
    assert main(["audit", "report", "--area", "ia-dal", *span, "-o", str(book)]) == 0
    people, villages = openpyxl.load_workbook(book).worksheets
    assert [c.value for c in people[2]][:2] == ["Minh admin", 1]
    assert villages["A2"].value.startswith("Thôn 1")

    kept = whole["sha256"]
    assert main(["audit", "verify", "--since", kept]) == 0
    assert "chưa có gì bị sửa" in capsys.readouterr().out
    assert main(["audit", "verify", "--since", kept, "--since", "0" * 64]) == 1
    assert "không còn trong nhật ký" in capsys.readouterr().out
    assert main(["audit", "verify", "--since", "abc"]) == 2
    assert "64" in one_sentence(capsys)

    async def forged() -> None:
        await unguard_audit()
        await AuditEntry.filter(action="photo.seen").update(subject="photo:9")

    look(office, forged)
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr().out
    assert f"dòng {row['number']}" in said
    assert "thonmoi migrate" in said, "and who took the guard away is not unseen"


def one_sentence(capsys) -> str:
    said = capsys.readouterr().err.strip()
    assert said.startswith("thonmoi: ")
    assert "\n" not in said
    return str(said)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("export --area khac -o {out}", "khac"),
        ("export --area ia-dal --period hôm-qua -o {out}", "không phải là kỳ"),
        ("export --area ia-dal -o {folder}", "-o"),
        ("export --area ia-dal -o {folder}/không/có.csv", "-o"),
        ("dossier --area khac -o {out}", "khac"),
        ("dossier --area ia-dal --period hôm-qua -o {out}", "không phải là kỳ"),
        ("person export --phone 0999999999 -o {out}", "Không"),
        ("person export --id 1 -o {folder}", "-o"),
        ("person erase --person ai-đó --yes", "Không"),
        ("person export --id 99999999999999999999 -o {out}", "Không"),
        ("session end --id 99999999999999999999", "Không"),
        ("due --at 0001-01-01T00:00", "--at"),
        ("due --at 9999-12-31T23:59", "--at"),
        ("person erase --id {admin} --yes", "quản trị"),
        ("backup -o {folder}", "-o"),
        ("restore {out}", "không có tệp"),
        ("restore {database}", "không"),
        ("audit list --limit 0", "--limit"),
        ("audit list --from 32/1", "2026-11-01"),
        ("audit report --area khac -o {out}", "khac"),
        ("audit report -o {folder}", "-o"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_2(office, capsys, command, said):
    names = {
        "out": office / "out",
        "folder": office,
        "database": office / "office.sqlite3",
        "admin": look(office, lambda: Person.get(name="Minh admin")).id,
    }
    assert main([word.format(**names) for word in command.split()]) == 2
    assert said.lower() in one_sentence(capsys).lower()
    assert not (office / "out").exists()
