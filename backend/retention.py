"""What has been kept long enough goes: photos of periods long closed, and messages long answered.

Rows and hashes stay, so nothing that refers to them breaks; bytes and words go. Photos are kept
for good until the office says how long (`Keeping.photo_months` None); messages already dealt
with lose their words after `message_days`, for a conversation is no record.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final, Protocol

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from backend import audit
from backend.clock import Clock
from backend.lists import numbers
from backend.models import (
    AdHocReport,
    AuditEntry,
    Evidence,
    EvidenceFile,
    Inbox,
    Outbox,
    PhotoLook,
)
from backend.plans.periods import period_days

AT_ONCE: Final = 500
USUAL_MESSAGE_DAYS: Final = 180
"""A technical default: two quarters, so that what was asked and answered can be looked up."""
LEAST_MESSAGE_DAYS: Final = 30
GONE_IN: Final = json.dumps(
    {"channel": "", "external_id": "", "chat": "", "user": "", "kind": "text", "text": "…"},
    ensure_ascii=False,
)
"""What stands in place of a message received: still a message, for whoever shows old ones."""
GONE_OUT: Final = json.dumps({"text": "…"}, ensure_ascii=False)
IN_DONE: Final = (2, 3)
OUT_DONE: Final = (1, 2, 3)


class Store(Protocol):
    """Where photos are kept."""

    async def delete(self, key: str) -> None:
        """Remove the bytes under a key; one that is not there is fine."""
        ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long things are kept. None: the office has not said, nothing is removed."""

    photo_months: int | None = None
    """After the last day of the last period that a photo is evidence for."""
    message_days: int | None = USUAL_MESSAGE_DAYS


@dataclass(frozen=True, slots=True)
class Removed:
    """How much went, or would go. `more`: there is more of it than was looked at."""

    photos: int = 0
    received: int = 0
    sent: int = 0
    more: bool = False

    @property
    def anything(self) -> bool:
        """Whether there was anything."""
        return bool(self.photos or self.received or self.sent)


async def remove_old(  # noqa: PLR0913  (what is old, when, where, how much of it)
    keeping: Keeping, now: datetime, zone: tzinfo, store: Store, *, dry_run: bool = False,
    most: int | None = None,
) -> Removed:  # fmt: skip
    """Remove what is old enough, at most about `most` of each, and note it in the audit log.

    Raises OSError when the store fails; what was removed before that stays removed and noted.
    """
    received = sent = 0
    more = False
    if keeping.message_days is not None:
        before = now - timedelta(days=max(keeping.message_days, LEAST_MESSAGE_DAYS))
        old_in = Inbox.filter(status__in=IN_DONE, done_at__lt=before).exclude(payload=GONE_IN)
        old_out = Outbox.filter(status__in=OUT_DONE, done_at__lt=before).exclude(payload=GONE_OUT)
        received, more_in = await _blank(old_in, GONE_IN, most, dry_run=dry_run)
        sent, more_out = await _blank(old_out, GONE_OUT, most, dry_run=dry_run)
        more = more_in or more_out
    photos = 0
    if keeping.photo_months is not None:
        day = _months_before(now.astimezone(zone).date(), keeping.photo_months)
        photos, more_photos = await _photos(day, now, store, most, dry_run=dry_run)
        more = more or more_photos
    removed = Removed(photos, received, sent, more)
    if removed.anything and not dry_run:
        await audit.record(
            "retention.removed",
            by=None,
            subject="retention",
            at=now,
            details={"photos": photos, "received": received, "sent": sent},
        )
    return removed


async def daily(keeping: Keeping, clock: Clock, zone: tzinfo, store: Store) -> Removed:
    """Remove a part of what is old, every time it is called until a day's work is done."""
    now = clock.now()
    subject = f"day:{now.astimezone(zone).date().isoformat()}"
    if await AuditEntry.exists(action="retention.done", subject=subject):
        return Removed()
    removed = await remove_old(keeping, now, zone, store, most=AT_ONCE)
    if not removed.more:
        await audit.record("retention.done", by=None, subject=subject, at=now)
    return removed


async def _blank(
    old: QuerySet[Any], gone: str, most: int | None, *, dry_run: bool
) -> tuple[int, bool]:
    if dry_run:
        return await old.count(), False
    count = 0
    while most is None or count < most:
        ids = await old.order_by("id").limit(AT_ONCE).values_list("id", flat=True)
        if not ids:
            return count, False
        await old.model.filter(id__in=numbers(int(str(n)) for n in ids)).update(payload=gone)
        count += len(ids)
    return count, True


async def _photos(
    day: date, now: datetime, store: Store, most: int | None, *, dry_run: bool
) -> tuple[int, bool]:
    """Remove the photos all of whose periods had ended before a day."""
    count = last = 0
    while most is None or count < most:
        files = (
            await EvidenceFile.filter(id__gt=last, removed_at=None).order_by("id").limit(AT_ONCE)
        )
        if not files:
            return count, False
        last = files[-1].id
        ends = await _ends([f.id for f in files])
        for file in files:
            end = ends.get(file.id, file.stored_at.date())
            if end is None or end >= day:
                continue
            count += 1
            if not dry_run:
                await _remove(file, now, store)
    return count, True


async def _ends(files: Sequence[int]) -> dict[int, date | None]:
    """Return the last day of the last period that each file is used in; None: not known, keep it."""
    used: dict[int, set[str]] = defaultdict(set)
    for row in await Evidence.filter(file_id__in=numbers(files)).values("file_id", "period"):
        used[row["file_id"]].add(row["period"])
    days = {period: await _last_day(period) for period in set().union(*used.values())}
    found: dict[int, date | None] = {}
    for file, periods in used.items():
        known = [days[p] for p in periods]
        found[file] = None if None in known else max(d for d in known if d is not None)
    return found


async def _last_day(period: str) -> date | None:
    once = await AdHocReport.get_or_none(period=period)
    if once is not None:
        return once.before
    try:
        return period_days(period)[1]
    except ValueError:
        return None


async def _remove(file: EvidenceFile, now: datetime, store: Store) -> None:
    """Remove bytes first: whatever stops this in the middle, the next time does it again."""
    for key in (file.preview, file.sha256):
        shared = EvidenceFile.filter(Q(preview=key) | Q(sha256=key), removed_at=None)
        if not await shared.exclude(id=file.id).exists():
            await store.delete(key)
    await PhotoLook.filter(file_id=file.id).update(latitude=None, longitude=None)
    await EvidenceFile.filter(id=file.id).update(removed_at=now)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(max(year, 1), month + 1, 1 if day.day == 1 else min(day.day, 28))
