"""Every change of the tree that no pack made, with its time and where it came from.

One row here, however many villages it is about, and one row of the audit log for it in the same
transaction: counts, and a hash of what stands here without anybody's name, so that it still fits
after a person was erased (`backend.traces`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from backend import audit
from backend.models import AreaChange

MOST_SOURCE: Final = 200
OF_PEOPLE: Final = frozenset({"new_person", "new_role", "phone"})
"""Kinds of `backend.imports.put_in` whose old and new value are names of people."""
KIND: Final = 1
NAMES: Final = slice(4, 6)
"""Where a kept change of a list has its kind, and its old and new value."""


async def note_change(kind: str, source: str, now: datetime, details: Mapping[str, Any]) -> None:
    """Write one change down; call it inside the transaction that makes the change.

    `details` holds no telephone number; what is a list in it is counted. From then on
    `backend.areas.overlay` reads the tree anew.
    """
    row = await AreaChange.create(
        token=secrets.token_hex(16),
        kind=kind,
        source=source[:MOST_SOURCE],
        at=now,
        details=json.dumps(details, ensure_ascii=False),
    )
    counts = {name: len(value) for name, value in details.items() if isinstance(value, list)}
    await audit.record(
        f"area.{kind}",
        by=None,
        subject=f"area_change:{row.id}",
        at=now,
        details={**counts, "sha256": sha256_of(details)},
    )


def sha256_of(details: Mapping[str, Any]) -> str:
    """Return the hash of a change as the audit log has it: of its JSON, people's names left out."""
    kept = dict(details)
    if "changes" in kept:
        kept["changes"] = [_nameless(change) for change in kept["changes"]]
    said = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _nameless(change: list[Any]) -> list[Any]:
    if change[KIND] not in OF_PEOPLE:
        return change
    return [*change[: NAMES.start], "", "", *change[NAMES.stop :]]


async def state_of_tree() -> str:
    """Return the name of the present state of this database's tree, "" when packs alone made it."""
    newest = await AreaChange.all().order_by("-id").first().only("id", "token")
    return newest.token if newest else ""
