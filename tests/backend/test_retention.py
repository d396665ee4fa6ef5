"""What is old goes, what is young or needed stays, and nothing that refers to it breaks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from backend.audit import verify
from backend.evidence.keep import Kept, PhotoKeeper
from backend.evidence.store import EvidenceStore, NotKeptError
from backend.made_files import note_made
from backend.models import (
    AuditEntry,
    Chat,
    Evidence,
    EvidenceFile,
    Inbox,
    Interview,
    OfficeSession,
    Outbox,
)
from backend.office_settings.keys import Key
from backend.office_settings.keys import Kind as Kinds
from backend.office_settings.store import Setter, Wanted, put
from backend.plans.schema import Keeping
from backend.retention import daily, keeping_of, remove_old
from backend.sessions import Way, begin
from backend.settings import Settings, read_settings
from backend.status.model import Progress
from bot.attachments import Attachments
from bot.messages import Incoming, Kind, Outgoing
from tests.backend.dossier.conftest import picture
from tests.backend.review.scene import Scene, make_scene
from tests.clock import OFFICE_ZONE, HandClock


@dataclass
class Old:
    scene: Scene
    store: EvidenceStore
    keeper: PhotoKeeper
    files: list[EvidenceFile] = field(default_factory=list)

    async def used(self, number: int, period: str) -> EvidenceFile:
        kept = await self.keeper.keep_photo(picture(number), keep_position=False)
        assert isinstance(kept, Kept)
        file = await EvidenceFile.get(sha256=kept.sha256)
        interview = await self.scene.interview("ia-dal-thon-1", "nha-o", period)
        await self.scene.photo(interview, file=file)
        return file

    async def there(self, key: str) -> bool:
        try:
            await self.store.get(key)
        except NotKeptError:
            return False
        return True


@pytest.fixture
async def old(database: str, clock: HandClock, tmp_path: Path) -> AsyncIterator[Old]:
    store = EvidenceStore(f"file://{tmp_path / 'evidence'}")
    keeper = PhotoKeeper(store, clock)
    yield Old(await make_scene(clock), store, keeper)
    keeper.close()


async def test_photos_go_so_many_months_after_their_last_period_and_their_rows_stay(
    old: Old, clock: HandClock
) -> None:
    gone = await old.used(1, "2025-Q1")
    again = await old.used(2, "2025-Q1")
    await old.used(2, "2026-Q4")  # the same photo is evidence for a later period too
    once = await old.used(3, "2026-11-22-77")  # nobody knows this period: it is kept
    keeping = Keeping(photo_months=12)
    counted = await remove_old(keeping, clock.now(), OFFICE_ZONE, old.store, dry_run=True)
    assert counted.photos == 1
    assert await old.there(gone.sha256)
    removed = await remove_old(keeping, clock.now(), OFFICE_ZONE, old.store)
    assert removed.photos == 1
    assert not await old.there(gone.sha256)
    assert not await old.there(gone.preview)
    assert await old.there(again.sha256)
    assert await old.there(once.sha256)
    assert (await EvidenceFile.get(id=gone.id)).removed_at == clock.now()
    assert (await remove_old(keeping, clock.now(), OFFICE_ZONE, old.store)).photos == 0
    assert await AuditEntry.filter(action="retention.removed").count() == 1
    assert (await verify()).broken == 0


async def test_what_went_before_the_store_failed_is_noted(
    old: Old, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old.used(1, "2025-Q1")
    second = await old.used(2, "2025-Q1")
    delete = old.store.delete

    async def fails(key: str) -> None:
        if key in {second.preview, second.sha256}:
            raise OSError("the store failed")
        await delete(key)

    monkeypatch.setattr(old.store, "delete", fails)
    with pytest.raises(OSError, match="store"):
        await remove_old(Keeping(photo_months=1), clock.now(), OFFICE_ZONE, old.store)
    [row] = await AuditEntry.filter(action="retention.removed")
    assert json.loads(row.details)["photos"] == 1


async def test_a_photo_that_comes_again_is_there_again(old: Old, clock: HandClock) -> None:
    file = await old.used(1, "2025-Q1")
    await remove_old(Keeping(photo_months=1), clock.now(), OFFICE_ZONE, old.store)
    await old.used(1, "2026-Q4")
    assert await old.there(file.sha256)
    assert (await EvidenceFile.get(id=file.id)).removed_at is None


async def test_photos_stay_while_the_office_has_set_nothing(old: Old, clock: HandClock) -> None:
    file = await old.used(1, "2020-Q1")
    await remove_old(Keeping(), clock.now(), OFFICE_ZONE, old.store)
    assert await old.there(file.sha256)


async def test_messages_dealt_with_lose_their_words_and_stay_messages(
    old: Old, clock: HandClock
) -> None:
    chat = await Chat.create(channel="web", external_id="x", created_at=clock.now())
    said = Incoming("web", "1", "x", "x", Kind.TEXT, text="nhà bác Minh").to_json()
    told = Outgoing("Chào bác Minh").to_json()
    for status in (0, 2):
        await Inbox.create(
            channel="web", external_id=str(status), chat=chat, payload=said, status=status,
            received_at=clock.now(), done_at=clock.now() if status else None,
        )  # fmt: skip
        await Outbox.create(
            chat=chat, payload=told, status=status, created_at=clock.now(),
            done_at=clock.now() if status else None, once=f"key{status}",
        )  # fmt: skip
    clock.advance(days=29)
    young = await remove_old(Keeping(message_days=30), clock.now(), OFFICE_ZONE, old.store)
    assert not young.anything  # never sooner than thirty days
    clock.advance(days=2)
    removed = await remove_old(Keeping(message_days=30), clock.now(), OFFICE_ZONE, old.store)
    assert (removed.received, removed.sent) == (1, 1)
    assert (await Inbox.get(status=0)).payload == said  # not yet answered
    assert (await Outbox.get(status=0)).payload == told
    assert Incoming.from_json((await Inbox.get(status=2)).payload).text == "…"
    assert Outgoing.from_json((await Outbox.get(status=2)).payload).text == "…"


def settings_of(tmp_path: Path, **env: str) -> Settings:
    return read_settings({"DATA_DIR": str(tmp_path / "data"), **env})


async def test_a_day_s_work_is_done_once(old: Old, clock: HandClock, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, KEEP_PHOTO_MONTHS="1")
    await daily(settings, clock, old.store)
    file = await old.used(1, "2025-Q1")
    assert not (await daily(settings, clock, old.store)).anything
    clock.advance(days=1)
    assert (await daily(settings, clock, old.store)).photos == 1
    assert not await old.there(file.sha256)


async def test_the_office_sets_how_long_with_a_source_and_the_environment_goes_first(
    old: Old, clock: HandClock, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path)
    assert await keeping_of(settings, clock.now()) == Keeping(photo_months=None, message_days=180)
    today = clock.now().astimezone(OFFICE_ZONE).date()
    for kind, value in ((Kinds.PHOTO_MONTHS, 12), (Kinds.MESSAGE_DAYS, None)):
        last = today + timedelta(days=9)
        wanted = Wanted(Key(kind), value, "", "Quyết định 9", today, last)
        setter = Setter(old.scene.people["admin"], "Chị Hạnh", "web")
        await put("vi-du", wanted, setter, clock.now(), seen=0)
    assert await keeping_of(settings, clock.now()) == Keeping(photo_months=12, message_days=None)
    given = settings_of(tmp_path, KEEP_PHOTO_MONTHS="never", KEEP_MESSAGE_DAYS="90")
    assert await keeping_of(given, clock.now()) == Keeping(photo_months=None, message_days=90)
    file = await old.used(1, "2025-Q1")
    assert (await daily(settings, clock, old.store)).photos == 1
    assert not await old.there(file.sha256)
    clock.advance(days=10)
    assert (await keeping_of(settings, clock.now())).photo_months is None, "valid so long only"


async def test_what_is_gone_is_not_looked_at_again_and_what_waited_is(
    old: Old, clock: HandClock, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, KEEP_MESSAGE_DAYS="30")
    chat = await Chat.create(channel="web", external_id="x", created_at=clock.now())
    rows = []
    for number, status in enumerate((2, 0, 2)):
        rows.append(
            await Inbox.create(
                channel="web", external_id=str(number), chat=chat, payload="{}", status=status,
                received_at=clock.now(), done_at=clock.now() if status else None,
            )
        )  # fmt: skip
    clock.advance(days=31)
    assert (await daily(settings, clock, old.store)).received == 2
    done = await AuditEntry.filter(action="retention.done").order_by("-number").first()
    assert json.loads(done.details)["received"] == rows[0].id, "the second still waits"
    await Inbox.filter(id=rows[1].id).update(status=2, done_at=clock.now())
    await Inbox.filter(id=rows[0].id).update(payload="looked at again")
    clock.advance(days=31)
    assert (await daily(settings, clock, old.store)).received == 1
    assert (await Inbox.get(id=rows[0].id)).payload == "looked at again"


async def test_sessions_go_half_a_year_after_their_end(
    old: Old, clock: HandClock, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path)
    for way in (Way.LINK, Way.PASSWORD):
        await begin(old.scene.people["admin"], way, "Firefox", clock.now())
        clock.advance(days=100)
    await daily(settings, clock, old.store)
    assert await OfficeSession.all().values_list("way", flat=True) == ["password"]
    assert await AuditEntry.filter(action="session.begun").count() == 2


async def test_what_was_never_sent_goes_when_messages_go_and_not_before_its_period_is_old(
    old: Old, clock: HandClock, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, KEEP_MESSAGE_DAYS="30")
    files = {}
    for number, (status, period) in enumerate(
        (("running", "2026-09"), ("paused", "2026-09"), ("cancelled", "2026-09"), ("left", "?"),
         ("paused", "2026-Q4"), ("submitted", "2026-09"))
    ):  # fmt: skip
        interview = await old.scene.interview("ia-dal-thon-1", "nha-o", period)
        kept = await old.keeper.keep_photo(picture(number), keep_position=False)
        files[status, period] = await EvidenceFile.get(sha256=kept.sha256)
        await old.scene.photo(interview, file=files[status, period])
        if status == "submitted":
            await old.scene.submit(interview)
            continue
        running = old.scene.people["head"] if status == "running" else None
        await Interview.filter(id=interview.id).update(
            status=status, running_for=running, state='{"n":"12"}'
        )
    clock.advance(days=10)
    kept = await old.keeper.keep_photo(picture(20), keep_position=False)
    used = files["submitted", "2026-09"]
    sent = await Interview.get(status="submitted")
    taken_out = await old.keeper.keep_photo(picture(21), keep_position=False)
    use = await old.scene.photo(sent, file=await EvidenceFile.get(sha256=taken_out.sha256))
    await Evidence.filter(id=use.id).update(dropped_at=clock.now())
    assert not (await daily(settings, clock, old.store)).anything
    clock.advance(days=25)
    counted = await remove_old(
        await keeping_of(settings, clock.now()), clock.now(), OFFICE_ZONE, old.store, dry_run=True
    )
    assert (counted.unsent, counted.unsent_photos) == (4, 4)
    removed = await daily(settings, clock, old.store)
    assert (removed.unsent, removed.unsent_photos) == (4, 4)
    states = await Interview.all().order_by("id").values_list("status", "state", "running_for")
    young = ("paused", '{"n":"12"}', None)
    assert states == [("gone", "{}", None)] * 4 + [young, ("submitted", "{}", None)]
    there = {k: await old.there(f.sha256) for k, f in files.items()}
    assert there == {k: k[1] == "2026-Q4" or k[0] == "submitted" for k in files}
    assert await old.there(kept.sha256), "it came ten days later"
    clock.advance(days=10)
    assert (await daily(settings, clock, old.store)).unsent_photos == 2
    assert not await old.there(kept.sha256), "nobody's answer"
    assert not await old.there(taken_out.sha256), "taken out before it was sent"
    assert await old.there(used.sha256)
    assert not (await EvidenceFile.get(id=used.id)).removed_at
    clock.advance(days=1)
    assert not (await daily(settings, clock, old.store)).anything
    assert (await verify()).broken == 0


async def test_a_photo_that_an_answer_of_now_waits_for_is_nobody_s_to_remove(
    old: Old, clock: HandClock
) -> None:
    kept = await old.keeper.keep_photo(picture(1), keep_position=False)
    chat = await Chat.create(
        channel="web", external_id="x", created_at=clock.now(), stage="photo_again",
        stage_data={"refs": [kept.sha256]},
    )  # fmt: skip
    clock.advance(days=31)
    removed = await remove_old(Keeping(message_days=30), clock.now(), OFFICE_ZONE, old.store)
    assert not removed.unsent_photos
    await Chat.filter(id=chat.id).update(stage="", stage_data={})
    removed = await remove_old(Keeping(message_days=30), clock.now(), OFFICE_ZONE, old.store)
    assert removed.unsent_photos == 1
    assert not await old.there(kept.sha256)


async def test_what_is_kept_for_good_is_kept_however_old(old: Old, clock: HandClock) -> None:
    file = await old.used(1, "2020-Q1")
    clock.advance(days=4_000)
    removed = await remove_old(Keeping(message_days=None), clock.now(), OFFICE_ZONE, old.store)
    assert not removed.anything
    assert await old.there(file.sha256)


async def test_what_the_program_made_for_messages_goes_with_their_words(
    old: Old, clock: HandClock, tmp_path: Path
) -> None:
    store = EvidenceStore(f"file://{tmp_path / 'evidence'}", "attachments")

    async def draws(_area: str, _period: str | None) -> Progress:
        raise AssertionError("what was drawn is kept")

    files = Attachments(store, draws, OFFICE_ZONE, clock=clock)
    first, again = await files.put(b"PK a week's workbook"), await files.put(b"PK always alike")
    settings = settings_of(tmp_path)
    clock.advance(days=179)
    await files.put(b"PK always alike")
    assert not (await daily(settings, clock, old.store, store)).anything
    clock.advance(days=2)
    counted = await remove_old(
        Keeping(message_days=180), clock.now(), OFFICE_ZONE, old.store, dry_run=True,
        attachments=store,
    )  # fmt: skip
    assert counted.made == 1
    assert (await daily(settings, clock, old.store, store)).made == 1
    assert [key async for key in store.keys()] == [again], "made again, it is as young as that"  # noqa: SIM118  (a store is no dict)
    with pytest.raises(NotKeptError):
        await store.get(first)
    row = await AuditEntry.get(action="retention.removed")
    assert json.loads(row.details)["made"] == 1
    kept = await remove_old(
        Keeping(message_days=None), clock.advance(days=999), OFFICE_ZONE, old.store,
        attachments=store,
    )  # fmt: skip
    assert not kept.made, "what the office keeps for good stays whole"


async def test_a_workbook_that_could_not_be_deleted_follows(
    old: Old, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EvidenceStore(f"file://{tmp_path / 'evidence'}", "attachments")
    await note_made(await store.put(b"PK a workbook"), clock.now())
    clock.advance(days=31)
    keeping = Keeping(message_days=30)

    async def fails(_key: str) -> None:
        raise OSError("the store failed")

    with monkeypatch.context() as away:
        away.setattr(store, "delete", fails)
        with pytest.raises(OSError, match="store"):
            await remove_old(keeping, clock.now(), OFFICE_ZONE, old.store, attachments=store)
    removed = await remove_old(keeping, clock.now(), OFFICE_ZONE, old.store, attachments=store)
    assert removed.made == 1
    assert not [key async for key in store.keys()]  # noqa: SIM118  (a store is no dict)
