"""Who saw which photo, where photos are sent to a page before anybody looks at them.

What has left the house is in the audit log as `photo.fetched` and `submission.fetched`, written
before it goes, whether the page's script says anything later or not. `photo.seen` and
`submission.seen` follow once the page tells that they are on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backend import audit
from backend.audit import Look
from backend.lists import numbers
from backend.models import AuditEntry, Evidence
from backend.sessions import LONGEST

FETCHED = "photo.fetched"
SEEN = "photo.seen"


async def sent_ahead(photo: Evidence, *, by: int, at: datetime) -> None:
    """Note that a photo goes to a person's page ahead, with the answers that stand beside it."""
    submission: Any = photo.submission_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    looks = [
        Look(FETCHED, f"photo:{photo.id}"),
        Look("submission.fetched", f"submission:{submission}"),
    ]
    await audit.looked(looks, by=by, at=at)


async def seen_lately(photos: Sequence[int], *, by: int, at: datetime) -> frozenset[int]:
    """Return which of these photos were on this person's screen while a session lasts."""
    rows = AuditEntry.filter(
        by=by, action=SEEN, subject__in=[f"photo:{n}" for n in photos], at__gt=at - LONGEST
    )
    subjects = await rows.values_list("subject", flat=True) if photos else []
    return frozenset(int(str(s).partition(":")[2]) for s in subjects)


async def shown(photos: Sequence[int], *, by: int, at: datetime) -> int:
    """Note that photos sent ahead are on the person's screen; return how many rows were added.

    A photo that was not sent to this person while a session lasts is nobody's to confirm.
    """
    sent = await AuditEntry.filter(
        by=by,
        action__in=[FETCHED, SEEN],
        subject__in=[f"photo:{n}" for n in photos],
        at__gt=at - LONGEST,
    ).values_list("subject", flat=True)
    ids = sorted({int(str(s).partition(":")[2]) for s in sent})
    rows = await Evidence.filter(id__in=numbers(ids)).order_by("id").values("id", "submission_id")
    looks = [Look(SEEN, f"photo:{row['id']}") for row in rows]
    looks += [
        Look("submission.seen", f"submission:{row['submission_id']}")
        for row in rows
        if row["submission_id"]
    ]
    return await audit.looked(looks, by=by, at=at)
