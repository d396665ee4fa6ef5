"""The audit log: who saw, decided, changed and exported what, in a chain that can be verified.

Each row's sha256 is taken over its own fields and the sha256 of the row before. Whoever changes
or removes a row breaks the chain at that place, and `verify` names it. The last row's sha256
should be written down elsewhere now and then: a chain alone cannot tell that its end was cut off.
The database itself refuses to change or remove a row (`backend.audit_guard`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from backend.models import AuditEntry, AuditHead

HEAD: Final = 1
MAX_DETAILS: Final = 4_000
AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Verified:
    """What the chain is like. `broken` is the number of the first row that is wrong, 0 if none is."""

    entries: int
    sha256: str
    broken: int = 0


async def record(
    action: str,
    *,
    by: int | None,
    subject: str,
    at: datetime,
    details: Mapping[str, str | int] | None = None,
) -> None:
    """Add a row, in the caller's transaction if there is one: both are kept, or neither.

    Args:
        action: what was done, as "photo.seen", "review.approved", "setting.set".
        by: the person's id, None for the program itself.
        subject: kind and id or code of what it was done to, as "photo:12".
        at: aware UTC.
        details: ids, codes and counts; never a name, a number to call, or what somebody wrote.

    """
    said = json.dumps(dict(details), sort_keys=True, separators=(",", ":")) if details else ""
    if len(said) > MAX_DETAILS:
        raise ValueError("these details are too long for the audit log")
    async with in_transaction():
        await _take(1)
        head = await AuditHead.get(id=HEAD)
        entry = AuditEntry(
            number=head.entries,
            at=at.astimezone(UTC),
            by=by,
            action=action,
            subject=subject,
            details=said,
            previous=head.sha256,
        )
        entry.sha256 = digest(entry)
        await entry.save()
        await AuditHead.filter(id=HEAD).update(sha256=entry.sha256)


async def seen(subject: str, *, by: int, at: datetime, action: str = "") -> bool:
    """Note that somebody looked at a thing, once for each person, thing and hour.

    `subject` is kind and id as "photo:12", the action is then "photo.seen". Returns whether a
    row was added. Call it before the thing is shown: what cannot be noted is not shown.
    """
    named = action or f"{subject.partition(':')[0]}.seen"
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    same = AuditEntry.filter(
        by=by, action=named, subject=subject, at__gte=hour, at__lt=hour + timedelta(hours=1)
    )
    if await same.exists():
        return False
    async with in_transaction():
        await _take(0)  # of two looks at once the second waits here and then finds the first
        if await same.exists():
            return False
        await record(named, by=by, subject=subject, at=at)
    return True


async def _take(more: int) -> None:
    """Hold the chain's end until the commit: on both databases an update comes before all reading."""
    if not await AuditHead.filter(id=HEAD).update(entries=F("entries") + more):
        await AuditHead.bulk_create([AuditHead(id=HEAD)], ignore_conflicts=True)
        await AuditHead.filter(id=HEAD).update(entries=F("entries") + more)


def digest(entry: AuditEntry) -> str:
    """Return the sha256 that a row must carry: of its fields as a JSON list, in this order."""
    fields = [
        entry.number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.by,
        entry.action,
        entry.subject,
        entry.details,
        entry.previous,
    ]
    canonical = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def verify() -> Verified:
    """Walk the whole chain, oldest first, a thousand rows at a time."""
    previous, number = "", 0
    while True:
        rows = await AuditEntry.filter(number__gt=number).order_by("number", "id").limit(AT_ONCE)
        for row in rows:
            right = row.number == number + 1 and row.previous == previous
            if not right or row.sha256 != digest(row):
                return Verified(number, previous, broken=number + 1)
            number, previous = row.number, row.sha256
        if len(rows) < AT_ONCE:
            break
    head = await AuditHead.get_or_none(id=HEAD)
    known = (head.entries, head.sha256) if head else (0, "")
    return Verified(number, previous, broken=0 if known == (number, previous) else number + 1)
