"""The list of everything in a dossier's zip: sizes, hashes, and what is known of each photo. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from backend.dossier.facts import Dossier, PhotoFacts

FORMAT: Final = 1
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
COLUMNS: Final = (
    "path", "kind", "sha256", "size", "note", "number", "village", "questionnaire", "period",
    "media_type", "width", "height", "sent_at", "received_at", "taken_at", "state", "decided_at",
    "decided_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of the zip. `note`: "" | "removed" (its time of keeping ended) | "lost" | "damaged"."""

    path: str
    kind: str
    sha256: str
    size: int
    note: str = ""
    number: int | None = None
    village: str = ""
    questionnaire: str = ""
    period: str = ""
    media_type: str = ""
    width: int | None = None
    height: int | None = None
    sent_at: str = ""
    received_at: str = ""
    taken_at: str = ""
    state: str = ""
    decided_at: str = ""
    decided_by: str = ""


def of_photo(photo: PhotoFacts, path: str, note: str) -> Listed:
    """Return what the manifest says of a photo; `path` is "" when its bytes are not there."""
    last = photo.reviews[-1] if photo.reviews else None
    return Listed(
        path=path,
        kind="photo",
        sha256=photo.sha256,
        size=photo.size,
        note=note,
        number=photo.number,
        village=photo.village,
        questionnaire=photo.questionnaire,
        period=photo.period,
        media_type=photo.media_type,
        width=photo.width,
        height=photo.height,
        sent_at=_moment(photo.sent_at),
        received_at=_moment(photo.received_at),
        taken_at=_moment(photo.taken_at),
        state=photo.state,
        decided_at=_moment(last.at if last else None),
        decided_by=last.by if last else "",
    )


def as_json(dossier: Dossier, files: Sequence[Listed]) -> bytes:
    """Return the manifest as JSON; times are UTC in ISO 8601."""
    progress = dossier.progress
    head = {
        "format": FORMAT,
        "area": dossier.place.code,
        "area_name": dossier.place.name,
        "plan": progress.plan_id,
        "sample_data": progress.sample,
        "period": progress.period,
        "criteria_set": dossier.asked.criteria_set,
        "as_of": _moment(dossier.moment),
        "photos": len(dossier.photos),
        "files": [{k: v for k, v in asdict(f).items() if v not in {None, ""}} for f in files],
    }
    return json.dumps(head, ensure_ascii=False, indent=1).encode()


def as_csv(files: Sequence[Listed]) -> bytes:
    """Return the manifest for a spreadsheet: UTF-8 with a mark, no cell that begins a formula."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for file in files:
        values = asdict(file)
        rows.writerow([safe_cell(values[name]) for name in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def safe_cell(value: object) -> object:
    """Return a cell's value; text that a spreadsheet would take for a formula gets a ' before it."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
