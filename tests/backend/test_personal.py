"""A person asks for what is kept of them, or for it to go: the village's report stays."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from backend import consent
from backend.areas.log import note_change
from backend.database import sqlite_path
from backend.erasing import LastAdminError, Made, erase_person, would_erase
from backend.evidence.store import EvidenceStore, NotKeptError
from backend.made_files import note_made
from backend.models import (
    AdminKey,
    Area,
    AreaChange,
    AuditEntry,
    BytesToDelete,
    Chat,
    Consent,
    Evidence,
    EvidenceFile,
    Inbox,
    Interview,
    Invite,
    MadeFile,
    OfficeSession,
    Outbox,
    Person,
    PhotoLook,
    RecoveryCode,
    Submission,
)
from backend.people import grants_of
from backend.personal import export_person, find
from backend.photo_answers import drop_photos
from backend.sessions import Way, begin
from backend.unsent import clear
from bot.messages import Incoming, Kind, Media, Outgoing
from bot.sent_figures import figures_key
from bot.web_chat.spool import Spool
from tests.backend.dossier.conftest import Village, village
from tests.clock import HandClock

__all__ = ["village"]

PHONE = "+84912345678"


@pytest.fixture
async def known(village: Village, clock: HandClock) -> Person:
    head = village.scene.people["head"]
    await Person.filter(id=head).update(phone=PHONE)
    await village.sent("nha-o", 1)
    await consent.give(head, "telegram", clock.now())
    chat = await Chat.create(
        channel="telegram", external_id="99887766", person_id=head, created_at=clock.now()
    )
    said = Incoming("telegram", "u1", "99887766", "99887766", Kind.TEXT, text="tôi là Minh")
    for status in (0, 2):
        await Inbox.create(
            channel="telegram", external_id=f"99887766:{status}", chat=chat, status=status,
            payload=said.to_json(), received_at=clock.now(),
        )  # fmt: skip
        await Outbox.create(
            chat=chat, status=status, payload=Outgoing("Chào bác Minh").to_json(),
            created_at=clock.now(), message_id="5",
        )  # fmt: skip
    begun = await village.scene.interview("ia-dal-thon-1", "nuoc", "2026-Q4")
    await Interview.filter(id=begun.id).update(
        status="running", running_for=head, state='{"typed":"nhà ông Minh"}'
    )
    return await Person.get(id=head)


async def test_all_that_is_kept_is_handed_out(
    known: Person, village: Village, tmp_path: Path
) -> None:
    assert await find(phone="0912 345 678") == known
    target = tmp_path / "me.zip"
    noted = []

    async def note(counts: dict[str, int]) -> None:
        assert not target.exists(), "noted before it is handed over"
        noted.append(counts)

    counts = await export_person(known, village.store, target, note)
    assert noted == [counts]
    assert (counts["submissions"], counts["received"], counts["photos"]) == (1, 2, 1)
    with zipfile.ZipFile(target) as made:
        told = json.loads(made.read("person.json"))
        received = [json.loads(line) for line in made.read("received.jsonl").splitlines()]
        photo = next(n for n in made.namelist() if n.startswith("photos/"))
        assert made.read(photo) == await village.store.get(photo.removeprefix("photos/"))
    assert told["person"][0]["phone"] == PHONE
    assert told["chats"][0]["external_id"] == "99887766"
    assert told["consents"][0]["channel"] == "telegram"
    assert received[0]["message"]["text"] == "tôi là Minh"


async def test_erased_nothing_names_them_and_the_village_keeps_its_report(
    known: Person, village: Village, clock: HandClock, tmp_path: Path
) -> None:
    mine = await Area.get(code="ia-dal-thon-1")
    elsewhere = await Area.exclude(id=mine.id).filter(level="village").first()
    for number, place in enumerate((mine, elsewhere)):
        await Invite.create(
            code_sha256=str(number), role="village_head", area_id=place.id, name=known.name,
            created_at=clock.now(), expires_at=clock.now(),
        )  # fmt: skip
    listed = [
        [2, "person", "Ia Dal", mine.name, known.name, "bác khác"],
        [3, "person", "Ia Dal", elsewhere.name, "", known.name],
    ]
    await note_change("import", "list.xlsx", clock.now(), {"changes": listed})
    counted = await would_erase(known)
    spool = Spool(tmp_path / "spool")
    erased = await erase_person(known, village.store, spool, clock.now())
    assert await Invite.all().order_by("id").values_list("name", flat=True) == ["", "Minh head"]
    kept = json.loads((await AreaChange.get(kind="import")).details)["changes"]
    assert [row[4:] for row in kept] == [["", "bác khác"], ["", "Minh head"]], "a namesake stays"
    assert erased == counted
    assert (erased.kept_submissions, erased.kept_photos, erased.kept_consents) == (1, 1, 1)
    left = [
        json.dumps(row, default=str, ensure_ascii=False)
        for model in (Person, Chat, Inbox, Outbox, Interview, AuditEntry, Consent)
        for row in await model.filter().values()
        if model is not Person or row["id"] == known.id
    ]
    for secret in ("Minh head", "bác Minh", "ông Minh", "tôi là", PHONE, "99887766"):
        assert not [row for row in left if secret in row], secret
    assert await Submission.filter(person_id=known.id, current_key__isnull=False).count() == 1
    assert not await consent.consented(known.id)
    assert await grants_of(known.id) == ()
    assert not await Outbox.filter(status=0).exists()
    assert not await Inbox.filter(status=0).exists()
    row = await AuditEntry.get(action="person.erased")
    assert len(json.loads(row.details)["consents_sha256"]) == 64
    again = await Person.get(id=known.id)
    assert not (await erase_person(again, village.store, spool, clock.now())).interviews


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_was_erased_stands_in_no_file_of_the_database(
    known: Person, village: Village, clock: HandClock, database: str, tmp_path: Path
) -> None:
    files = [Path(sqlite_path(database)), Path(f"{sqlite_path(database)}-wal")]
    assert any("tôi là Minh".encode() in f.read_bytes() for f in files)
    await erase_person(known, village.store, Spool(tmp_path / "spool"), clock.now())
    for said in ("tôi là Minh", "nhà ông Minh", PHONE):
        assert not [f.name for f in files if f.exists() and said.encode() in f.read_bytes()], said


async def test_the_last_admin_stays_until_there_is_another(
    village: Village, clock: HandClock, tmp_path: Path
) -> None:
    admin = await Person.get(id=village.scene.people["admin"])
    with pytest.raises(LastAdminError):
        await erase_person(admin, village.store, Spool(tmp_path), clock.now())
    assert (await Person.get(id=admin.id)).name


async def test_a_stranger_is_nobody(village: Village) -> None:
    assert await find(phone="0900000000") is None
    assert await find(phone="no number") is None
    assert await find(person_id=10**9) is None


async def there(store: EvidenceStore, key: str) -> bool:
    try:
        await store.get(key)
    except NotKeptError:
        return False
    return True


@pytest.fixture
async def unsent(known: Person, village: Village, clock: HandClock) -> dict[str, EvidenceFile]:
    """Photos of one person: sent, of every kind of unsent, and named by nothing but a message."""
    scene, files = village.scene, {"sent": await EvidenceFile.get()}
    for status in ("running", "paused", "cancelled", "left"):
        interview = await scene.interview("ia-dal-thon-1", "nuoc", "2026-Q4")
        file = files[status] = await village.file()
        await PhotoLook.filter(file_id=file.id).update(latitude=14.1, longitude=107.4)
        await scene.photo(interview, file=file)
        await scene.photo(interview, file=files["sent"])
        await Interview.filter(id=interview.id).update(status=status, state='{"a":"nhà Minh"}')
    files["taken out"] = await village.file()
    sent = await Interview.filter(status="submitted").first()
    await scene.photo(sent, file=files["taken out"])
    use = Evidence.filter(file_id=files["taken out"].id)
    await use.update(submission_id=None, interview_id=sent.id)
    await drop_photos(sent.id, (await use.get()).path, [files["taken out"].sha256], clock.now())
    for name in ("never used", "of two"):
        files[name] = await village.file()
    other = await Chat.create(channel="web", external_id="b" * 32, created_at=clock.now())
    mine = await Chat.get(person_id=known.id)
    for chat, name, status in (
        (mine, "never used", 2), (mine, "of two", 2), (other, "of two", 0),
    ):  # fmt: skip
        media = Media(source=f"{len(name)}" * 64, sha256=files[name].sha256)
        said = Incoming(chat.channel, name, chat.external_id, "1", Kind.PHOTO, media=media)
        await Inbox.create(
            channel=chat.channel, external_id=f"{name}{chat.id}", chat=chat, status=status,
            payload=said.to_json(), received_at=clock.now(),
        )  # fmt: skip
    return files


async def test_what_was_never_sent_goes_with_its_bytes_and_what_something_else_uses_stays(
    known: Person,
    unsent: dict[str, EvidenceFile],
    village: Village,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    async def note(_counts: dict[str, int]) -> None: ...

    counts = await export_person(known, village.store, tmp_path / "me.zip", note)
    assert counts["photos"] == len(unsent), "what the office never got is the person's all the same"
    counted = await would_erase(known)
    assert (counted.interviews, counted.photos, counted.kept_photos) == (5, 6, 1)

    erased = await erase_person(known, village.store, Spool(tmp_path), clock.now())

    assert erased == counted
    stays = {"sent", "of two"}
    for name, file in unsent.items():
        kept = name in stays
        assert await EvidenceFile.exists(id=file.id) is kept, name
        assert await PhotoLook.exists(file_id=file.id) is kept, name
        for key in (file.sha256, file.preview):
            assert await there(village.store, key) is kept, name
    assert await Evidence.filter(submission_id=None).count() == 0
    assert await Evidence.all().count() == 1
    assert set(await Interview.all().values_list("status", "state")) == {
        ("gone", "{}"),
        ("submitted", (await Interview.get(status="submitted")).state),
    }


async def test_bytes_that_could_not_be_deleted_follow_and_those_sent_again_stay(
    unsent: dict[str, EvidenceFile],
    village: Village,
    clock: HandClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = await Person.get(phone=PHONE)

    async def away(_key: str) -> None:
        raise OSError("the store failed")

    with monkeypatch.context() as broken:
        broken.setattr(village.store, "delete", away)
        with pytest.raises(OSError, match="store"):
            await erase_person(known, village.store, Spool(tmp_path), clock.now())
    assert (await Person.get(id=known.id)).name == "", "all rows are gone"
    assert await there(village.store, unsent["running"].sha256)
    again = await village.keeper.keep_photo(
        await village.store.get(unsent["paused"].sha256), keep_position=False
    )
    await clear(village.store)
    assert not await there(village.store, unsent["running"].sha256)
    assert await there(village.store, again.sha256)
    assert not await BytesToDelete.exists()


async def test_words_in_groups_uploads_keys_and_browsers_go_too(
    known: Person, village: Village, clock: HandClock, tmp_path: Path
) -> None:
    now = clock.now()
    group = await Chat.create(channel="telegram", external_id="-100", private=False, created_at=now)
    for number, user in enumerate(("99887766", "5")):
        said = Incoming("telegram", f"g{number}", "-100", user, Kind.TEXT, text="/tiendo nhé")
        await Inbox.create(
            channel="telegram", external_id=f"g{number}", chat=group, status=2,
            payload=said.to_json(), received_at=now, done_at=now,
        )  # fmt: skip
    key = await AdminKey.create(
        person_id=known.id, login="minh.head", password="x", second_salt="y", created_at=now
    )
    await RecoveryCode.create(key=key, code_hmac="z")
    await begin(known.id, Way.LINK, "Firefox", now)
    web = await Chat.create(channel="web", external_id="c" * 32, person_id=known.id, created_at=now)
    source = "d" * 64
    said = Incoming("web", "p", "c" * 32, "c" * 32, Kind.PHOTO, media=Media(source=source))
    await Inbox.create(
        channel="web", external_id="p", chat=web, payload=said.to_json(), received_at=now
    )
    spool = tmp_path / "spool"
    for path in (spool / source, spool / "halves" / ("c" * 32) / "1.half", spool / ("e" * 64)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a photo with its place")

    await erase_person(known, village.store, Spool(spool), now)

    left = [p.name for p in spool.rglob("*") if p.is_file()]
    assert left == ["e" * 64], "somebody else's"
    texts = await Inbox.filter(chat_id=group.id).order_by("id").values_list("payload", flat=True)
    assert [Incoming.from_json(t).text for t in texts] == ["…", "/tiendo nhé"]
    await key.refresh_from_db()
    assert (key.login, key.password, key.second_salt) == ("", "", "")
    assert not await RecoveryCode.exists()
    assert not await OfficeSession.exists()


async def test_what_was_made_for_them_goes_and_what_others_were_sent_stays(
    known: Person, village: Village, clock: HandClock, tmp_path: Path
) -> None:
    """Pictures and workbooks of messages, and dossiers, which name who decided."""
    now, store = clock.now(), EvidenceStore(f"file://{tmp_path / 'made'}", "attachments")
    other = await Chat.create(channel="web", external_id="other", created_at=now)
    mine = await Chat.get(person_id=known.id)
    drawn = "progress|vi|ia-dal|2026-11|1|2026-11-22T01:00:00+00:00"
    book, shared = await store.put(b"PK for one"), await store.put(b"PK for both")
    for key in (book, shared, await store.put_as(drawn, b"PNG")):
        await note_made(key, now)
    for chat, what in ((mine, book), (mine, shared), (other, shared), (mine, drawn)):
        named = figures_key("ia-dal", known.id if chat is mine else 77, what)
        said = Outgoing("Ia Dal", picture=named) if what == drawn else Outgoing("", document=named)
        await Outbox.create(chat=chat, payload=said.to_json(), status=1, created_at=now)
    dossiers = tmp_path / "dossiers"
    dossiers.mkdir()
    for name in ("a" * 32 + ".zip", "a" * 32 + ".json", "b" * 32 + ".json"):
        (dossiers / name).write_text("{}")

    made = Made(store, dossiers)
    await erase_person(known, village.store, Spool(tmp_path / "spool"), now, made=made)

    assert [key async for key in store.keys()] == [shared]  # noqa: SIM118  (a store is no dict)
    assert await MadeFile.all().values_list("key", flat=True) == [shared]
    assert [p.name for p in dossiers.iterdir()] == ["b" * 32 + ".json"], "what is being built"
