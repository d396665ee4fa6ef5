"""The audit log: who saw, decided, changed and exported what, in a chain that can be verified.

Each row's sha256 is taken over its own fields and the sha256 of the row before. Whoever changes
or removes a row breaks the chain at that place, and `verify` names it. A chain alone cannot tell
that its end was cut off, or that all of it was written anew, by this very code: a sha256 kept
elsewhere tells (`still_there`). Every backup, `verify` and the program's own log print one.
The database itself refuses to change or remove a row (`backend.audit_guard`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from backend.models import AuditEntry, AuditHead

HEAD: Final = 1
MAX_DETAILS: Final = 4_000
AT_ONCE: Final = 1_000
COMMAND: Final = "command"
"""`details["via"]` of what somebody at the command line did."""
_hand: ContextVar[Mapping[str, str | int]] = ContextVar("hand")
"""Who works at the command line of this process, while somebody does."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What the chain is like. `broken` is the number of the first row that is wrong, 0 if none is."""

    entries: int
    sha256: str
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that is looked at: "photo.seen" of "photo:12"."""

    action: str
    subject: str


@contextmanager
def by_command() -> Iterator[None]:
    """Let all rows written meanwhile by nobody in particular say which account of the machine it was.

    The account's number and never its name, which may be somebody's own: rows cannot be erased.
    """
    hand: dict[str, str | int] = {"via": COMMAND}
    if hasattr(os, "getuid"):
        hand["uid"] = os.getuid()
        if os.getuid() == 0 and (behind := os.environ.get("SUDO_UID", "")).isdecimal():
            hand["sudo_uid"] = int(behind[:9])
    token = _hand.set(hand)
    try:
        yield
    finally:
        _hand.reset(token)


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
        by: the person's id, None for the program itself and for the machine's own admin, whose
            account is then in the details (`by_command`).
        subject: kind and id or code of what it was done to, as "photo:12".
        at: aware UTC.
        details: ids, codes and counts; never a name, a number to call, or what somebody wrote.

    """
    told = {**(_hand.get({}) if by is None else {}), **(details or {})}
    said = json.dumps(told, sort_keys=True, separators=(",", ":")) if told else ""
    if len(said) > MAX_DETAILS:
        raise ValueError("these details are too long for the audit log")
    async with in_transaction():
        await _take()
        await _append([Look(action, subject)], by, at, said)


async def seen(subject: str, *, by: int, at: datetime, action: str = "") -> bool:
    """Note that somebody looked at a thing, once for each person, thing and hour.

    `subject` is kind and id as "photo:12", the action is then "photo.seen". Returns whether a
    row was added. Call it before the thing is shown: what cannot be noted is not shown.
    """
    named = action or f"{subject.partition(':')[0]}.seen"
    return bool(await looked([Look(named, subject)], by=by, at=at))


async def looked(looks: Sequence[Look], *, by: int, at: datetime) -> int:
    """Note several looks in one transaction, each as `seen` does; return how many rows were added."""
    if not (new := await _not_noted(looks, by, at)):
        return 0
    async with in_transaction():
        await _take()  # of two looks at once the second waits here and then finds the first
        new = await _not_noted(new, by, at)
        await _append(new, by, at, "")
    return len(new)


async def _not_noted(looks: Iterable[Look], by: int, at: datetime) -> list[Look]:
    """Return those that this person has not had in this hour, each once."""
    every = list(dict.fromkeys(looks))
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    rows = AuditEntry.filter(
        by=by,
        at__gte=hour,
        at__lt=hour + timedelta(hours=1),
        subject__in=[k.subject for k in every],
    )
    noted = {Look(*row) for row in await rows.values_list("action", "subject")} if every else set()
    return [look for look in every if look not in noted]


async def _append(looks: Sequence[Look], by: int | None, at: datetime, said: str) -> None:
    """Add rows to the chain's end, which the caller's transaction has taken."""
    if not looks:
        return
    head = await AuditHead.get(id=HEAD)
    last, entries = head.sha256, []
    for number, look in enumerate(looks, head.entries + 1):
        entry = AuditEntry(
            number=number,
            at=at.astimezone(UTC),
            by=by,
            action=look.action,
            subject=look.subject,
            details=said,
            previous=last,
        )
        last = entry.sha256 = digest(entry)
        entries.append(entry)
    await AuditEntry.bulk_create(entries)
    await AuditHead.filter(id=HEAD).update(entries=head.entries + len(looks), sha256=last)


async def _take() -> None:
    """Hold the chain's end until the commit: on both databases an update comes before all reading."""
    if not await AuditHead.filter(id=HEAD).update(entries=F("entries")):
        await AuditHead.bulk_create([AuditHead(id=HEAD)], ignore_conflicts=True)
        await AuditHead.filter(id=HEAD).update(entries=F("entries"))


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
    later = AuditEntry.all()  # from the very first: a row put in before number 1 is seen too
    while True:
        rows = await later.order_by("number", "id").limit(AT_ONCE)
        for row in rows:
            right = row.number == number + 1 and row.previous == previous
            if not right or row.sha256 != digest(row):
                return Verified(number, previous, broken=number + 1)
            number, previous = row.number, row.sha256
        if len(rows) < AT_ONCE:
            break
        later = AuditEntry.filter(number__gt=number)
    head = await AuditHead.get_or_none(id=HEAD)
    known = (head.entries, head.sha256) if head else (0, "")
    return Verified(number, previous, broken=0 if known == (number, previous) else number + 1)


async def still_there(sha256: str) -> int:
    """Return the number of the row that has this sha256, 0 if none has it any more.

    A chain that `verify` found whole and that has it is, up to there, what it was when this was
    written down: whoever changes anything before it changes it too.
    """
    row = await AuditEntry.get_or_none(sha256=sha256.strip().lower()[:64])
    return row.number if row else 0


async def end_now() -> Verified:
    """Return how long the chain is and the sha256 to write down, without walking it."""
    head = await AuditHead.get_or_none(id=HEAD)
    return Verified(head.entries, head.sha256) if head else Verified(0, "")
