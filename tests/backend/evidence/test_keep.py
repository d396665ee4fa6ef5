"""A photo becomes one row, however often and however fast it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from tortoise.transactions import in_transaction

from backend.evidence.check import Refusal
from backend.evidence.keep import Kept, PhotoKeeper, Refused
from backend.evidence.store import EvidenceStore
from backend.models import EvidenceFile
from bot.evidence_keeper import EvidenceKeeper
from bot.messages import Media
from tests.backend.evidence.pictures import encoded, exif, opened
from tests.clock import HandClock


@pytest.fixture
def store() -> EvidenceStore:
    return EvidenceStore("memory:///")


@pytest.fixture
def keeper(store: EvidenceStore, clock: HandClock) -> Iterator[PhotoKeeper]:
    made = PhotoKeeper(store, clock)
    yield made
    made.close()


@pytest.mark.usefixtures("database")
async def test_the_same_photo_from_ten_people_at_once_is_one_row(
    keeper: PhotoKeeper, store: EvidenceStore, clock: HandClock
) -> None:
    data = encoded(exif=exif(6).tobytes())
    every = await asyncio.gather(*(keeper.keep_photo(data, keep_position=False) for _ in range(10)))
    assert len(set(every)) == 1
    [kept] = set(every)
    assert isinstance(kept, Kept)
    [row] = await EvidenceFile.all()
    assert (row.sha256, row.preview, row.stored_at) == (kept.sha256, kept.preview, clock.now())
    assert (row.media_type, row.width, row.height) == ("image/jpeg", 480, 640)
    original = await store.get(row.sha256)
    assert len(original) == row.size
    assert not opened(original).getexif().get_ifd(0x8825)
    assert opened(await store.get(row.preview)).size == (480, 640)


@pytest.mark.usefixtures("database")
async def test_a_refused_file_leaves_nothing(keeper: PhotoKeeper) -> None:
    assert await keeper.keep_photo(b"not a photo", keep_position=False) == Refused(
        Refusal.NOT_AN_IMAGE
    )
    assert await EvidenceFile.all().count() == 0


@pytest.mark.usefixtures("database")
async def test_the_plan_in_force_decides_on_the_position(
    keeper: PhotoKeeper, store: EvidenceStore
) -> None:
    keeps = True

    async def asked() -> bool:
        return keeps

    bridge = EvidenceKeeper(keeper, asked, seconds=0)

    async def kept(data: bytes) -> Media:
        found = await bridge.store(data, sent)
        if isinstance(found, Media):
            return found
        async with in_transaction():
            [written] = await bridge.write([found])
        return written

    sent = Media(source="AgAC1", name="a.jpg", as_file=True, album="9")
    data = encoded(exif=exif().tobytes())
    with_position = await kept(data)
    assert (with_position.source, with_position.album, with_position.refusal) == ("AgAC1", "9", "")
    assert await store.get(with_position.sha256) == data
    keeps = False
    without = await kept(data)
    assert without.sha256 != with_position.sha256
    assert not opened(await store.get(without.sha256)).getexif().get_ifd(0x8825)
    assert (await kept(b"")).refusal == "empty"


@pytest.mark.usefixtures("database")
async def test_the_loop_goes_on_while_a_photo_is_looked_at(keeper: PhotoKeeper) -> None:
    turns = 0
    work = asyncio.create_task(keeper.keep_photo(encoded(), keep_position=False))
    while not work.done():
        turns += 1
        await asyncio.sleep(0)
    assert isinstance(work.result(), Kept)
    assert turns > 5
