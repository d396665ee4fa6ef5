"""Every change of the tree that no pack made, with its time and where it came from."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.models import AreaChange

MOST_SOURCE = 200


async def note_change(kind: str, source: str, now: datetime, details: Mapping[str, Any]) -> None:
    """Write one change down; call it inside the transaction that makes the change.

    `details` holds no telephone number. From then on `backend.areas.overlay` reads the tree anew.
    """
    await AreaChange.create(
        token=secrets.token_hex(16),
        kind=kind,
        source=source[:MOST_SOURCE],
        at=now,
        details=json.dumps(details, ensure_ascii=False),
    )


async def state_of_tree() -> str:
    """Return the name of the present state of this database's tree, "" when packs alone made it."""
    newest = await AreaChange.all().order_by("-id").first().only("id", "token")
    return newest.token if newest else ""
