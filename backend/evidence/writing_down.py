# ruff: noqa: S608  (statements are built from constants of this file; values are parameters)
"""The rows of photos just stored, written for all of them at once.

By hand because the ORM cost more than half of what the rest of a photo costs outside of the
picture itself. Rows go in as one parameter on SQLite (a JSON array) and as an array for each
column on PostgreSQL, so the statements have one text however many photos come at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from backend.engines import put_off
from backend.models import EvidenceFile

_FILE: Final = {
    "sha256": "text",
    "media_type": "text",
    "size": "int",
    "width": "int",
    "height": "int",
    "preview": "text",
    "stored_at": "timestamptz",
}
_LOOK: Final = {
    "version": "smallint",
    "phash": "bigint",
    "dhash": "bigint",
    "band_a": "int",
    "band_b": "int",
    "band_c": "int",
    "band_d": "int",
    "band_e": "int",
    "band_f": "int",
    "sharpness": "float8",
    "brightness": "float8",
    "contrast": "float8",
    "dark": "float8",
    "bright": "float8",
    "strokes": "float8",
    "screenshot": "bool",
    "taken_at": "timestamptz",
    "taken_from": "text",
    "latitude": "float8",
    "longitude": "float8",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A stored file's row; `new` when it was this call that wrote it."""

    id: int
    sha256: str
    preview: str
    media_type: str
    width: int
    height: int
    new: bool


@dataclass(frozen=True, slots=True)
class _Statements:
    add_files: str
    add_looks: str
    known: str
    back_again: str


async def rows_of(photos: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Write a row of `evidence_file` and of `photo_look` for each that has none.

    In the caller's transaction. A photo is the columns of both tables by name. Returns the rows
    in the same order: of a photo that was known already as they are, and as kept again if its
    time of keeping had ended.
    """
    db = EvidenceFile._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    does = _statements(db.capabilities.dialect)
    # In one order everywhere, so that two processes with the same photos wait and never block.
    every = dict(sorted({str(p["sha256"]): p for p in photos}.items()))
    values = [*every.values()]
    added = await db.execute_query_dict(does.add_files, _given(db, values, [*_FILE]))
    # Also for a file that was kept before anything was measured.
    await put_off(db, does.add_looks, _given(db, values, ["sha256", *_LOOK]))
    rows = {k: _row(int(r["id"]), every[k], new=True) for r in added if (k := str(r["sha256"]))}
    old = [photo for key, photo in every.items() if key not in rows]
    if old:
        for known in await db.execute_query_dict(does.known, _given(db, old, ["sha256"])):
            columns = dict(known)
            if known["removed_at"] is not None:  # and here its bytes are again
                columns["preview"] = every[known["sha256"]]["preview"]
                await db.execute_query(does.back_again, [columns["preview"], known["id"]])
            rows[known["sha256"]] = _row(known["id"], columns, new=False)
    return [rows[str(p["sha256"])] for p in photos]


def _row(number: int, columns: Mapping[str, Any], *, new: bool) -> Row:
    return Row(
        number,
        columns["sha256"],
        columns["preview"],
        columns["media_type"],
        columns["width"],
        columns["height"],
        new,
    )


@cache
def _statements(dialect: str) -> _Statements:
    sqlite = dialect == "sqlite"
    look = ", ".join(_LOOK)
    return _Statements(
        f"INSERT INTO evidence_file ({', '.join(_FILE)}) SELECT {', '.join(_FILE)}"
        f" FROM {_rows(_FILE, sqlite=sqlite)} WHERE true"
        " ON CONFLICT (sha256) DO NOTHING RETURNING id, sha256",
        f"INSERT INTO photo_look (file_id, {look})"
        f" SELECT f.id, {', '.join(f'j.{name}' for name in _LOOK)}"
        f" FROM {_rows({'sha256': 'text', **_LOOK}, sqlite=sqlite)}"
        " JOIN evidence_file f ON f.sha256 = j.sha256 WHERE true ON CONFLICT (file_id) DO NOTHING",
        "SELECT f.id, f.sha256, f.preview, f.media_type, f.width, f.height, f.removed_at FROM"
        f" {_rows({'sha256': 'text'}, sqlite=sqlite)} JOIN evidence_file f ON f.sha256 = j.sha256",
        f"UPDATE evidence_file SET removed_at = NULL, preview = {'?' if sqlite else '$1'}"
        f" WHERE id = {'?' if sqlite else '$2'}",
    )


def _rows(columns: Mapping[str, str], *, sqlite: bool) -> str:
    """Return a FROM item `j` with these columns, fed by `_given`."""
    if sqlite:
        picked = (f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(columns))
        return f"(SELECT {', '.join(picked)} FROM json_each(?)) AS j"
    arrays = (f"${i}::{kind}[]" for i, kind in enumerate(columns.values(), 1))
    return f"unnest({', '.join(arrays)}) AS j({', '.join(columns)})"


def _given(
    db: BaseDBAsyncClient, photos: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> list[Any]:
    if db.capabilities.dialect == "sqlite":
        return [json.dumps([[p[name] for name in columns] for p in photos], default=_text_of)]
    return [[p[name] for p in photos] for name in columns]


def _text_of(value: object) -> str:
    """Return a time the way Tortoise writes it on SQLite, so that both compare as text."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    raise TypeError(type(value).__name__)
