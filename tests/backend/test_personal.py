"""A person asks for what is kept of them, or for it to go: the village's report stays."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from backend import consent
from backend.areas.log import note_change
from backend.models import (
    Area,
    AreaChange,
    AuditEntry,
    Chat,
    Consent,
    Inbox,
    Interview,
    Invite,
    Outbox,
    Person,
    Submission,
)
from backend.people import grants_of
from backend.personal import LastAdminError, erase_person, export_person, find, would_erase
from bot.messages import Incoming, Kind, Outgoing
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
    counts = await export_person(known, village.store, target)
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
    known: Person, village: Village, clock: HandClock, database: str
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
    erased = await erase_person(known, clock.now())
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
    await erase_person(await Person.get(id=known.id), clock.now())  # again: nothing more to do


async def test_the_last_admin_stays_until_there_is_another(
    village: Village, clock: HandClock
) -> None:
    admin = await Person.get(id=village.scene.people["admin"])
    with pytest.raises(LastAdminError):
        await erase_person(admin, clock.now())
    assert (await Person.get(id=admin.id)).name


async def test_a_stranger_is_nobody(village: Village) -> None:
    assert await find(phone="0900000000") is None
    assert await find(phone="no number") is None
    assert await find(person_id=10**9) is None
