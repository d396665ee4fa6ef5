"""What has been kept long enough goes: photos of periods long closed, messages long answered, sessions.

Rows and hashes stay, so nothing that refers to them breaks; bytes and words go. How long is the
office's setting (`office_settings`, kinds keep_photo_months and keep_message_days). Photos are
kept for good until it is set; messages already dealt with lose their words after two quarters,
for a conversation is no record. With them goes what was begun then and never sent, for the
office was never given it (`backend.long_unsent`), and the pictures and workbooks that were made for
messages (`backend.made_files`). Sessions go half a year after their end; who signed in when stays
in the audit log. So long are wrong guesses counted, too.

The daily work goes on where the last one stopped (`Marks`), so that what is gone already, years of
it, is never looked at again.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from backend import audit
from backend.clock import Clock
from backend.database import forget_the_way
from backend.lists import numbers
from backend.long_unsent import remove_long_unsent
from backend.made_files import old_made, remove_made
from backend.models import (
    AdHocReport,
    AuditEntry,
    Evidence,
    EvidenceFile,
    Inbox,
    OfficeSession,
    Outbox,
    PhotoLook,
    Throttle,
)
from backend.plans.periods import period_days
from backend.plans.schema import Keeping
from backend.plans.store import NoPlanError, active_pack
from backend.settings import Settings
from backend.unsent import Store, clear, delete_key

log = logging.getLogger(__name__)

AT_ONCE: Final = 500
REMEMBERED: Final = 400
"""Days for which it is remembered how far the work had come; after that it begins anew."""
SESSIONS_KEPT: Final = timedelta(days=180)
"""After their end, as the words of messages usually are."""
GONE_IN: Final = json.dumps(
    {"channel": "", "external_id": "", "chat": "", "user": "", "kind": "text", "text": "…"},
    ensure_ascii=False,
)
"""What stands in place of a message received: still a message, for whoever shows old ones."""
GONE_OUT: Final = json.dumps({"text": "…"}, ensure_ascii=False)
IN_DONE: Final = (2, 3)
OUT_DONE: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Marks:
    """Up to which id everything that is old has been dealt with, in the journal and the outbox."""

    received: int = 0
    sent: int = 0
    files: int = 0
    """The same for photos that came and answered nothing."""


@dataclass(frozen=True, slots=True)
class Removed:
    """How much went, or would go. `more`: there is more of it than was looked at."""

    photos: int = 0
    received: int = 0
    sent: int = 0
    sessions: int = 0
    unsent: int = 0
    """Questionnaires that were begun and never sent."""
    made: int = 0
    """Pictures and workbooks that were made for messages."""
    unsent_photos: int = 0
    """Photos that no report has: of these questionnaires, taken out before sending, never used."""
    more: bool = False
    marks: Marks = Marks()
    """Where the next day's work may begin."""

    @property
    def anything(self) -> bool:
        """Whether there was anything."""
        counts = (self.photos, self.received, self.sent, self.sessions)
        return any((*counts, self.made, self.unsent, self.unsent_photos))


async def keeping_of(settings: Settings, now: datetime) -> Keeping:
    """Return how long things are kept today: what the environment names, else the office's setting."""
    try:
        pack = await active_pack(settings.plan, now.astimezone(settings.zone).date())
        kept = pack.keeping
    except NoPlanError:
        kept = Keeping()
    given = {
        "photo_months": settings.keep_photo_months,
        "message_days": settings.keep_message_days,
    }
    return kept.model_copy(update={k: v for k, v in given.items() if k in settings.keep_given})


async def remove_old(  # noqa: PLR0913  (what is old, when, where, how much of it)
    keeping: Keeping,
    now: datetime,
    zone: tzinfo,
    store: Store,
    *,
    dry_run: bool = False,
    most: int | None = None,
    marks: Marks = Marks(),
    attachments: Store | None = None,
) -> Removed:
    """Remove what is old enough, at most about `most` of each, and note it in the audit log.

    What stands at or below `marks` was dealt with before. `attachments` is where lies what was
    made for messages; without it none of that goes. Raises OSError when a store fails; what was
    removed before that stays removed and noted.
    """
    removed = Removed(marks=marks)
    if keeping.message_days is not None:
        before = now - timedelta(days=keeping.message_days)
        removed = await _messages(before, marks, most, dry_run=dry_run)
        unsent = await remove_long_unsent(
            before, now, _last_day, mark=marks.files, most=most, dry_run=dry_run
        )
        removed = replace(
            removed,
            unsent=unsent.interviews,
            unsent_photos=unsent.photos,
            more=removed.more or unsent.more,
            marks=removed.marks if dry_run else replace(removed.marks, files=unsent.mark),
        )
    removed = replace(removed, sessions=await _sessions(now, dry_run=dry_run))
    try:
        if keeping.message_days is not None and attachments is not None:
            before = now - timedelta(days=keeping.message_days)
            made, more_made = (
                (await old_made(before), False)
                if dry_run
                else await remove_made(before, attachments, most)
            )
            removed = replace(removed, made=made, more=removed.more or more_made)
        if keeping.photo_months is not None:
            day = _months_before(now.astimezone(zone).date(), keeping.photo_months)
            photos, more_photos = await _photos(day, now, store, most, dry_run=dry_run)
            removed = replace(removed, photos=photos, more=removed.more or more_photos)
        if not dry_run:
            await clear(store)
    except OSError:
        gone = await EvidenceFile.filter(removed_at=now).count()
        await _note(replace(removed, photos=gone), now)
        raise
    if not dry_run:
        await _note(removed, now)
    return removed


async def _note(removed: Removed, now: datetime) -> None:
    counts = asdict(removed)
    del counts["more"], counts["marks"]
    if removed.anything:
        await audit.record(
            "retention.removed", by=None, subject="retention", at=now, details=counts
        )


async def daily(
    settings: Settings, clock: Clock, store: Store, attachments: Store | None = None
) -> Removed:
    """Remove a part of what is old, every time it is called until a day's work is done."""
    now = clock.now()
    today = now.astimezone(settings.zone).date()
    subject = f"day:{today.isoformat()}"
    if await AuditEntry.exists(action="retention.done", subject=subject):
        return Removed()
    keeping = await keeping_of(settings, now)
    marks = await _last_marks(today)
    removed = await remove_old(
        keeping,
        now,
        settings.zone,
        store,
        most=AT_ONCE,
        marks=marks,
        attachments=attachments,
    )
    if removed.anything:
        await forget_the_way()
    if not removed.more:
        left = removed.marks
        await audit.record(
            "retention.done",
            by=None,
            subject=subject,
            at=now,
            details={"received": left.received, "sent": left.sent, "files": left.files},
        )
        end = await audit.end_now()
        # Outside of the database, where whoever owns it cannot change it (docs/law.md).
        log.info("the audit log has %d rows and ends with %s", end.entries, end.sha256)
    return removed


async def _last_marks(today: date) -> Marks:
    """Return where the last day's work stopped, within the last `REMEMBERED` days."""
    days = [f"day:{today - timedelta(days=n)}" for n in range(1, REMEMBERED)]
    last = (
        await AuditEntry.filter(action="retention.done", subject__in=days)
        .order_by("-number")
        .first()
    )
    told = json.loads(last.details) if last and last.details else {}
    return Marks(*(int(told.get(name, 0)) for name in ("received", "sent", "files")))


async def _messages(before: datetime, marks: Marks, most: int | None, *, dry_run: bool) -> Removed:
    """Take the words of what was dealt with before a moment, in the order in which it came."""
    old_in = Inbox.filter(id__gt=marks.received, status__in=IN_DONE, done_at__lt=before)
    old_out = Outbox.filter(id__gt=marks.sent, status__in=OUT_DONE, done_at__lt=before)
    young_in = Inbox.filter(id__gt=marks.received, received_at__gte=before)
    young_out = Outbox.filter(id__gt=marks.sent, created_at__gte=before)
    received, more_in = await _blank(old_in, young_in, GONE_IN, most, dry_run=dry_run)
    sent, more_out = await _blank(old_out, young_out, GONE_OUT, most, dry_run=dry_run)
    if not dry_run:
        marks = replace(
            marks,
            received=await _reached(Inbox, GONE_IN, marks.received),
            sent=await _reached(Outbox, GONE_OUT, marks.sent),
        )
    return Removed(received=received, sent=sent, more=more_in or more_out, marks=marks)


async def _blank(
    old: QuerySet[Any], young: QuerySet[Any], gone: str, most: int | None, *, dry_run: bool
) -> tuple[int, bool]:
    """Put `gone` in the place of old messages; nothing behind the first young one is looked at."""
    first = await young.order_by("id").first()
    if first is not None:
        old = old.filter(id__lt=first.id)
    old = old.exclude(payload=gone)
    if dry_run:
        return await old.count(), False
    count = last = 0
    while most is None or count < most:
        some = old.filter(id__gt=last).order_by("id").limit(AT_ONCE)
        ids = [int(str(n)) for n in await some.values_list("id", flat=True)]
        if not ids:
            return count, False
        last = ids[-1]
        await old.model.filter(id__in=numbers(ids)).update(payload=gone)
        count += len(ids)
    return count, True


async def _reached(model: type[Inbox | Outbox], gone: str, mark: int) -> int:
    """Return the id up to which nothing is left; what still waits to be dealt with is."""
    left = await model.filter(id__gt=mark).exclude(payload=gone).order_by("id").first()
    return left.id - 1 if left else mark


async def _sessions(now: datetime, *, dry_run: bool) -> int:
    """Remove the rows of sessions that ended long ago: who signed in when is in the audit log."""
    before = now - SESSIONS_KEPT
    ended = OfficeSession.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before))
    if not dry_run:
        await Throttle.filter(window_from__lt=before).delete()
    return int(await ended.count() if dry_run else await ended.delete())


async def _photos(
    day: date, now: datetime, store: Store, most: int | None, *, dry_run: bool
) -> tuple[int, bool]:
    """Remove the photos all of whose periods had ended before a day.

    Only files that one of these periods uses, or none at all, are looked at.
    """
    old = Q(uses__period__in=await _old_periods(day)) | Q(
        uses__id__isnull=True, stored_at__lt=now - (now.date() - day)
    )
    kept = EvidenceFile.filter(old, removed_at=None).distinct()
    count = last = 0
    while most is None or count < most:
        files = await kept.filter(id__gt=last).order_by("id").limit(AT_ONCE)
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


async def _old_periods(day: date) -> list[str]:
    """Return the periods of photos that had ended before a day; never empty, so that SQL has a list."""
    names = {str(p) for p in await Evidence.all().distinct().values_list("period", flat=True)}
    ends = {name: await _last_day(name) for name in names}
    return ["", *(name for name, end in ends.items() if end is not None and end < day)]


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
        await delete_key(key, store, but=file.id)
    await PhotoLook.filter(file_id=file.id).update(latitude=None, longitude=None)
    await EvidenceFile.filter(id=file.id).update(removed_at=now)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(max(year, 1), month + 1, 1 if day.day == 1 else min(day.day, 28))
