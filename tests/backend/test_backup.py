"""A whole office in one file, put into an empty one of the other database: nothing is lost."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.audit import record, verify
from backend.backup import (
    DamagedError,
    NotEmptyError,
    OtherVersionError,
    models,
    read_backup,
    write_backup,
)
from backend.database import close_database, open_database
from backend.evidence.store import EvidenceStore
from backend.migrate import migrate
from backend.models import Area, Evidence, Person, Submission
from backend.people import add_person
from tests.backend.dossier.conftest import Village, judged, village
from tests.clock import HandClock
from tests.postgres import Postgres

__all__ = ["judged", "village"]


async def other(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty migrated database of the other kind."""
    if kind == "postgres":
        url = f"sqlite://{tmp_path / 'other.sqlite3'}?synchronous=OFF"
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        server.sql("DROP DATABASE IF EXISTS moved")
        server.sql("CREATE DATABASE moved")
        url = server.url("moved")
    await migrate(url)
    return url


def tables(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as made:
        return dict(json.loads(made.read("backup.json"))["tables"])


async def test_an_office_moves_from_one_database_to_the_other_with_nothing_lost(
    judged: Village,
    database_kind: str,
    tmp_path: Path,
    clock: HandClock,
    request: pytest.FixtureRequest,
) -> None:
    # A unit that lies in one made later, as a reform makes them.
    late = await Area.create(code="z-late", level="commune", name="Z", folded="z")
    await Area.filter(code="ia-dal-thon-1").update(parent_id=late.id)
    await record("photo.seen", by=1, subject="photo:1", at=clock.now(), details={"n": 1})
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    whole = await write_backup(one, {"photos": judged.store})
    assert whole.files == {"photos": 3}, "small and bare, each is its own preview"
    assert whole.rows["evidence"] == 3
    assert set(whole.rows) == {m._meta.db_table for m in models()}
    await close_database()

    await open_database(await other(database_kind, tmp_path, request))
    store = EvidenceStore(f"file://{tmp_path / 'moved'}")
    moved = await read_backup(one, {"photos": store})
    assert (moved.rows, moved.files) == (whole.rows, whole.files)
    assert (await verify()).broken == 0
    assert (await Area.get(code="ia-dal-thon-1").prefetch_related("parent")).parent.code == "z-late"
    for photo in await Evidence.all().prefetch_related("file"):
        body = await store.get(photo.file.sha256)
        assert body == await judged.store.get(photo.file.sha256)
    assert await Submission.filter(current_key__isnull=False).count() == 2
    last = max(p.id for p in await Person.all())
    assert (await add_person("Sau", clock.now())).id > last  # the counters go on
    await Person.filter(name="Sau").delete()
    await write_backup(two, {"photos": store})
    assert tables(one) == tables(two)  # row counts and hashes of every table


async def test_a_backup_goes_into_an_empty_office_only(judged: Village, tmp_path: Path) -> None:
    target = tmp_path / "one.zip"
    await write_backup(target, {"photos": judged.store})
    with pytest.raises(NotEmptyError):
        await read_backup(target, {"photos": judged.store})


@pytest.mark.usefixtures("database")
async def test_what_is_not_whole_puts_nothing_in(tmp_path: Path, clock: HandClock) -> None:
    store = EvidenceStore("memory:///")
    await add_person("Minh", clock.now())
    whole, broken = tmp_path / "one.zip", tmp_path / "broken.zip"
    await write_backup(whole, {"photos": store})
    await Person.all().delete()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as made:
        for name in source.namelist():
            body = source.read(name)
            made.writestr(name, body.replace(b"Minh", b"Mint") if "person" in name else body)
    for file in (broken, tmp_path / "text.zip"):
        if not file.exists():
            file.write_bytes(b"no zip at all")
        with pytest.raises(DamagedError):
            await read_backup(file, {"photos": store})
        assert not await Person.exists()
    assert (await read_backup(whole, {"photos": store})).rows["person"] == 1


def changed(
    source: Path, target: Path, table: str, change: Callable[[dict[str, Any]], Any]
) -> Path:
    """Copy a backup with a table's rows changed, and their hash with them: as somebody would by hand."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as made:
        bodies = {name: old.read(name) for name in old.namelist()}
        told = json.loads(bodies.pop("backup.json"))
        name = f"rows/{table}.jsonl"
        lines = [change(json.loads(line)) for line in bodies[name].splitlines()]
        rows = [json.dumps(line).encode() for line in lines]
        bodies[name] = b"".join(row + b"\n" for row in rows)
        told["tables"][table]["sha256"] = hashlib.sha256(b"".join(rows)).hexdigest()
        for name, body in bodies.items():
            made.writestr(name, body)
        made.writestr("backup.json", json.dumps(told))
    return target


@pytest.mark.usefixtures("database")
async def test_a_spoilt_backup_or_another_versions_leaves_no_row_and_no_file(
    tmp_path: Path, clock: HandClock
) -> None:
    source, whole = EvidenceStore("memory:///"), tmp_path / "one.zip"
    await source.put(b"photo")
    await add_person("Minh", clock.now())
    await write_backup(whole, {"photos": source})
    await Person.all().delete()

    half = tmp_path / "half.zip"
    half.write_bytes(whole.read_bytes()[:-300])
    bit = bytearray(whole.read_bytes())
    bit[bit.index(b"photo", bit.index(b"photos/") + 60)] ^= 1
    (tmp_path / "bit.zip").write_bytes(bit)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(other, "w") as made:
        for name in old.namelist():
            made.writestr(name, old.read(name).replace(b'"person": {', b'"people": {'))
    spoilt: list[tuple[Path, type[Exception]]] = [
        (half, DamagedError),
        (tmp_path / "bit.zip", DamagedError),
        (other, OtherVersionError),
        (changed(whole, tmp_path / "1.zip", "person", lambda r: r | {"born": 1}), OtherVersionError),
        (changed(whole, tmp_path / "2.zip", "person", lambda r: [r]), DamagedError),
        (changed(whole, tmp_path / "3.zip", "person", lambda r: r | {"created_at": "x"}), DamagedError),
        (changed(whole, tmp_path / "4.zip", "person", lambda r: r | {"name": None}), DamagedError),
    ]  # fmt: skip
    for number, (file, kind) in enumerate(spoilt):
        folder = tmp_path / f"new {number}"
        with pytest.raises(kind) as refused:
            await read_backup(file, {"photos": EvidenceStore(f"file://{folder}")})
        assert "Minh" not in str(refused.value)
        assert not await Person.exists(), file.name
        if number < 5:  # these are seen before anything is put anywhere
            assert list(folder.iterdir()) == [], file.name
