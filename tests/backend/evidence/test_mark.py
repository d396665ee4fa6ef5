"""A folder without its mark is a disk that is not mounted: nothing is written, lost or forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.evidence.away import StoreAwayError
from backend.evidence.mark import MARKED, mark_first
from backend.evidence.store import MARK, EvidenceStore, NotKeptError
from backend.models import EvidenceFile
from tests.clock import HandClock


def unmounted(disk: Path) -> Path:
    """Take the disk away, and leave the empty folder that it was mounted on."""
    away = disk.with_name("away")
    disk.rename(away)
    disk.mkdir()
    return away


@pytest.mark.usefixtures("database")
async def test_nothing_of_a_disk_that_is_away_is_written_or_taken_for_lost(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    store = EvidenceStore(f"file://{disk}", marked=True)
    assert await mark_first(store, tmp_path)
    key = await store.put(b"photo")
    away = unmounted(disk)

    assert not store.is_here()
    with pytest.raises(StoreAwayError, match="EVIDENCE_URL"):
        store.put_now(b"another")
    for act in (
        store.put(b"another"),
        store.put_as("a name", b"another"),
        store.get(key),  # not «there is no such photo»
        store.delete(key),  # or its row would say that it is gone
        store.try_out(b"probe"),
        anext(store.keys()),  # or a backup would be of no photo
    ):
        with pytest.raises(StoreAwayError):
            await act
    assert list(disk.iterdir()) == []

    disk.rmdir()
    away.rename(disk)
    assert await store.get(key) == b"photo"
    await store.delete(key)
    await store.delete(key)
    with pytest.raises(NotKeptError):
        await store.get(key)


@pytest.mark.usefixtures("database")
async def test_the_mark_is_made_once_and_never_on_what_stands_in_the_disks_place(
    tmp_path: Path, clock: HandClock
) -> None:
    disk, data = tmp_path / "disk", tmp_path / "data"
    data.mkdir()
    store = EvidenceStore(f"file://{disk}", marked=True)
    assert await mark_first(store, data)
    away = unmounted(disk)
    assert not await mark_first(store, data), "before the first photo, too"
    assert list(disk.iterdir()) == []

    moved = EvidenceStore(f"file://{tmp_path / 'moved'}", marked=True)
    assert await mark_first(moved, data), "nothing was kept yet: the new place is as good"
    key = await moved.put(b"photo")
    await EvidenceFile.create(
        sha256=key, media_type="", size=5, width=1, height=1, preview=key, stored_at=clock.now()
    )
    again = EvidenceStore(f"file://{tmp_path / 'again'}", marked=True)
    assert not await mark_first(again, data), "the photos are not there"

    (tmp_path / "moved" / MARK).unlink()
    assert await mark_first(moved, data), "copied without its mark, but the photos are there"
    assert away.joinpath(MARK).read_text().startswith("The photos")


async def test_a_bucket_needs_no_mark(tmp_path: Path) -> None:
    store = EvidenceStore("memory:///", marked=True)
    assert await mark_first(store, tmp_path)
    assert await store.get(await store.put(b"photo")) == b"photo"
    assert not tmp_path.joinpath(MARKED).exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreAwayError, match=r"^EVIDENCE_URL: cannot be used"):
        EvidenceStore(f"file://{tmp_path / 'file' / 'photos'}")
