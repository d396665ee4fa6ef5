"""Building a dossier: facts, document, originals, manifest, in one zip that is whole or not there.

Photos go from the store into the zip one by one, so a commune with thousands of them needs the
memory of one. The same data give the same bytes, whenever it is built.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from backend.dossier.collect import Reader, collect
from backend.dossier.document import write_document
from backend.dossier.facts import Asked, Dossier, PhotoFacts
from backend.dossier.fixed_zip import entry
from backend.dossier.manifest import Listed, as_csv, as_json, of_photo
from backend.dossier.names import original_paths, safe
from backend.dossier.pictures import with_pictures
from backend.models import Submission

DOCUMENT: Final = "ho-so.docx"
SUBMISSIONS: Final = "phieu"
CHUNK: Final = 1_048_576


class Store(Protocol):
    """Where photos are kept."""

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise KeyError or FileNotFoundError for a key that is not there."""
        ...


@dataclass(frozen=True, slots=True)
class Built:
    """What was built. `lost` are photos whose bytes are in no store though nobody removed them."""

    path: Path
    size: int
    period: str
    submissions: int
    photos: int
    lost: int


def file_name(asked: Asked, period: str) -> str:
    """Return the name under which a dossier is handed out."""
    return f"ho-so-{safe(asked.area)}-{safe(period)}.zip"


async def build(
    asked: Asked,
    reader: Reader,
    store: Store,
    target: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Built:
    """Write the dossier to `target`, which is replaced only when all is done.

    `progress` is told (steps done, all steps). Cancelled or failed, nothing is left behind.
    Raises what `backend.dossier.collect.collect` raises, and OSError when the store or the disk
    fails.
    """
    dossier = await collect(asked, reader)
    photos = dossier.photos
    sent = [s for v in dossier.villages for s in v.submissions]
    steps = _Steps(progress, 1 + 2 * len(photos) + len(sent))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".dossier-") as folder:
        draft, document = Path(folder, "draft"), Path(folder, DOCUMENT)
        await asyncio.to_thread(write_document, dossier, draft, reader.words, reader.zone)

        async def preview(key: str) -> bytes | None:
            steps.one()
            return await _read(store, key)

        await with_pictures(draft, document, preview)
        whole = Path(folder, "whole")
        with zipfile.ZipFile(whole, "w") as made:
            files = [await asyncio.to_thread(_put_document, made, document)]
            steps.one()
            files += await _put_submissions(made, dossier, steps)
            originals = await _put_photos(made, photos, store, steps)
            files += originals
            made.writestr(entry("manifest.json"), as_json(dossier, files))
            made.writestr(entry("manifest.csv"), as_csv(files))
        size = await asyncio.to_thread(_hand_over, whole, target)
    return Built(
        path=target,
        size=size,
        period=dossier.progress.period,
        submissions=len(sent),
        photos=len(photos),
        lost=sum(f.note == "lost" for f in originals),
    )


def _hand_over(whole: Path, target: Path) -> int:
    size = whole.stat().st_size
    whole.replace(target)
    return size


class _Steps:
    """Counts what is done and tells whoever watches."""

    def __init__(self, tell: Callable[[int, int], None], every: int) -> None:
        self._tell = tell
        self._all = every
        self._done = 0

    def one(self) -> None:
        self._done += 1
        self._tell(min(self._done, self._all), self._all)


def _put_document(made: zipfile.ZipFile, document: Path) -> Listed:
    digest = hashlib.sha256()
    size = 0
    with (
        document.open("rb") as source,
        made.open(entry(DOCUMENT, packed=False), "w", force_zip64=True) as into,
    ):
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            into.write(chunk)
    return Listed(DOCUMENT, "document", digest.hexdigest(), size)


async def _put_submissions(made: zipfile.ZipFile, dossier: Dossier, steps: _Steps) -> list[Listed]:
    files = []
    for village in dossier.villages:
        for sent in village.submissions:
            body = (await Submission.get(id=sent.id).only("id", "xml")).xml.encode()
            path = "/".join(
                (
                    SUBMISSIONS,
                    safe(village.code),
                    f"{safe(sent.questionnaire)}-{safe(sent.period)}-v{sent.version}.xml",
                )
            )
            await asyncio.to_thread(made.writestr, entry(path), body)
            files.append(
                Listed(
                    path,
                    "submission",
                    hashlib.sha256(body).hexdigest(),
                    len(body),
                    village=village.code,
                    questionnaire=sent.questionnaire,
                    period=sent.period,
                )
            )
            steps.one()
    return files


async def _put_photos(
    made: zipfile.ZipFile, photos: list[PhotoFacts], store: Store, steps: _Steps
) -> list[Listed]:
    files = []
    paths = original_paths(photos)
    written: dict[str, tuple[str, str]] = {}
    for photo in photos:
        if photo.sha256 not in written:
            path = paths[photo.sha256]
            written[photo.sha256] = await _put_photo(made, photo, path, store)
        path, note = written[photo.sha256]
        files.append(of_photo(photo, path, note))
        steps.one()
    return files


async def _put_photo(
    made: zipfile.ZipFile, photo: PhotoFacts, path: str, store: Store
) -> tuple[str, str]:
    """Write one original; return its path ("" without bytes) and a note."""
    if not photo.kept:
        return "", "removed"
    body = await _read(store, photo.sha256)
    if body is None:
        return "", "lost"
    right = await asyncio.to_thread(_write, made, path, body)
    return path, "" if right == photo.sha256 else "damaged"


def _write(made: zipfile.ZipFile, path: str, body: bytes) -> str:
    made.writestr(entry(path, packed=False), body)
    return hashlib.sha256(body).hexdigest()


async def _read(store: Store, key: str) -> bytes | None:
    try:
        return await store.get(key)
    except (KeyError, FileNotFoundError):
        return None
