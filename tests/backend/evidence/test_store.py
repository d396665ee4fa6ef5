"""Bytes are kept once, whole, under their own name."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from backend.evidence.store import EvidenceStore, NotKeptError


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path / 'ảnh'}" if request.param == "file" else "memory:///"


def files_in(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


async def test_what_is_put_is_got_under_its_own_sha256(url: str) -> None:
    store = EvidenceStore(url)
    key = await store.put(b"photo")
    assert key == hashlib.sha256(b"photo").hexdigest()
    assert await store.get(key) == b"photo"


@pytest.mark.parametrize("key", ["0" * 64, "", "../../etc/passwd", "A" * 64])
async def test_what_is_not_there_is_not_kept(url: str, key: str) -> None:
    store = EvidenceStore(url)
    with pytest.raises(NotKeptError):
        await store.get(key)


async def test_twenty_at_once_write_one(tmp_path: Path) -> None:
    store = EvidenceStore(f"file://{tmp_path}")
    keys = await asyncio.gather(*(store.put(b"same" * 50_000) for _ in range(20)))
    assert len(set(keys)) == 1
    assert [p.stat().st_size for p in files_in(tmp_path)] == [200_000]


async def test_photos_and_attachments_lie_apart(tmp_path: Path) -> None:
    url = f"file://{tmp_path}"
    key = await EvidenceStore(url, "attachments").put(b"picture of a table")
    with pytest.raises(NotKeptError):
        await EvidenceStore(url).get(key)


async def test_a_file_that_a_power_cut_left_short_is_written_anew(tmp_path: Path) -> None:
    store = EvidenceStore(f"file://{tmp_path}")
    key = await store.put(b"photo")
    [file] = files_in(tmp_path)
    file.write_bytes(b"ph")
    assert await store.put(b"photo") == key
    assert await store.get(key) == b"photo"


async def test_a_store_that_is_away_is_an_oserror(tmp_path: Path) -> None:
    store = EvidenceStore(f"file://{tmp_path / 'kept'}")
    (tmp_path / "kept").rmdir()
    (tmp_path / "kept").write_text("a file where the folder was")
    with pytest.raises(OSError, match=r"store failed|Not a directory"):
        await store.put(b"photo")


def test_a_name_appears_only_when_its_bytes_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EvidenceStore(f"file://{tmp_path}")
    synced: list[list[str]] = []

    def sync(_: int) -> None:
        synced.append([p.name for p in files_in(tmp_path)])

    monkeypatch.setattr("os.fsync", sync)
    original, preview = store.put_now(b"photo", b"smaller")
    assert (original, preview) == tuple(
        hashlib.sha256(data).hexdigest() for data in (b"photo", b"smaller")
    )
    both = next(names for names in synced if len(names) == 2)
    assert not {original, preview} & set(both), "both are written before the first has its name"
    assert sorted(p.name for p in files_in(tmp_path)) == sorted([original, preview])


def test_a_disk_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EvidenceStore(f"file://{tmp_path}")
    store.put_now(b"one before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            store.put_now(b"photo", b"smaller")
    assert [p.read_bytes() for p in files_in(tmp_path)] == [b"one before"]


def test_only_a_store_of_this_machine_is_written_in_ones_own_thread() -> None:
    with pytest.raises(ValueError, match="disk"):
        EvidenceStore("memory:///").put_now(b"photo")
