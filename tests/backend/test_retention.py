"""What is old goes, what is young or needed stays, and nothing that refers to it breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.audit import verify
from backend.evidence.keep import Kept, PhotoKeeper
from backend.evidence.store import EvidenceStore, NotKeptError
from backend.models import AuditEntry, Chat, EvidenceFile, Inbox, Outbox
from backend.retention import Keeping, daily, remove_old
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
    young = await remove_old(Keeping(message_days=1), clock.now(), OFFICE_ZONE, old.store)
    assert not young.anything  # never sooner than thirty days
    clock.advance(days=2)
    removed = await remove_old(Keeping(message_days=30), clock.now(), OFFICE_ZONE, old.store)
    assert (removed.received, removed.sent) == (1, 1)
    assert (await Inbox.get(status=0)).payload == said  # not yet answered
    assert (await Outbox.get(status=0)).payload == told
    assert Incoming.from_json((await Inbox.get(status=2)).payload).text == "…"
    assert Outgoing.from_json((await Outbox.get(status=2)).payload).text == "…"


async def test_a_day_s_work_is_done_once(old: Old, clock: HandClock) -> None:
    await daily(Keeping(photo_months=1), clock, OFFICE_ZONE, old.store)
    file = await old.used(1, "2025-Q1")
    assert not (await daily(Keeping(photo_months=1), clock, OFFICE_ZONE, old.store)).anything
    clock.advance(days=1)
    assert (await daily(Keeping(photo_months=1), clock, OFFICE_ZONE, old.store)).photos == 1
    assert not await old.there(file.sha256)
