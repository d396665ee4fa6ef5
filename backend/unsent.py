"""What was begun and never sent: the office was never given it, so it has no ground to stay.

Answers in progress and their photos go when the person asks for it (`backend.erasing`), or after
so many days as messages are kept (`backend.retention`). Of the rows an interview's stays, without
its answers. Photos go in two steps, so that whatever stops the second is made good by the next
one: `let_go` removes, in the caller's transaction, the rows of files that nothing uses any more
and writes down whose bytes are to follow, and `clear` takes those away.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, Protocol

from tortoise.expressions import Q

from backend.lists import numbers, parts_of
from backend.models import (
    BytesToDelete,
    Chat,
    Evidence,
    EvidenceFile,
    Inbox,
    Interview,
    PhotoLook,
)

GONE: Final = "gone"
"""`Interview.status` of what was never sent and is no longer there."""
OPEN: Final = ("running", "paused", "cancelled", "left")
NOTHING: Final = "{}"
"""`Interview.state` without an answer."""
AT_ONCE: Final = 500
IN_READY: Final = (0, 1)


class Store(Protocol):
    """Where photos are kept."""

    async def delete(self, key: str) -> None:
        """Remove the bytes under a key; one that is not there is fine."""
        ...


async def blank(interviews: Collection[int], now: datetime) -> int:
    """Take the answers and photos of interviews that were never sent; return how many photos.

    Joins the caller's transaction. One that was sent meanwhile is left alone.
    """
    ids = [
        int(str(n))
        for n in await Interview.filter(id__in=numbers(interviews), status__in=OPEN).values_list(
            "id", flat=True
        )
    ]
    await Interview.filter(id__in=numbers(ids)).update(
        status=GONE, running_for=None, state=NOTHING, changed_at=now
    )
    return await let_go(Evidence.filter(interview_id__in=numbers(ids), submission_id=None), now)


async def let_go(uses: Any, now: datetime, also: Collection[str] = ()) -> int:
    """Remove uses of photos that were never sent, and files that are left without one.

    `uses` is a query of `Evidence`; `also` are the sha256 of files that were received and never
    used. Joins the caller's transaction. Returns how many files go; `clear` is next.
    """
    rows = await uses.values("id", "file_id", "submission_id")
    kept = [row for row in rows if row["submission_id"] is not None]
    if kept:
        raise ValueError("a photo that was sent is the village's report")
    await Evidence.filter(id__in=numbers(row["id"] for row in rows)).delete()
    files = {int(row["file_id"]) for row in rows}
    for some in parts_of(sorted(also)):
        found = await EvidenceFile.filter(sha256__in=list(some)).values_list("id", flat=True)
        files |= {int(str(n)) for n in found}
    return await _forget(files, now)


async def unused(uses: Any) -> set[int]:
    """Return the files that would be left without a use if these uses of photos went."""
    rows = await uses.values_list("id", "file_id")
    files = {int(file) for _, file in rows}
    left = Evidence.filter(file_id__in=numbers(files)).exclude(
        id__in=numbers(int(use) for use, _ in rows)
    )
    files -= {int(str(n)) for n in await left.values_list("file_id", flat=True)}
    kept = EvidenceFile.filter(id__in=numbers(files), removed_at=None)
    return {int(str(n)) for n in await kept.values_list("id", flat=True)}


async def _forget(files: Iterable[int], now: datetime) -> int:
    alone = EvidenceFile.filter(id__in=numbers(files), uses__id__isnull=True)
    rows = await alone.values("id", "sha256", "preview", "removed_at")
    awaited = await waiting() if rows else frozenset()
    free = [row for row in rows if row["sha256"] not in awaited]
    kept = [row for row in free if row["removed_at"] is None]
    keys = sorted({key for row in kept for key in (row["sha256"], row["preview"])})
    known = BytesToDelete.filter(key__in=keys).values_list("key", flat=True)
    new = set(keys) - {str(k) for k in await known} if keys else set()
    await BytesToDelete.bulk_create([BytesToDelete(key=k, since=now) for k in sorted(new)])
    ids = [row["id"] for row in free]
    await PhotoLook.filter(file_id__in=numbers(ids)).delete()
    await EvidenceFile.filter(id__in=numbers(ids)).delete()
    return len(kept)


async def waiting(besides: Collection[int] = ()) -> frozenset[str]:
    """Return the sha256 of photos that have come and whose question is not known yet.

    `besides` are ids of chats whose photos are not counted.
    """
    found: set[str] = set()
    ready = Inbox.filter(status__in=IN_READY).exclude(chat_id__in=numbers(besides or [0]))
    for payload in await ready.values_list("payload", flat=True):
        found.add(photo_in(str(payload))[0])
    chats = Chat.exclude(stage="").exclude(id__in=numbers(besides or [0]))
    for data in await chats.values_list("stage_data", flat=True):
        refs = data.get("refs") if isinstance(data, dict) else None
        found |= {str(ref) for ref in refs} if isinstance(refs, list) else set()
    return frozenset(found - {""})


def photo_in(payload: str) -> tuple[str, str]:
    """Return the sha256 of a received message's photo and where its channel had it, "" for neither."""
    try:
        media = json.loads(payload).get("media") or {}
        return str(media.get("sha256") or ""), str(media.get("source") or "")
    except (ValueError, AttributeError):
        return "", ""


async def clear(store: Store) -> int:
    """Delete the bytes that nothing refers to any more; return how many keys.

    Raises OSError when the store fails; what is left is deleted the next time.
    """
    count = 0
    while rows := await BytesToDelete.all().order_by("id").limit(AT_ONCE):
        for row in rows:
            count += await delete_key(row.key, store)
            await BytesToDelete.filter(id=row.id).delete()
    return count


async def delete_key(key: str, store: Store, *, but: int = 0) -> bool:
    """Delete bytes unless a file that is kept, `but` this one, has them; say whether they went."""
    shared = EvidenceFile.filter(Q(preview=key) | Q(sha256=key), removed_at=None)
    if await shared.exclude(id=but).exists():
        return False
    await store.delete(key)
    return True
