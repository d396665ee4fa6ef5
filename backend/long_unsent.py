"""What was begun and never sent, and is older than messages are kept.

Answers in progress with their photos, photos that were taken out before the rest was sent, and
photos that came and were nobody's answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tortoise.transactions import in_transaction

from backend.lists import numbers
from backend.models import Evidence, EvidenceFile, Interview
from backend.unsent import AT_ONCE, OPEN, blank, let_go, unused

SENT: Final = "submitted"
LastDay = Callable[[str], Awaitable[date | None]]
"""The last day of a period, None for one that is not known."""


@dataclass(frozen=True, slots=True)
class LongUnsent:
    """How much went, or would go; `mark` is the id of the last file looked at for its own sake."""

    interviews: int = 0
    photos: int = 0
    more: bool = False
    mark: int = 0


async def remove_long_unsent(  # noqa: PLR0913  (what is old, where, how much of it)
    before: datetime,
    now: datetime,
    last_day: LastDay,
    *,
    mark: int,
    most: int | None,
    dry_run: bool,
) -> LongUnsent:
    """Let go what nobody has touched since `before` and whose period had ended then too.

    At most about `most` of each. `backend.unsent.clear` then takes the bytes away.
    """
    interviews, photos, more = await _interviews(before, now, last_day, most, dry_run=dry_run)
    photos += await _taken_out(before, now, dry_run=dry_run)
    files, mark, more_files = await _never_used(before, now, mark, most, dry_run=dry_run)
    return LongUnsent(interviews, photos + files, more or more_files, mark)


async def _interviews(
    before: datetime, now: datetime, last_day: LastDay, most: int | None, *, dry_run: bool
) -> tuple[int, int, bool]:
    old = Interview.filter(status__in=OPEN, changed_at__lt=before)
    count = photos = last = 0
    while most is None or count < most:
        rows = await old.filter(id__gt=last).order_by("id").limit(AT_ONCE).values("id", "period")
        if not rows:
            return count, photos, False
        last = rows[-1]["id"]
        ends = {period: await last_day(period) for period in {row["period"] for row in rows}}
        over = [r["id"] for r in rows if (ends[r["period"]] or date.min) < before.date()]
        count += len(over)
        if dry_run:
            uses = Evidence.filter(interview_id__in=numbers(over), submission_id=None)
            photos += len(await unused(uses))
        elif over:
            async with in_transaction():
                photos += await blank(over, now)
    return count, photos, True


async def _taken_out(before: datetime, now: datetime, *, dry_run: bool) -> int:
    """Let go photos that somebody took out again before they sent the rest."""
    uses = Evidence.filter(submission_id=None, dropped_at__lt=before, interview__status=SENT)
    if dry_run:
        return len(await unused(uses))
    async with in_transaction():
        return await let_go(uses, now)


async def _never_used(
    before: datetime, now: datetime, mark: int, most: int | None, *, dry_run: bool
) -> tuple[int, int, bool]:
    """Let go files that came and answered nothing; none behind the first young one is looked at."""
    files = EvidenceFile.filter(id__gt=mark)
    young = await files.filter(stored_at__gte=before).order_by("id").first()
    old = files if young is None else files.filter(id__lt=young.id)
    count = 0
    while most is None or count < most:
        some = old.filter(id__gt=mark).order_by("id").limit(AT_ONCE).prefetch_related("uses")
        rows = await some
        if not rows:
            return count, mark, False
        mark = rows[-1].id
        named = [row.sha256 for row in rows if not row.uses and row.removed_at is None]  # type: ignore[attr-defined]  # Tortoise adds the reverse relation
        if dry_run:
            count += len(named)
        elif named:
            async with in_transaction():
                count += await let_go(Evidence.filter(id=0), now, named)
    return count, mark, True
