"""The tick: what is due becomes outbox rows. APScheduler only says when to look.

`backend.schedule.due` decides; here it gets words, pictures and a chat. Every row carries the
thing's unique key, so two ticks, two workers or a tick after a crash send it once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Final

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from backend.area_tree import subtree
from backend.clock import Clock
from backend.lists import numbers
from backend.models import Area, Chat, Outbox
from backend.plans.periods import period_of
from backend.plans.schema import Cadence, Pack
from backend.quota.books import Books, open_books
from backend.quota.reach import reach_of
from backend.reports.ad_hoc import ad_hoc_text
from backend.reports.escalation import late_text, notice_text, regressions_text
from backend.reports.planned import planned_line
from backend.reports.reminder import reminder_text
from backend.reports.text import progress_text
from backend.reports.words import period_name
from backend.schedule.due import Due, DueKind, due_parts
from backend.schedule.planned import planned
from backend.schedule.settled import Settled
from backend.status.owned import owned_part
from backend.status.recorded import progress_of
from backend.status.regressions import period_before, regressions
from bot.faults import where
from bot.messages import Outgoing
from bot.sent_figures import figures_key
from conversations.text import N_
from locales import Catalog, catalog

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 60
SUMMARY_CHARS: Final = 2_000
"""Longest summary: the shortest text limit of any channel; all else is in the workbook."""
ROWS_AT_ONCE: Final = 500
PURPOSES: Final = {
    DueKind.REMINDER: "reminder",
    DueKind.WEEKLY_SUMMARY: "summary",
    DueKind.LATE_LIST: "notice",
    DueKind.REPORT_NOTICE: "notice",
    DueKind.AD_HOC: "notice",
}
"""What a spent month drops first to last (backend.quota.decide)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that a tick needs. `attach` keeps a picture's or document's bytes and returns its key."""

    pack: Callable[[], Awaitable[Pack]]
    zone: tzinfo
    attach: Callable[[bytes], Awaitable[str]]
    settled: Settled = field(default_factory=Settled)


@dataclass(slots=True)
class _Rendered:
    """What one area's progress looks like in one language; made once for all its officers."""

    text: str
    caption: str
    pictures: list[str]
    document: str
    document_name: str


@dataclass(slots=True)
class _Tick:
    """What is kept while one tick runs."""

    schedule: Schedule
    clock: Clock
    pack: Pack
    books: Books
    rendered: dict[tuple[str, str, str, str], _Rendered] = field(default_factory=dict)


async def tick(clock: Clock, schedule: Schedule) -> int:
    """Queue everything that is due now; return how many things were queued.

    Whoever has no chat that can be reached stays due, and is shown so by `thonmoi due`. What
    cannot be made (a bug in one area's picture) is logged and holds nobody else up.
    """
    now = clock.now()
    pack = await schedule.pack()
    running = _Tick(schedule, clock, pack, await open_books(now, schedule.zone))
    left: dict[str, set[int]] = {}
    queued = 0
    async for part in due_parts(now, pack, schedule.zone, settled=schedule.settled):
        untold = left.setdefault(part.reason, set())
        untold |= part.later
        for start in range(0, len(part.things), ROWS_AT_ONCE):
            some = part.things[start : start + ROWS_AT_ONCE]
            told = await _queue(running, some, now)
            untold |= {thing.person_id for thing in some} - told
            queued += len(told)
    for reason, people in left.items():
        schedule.settled.mark(reason, frozenset(people), now)
    return queued


async def _queue(running: _Tick, things: Sequence[Due], now: datetime) -> set[int]:
    """Queue these things in one transaction; return to whom all of theirs was queued."""
    chats = await chats_of(things, running.books)
    rows: list[Outbox] = []
    told: set[int] = set()
    failed: set[int] = set()
    for thing in things:
        chat = chats.get(thing.key)
        if chat is None:
            continue
        try:
            messages = await _messages(running, thing, catalog(chat.lang), now)
        except Exception as error:  # noqa: BLE001  (anything: the others are not held up)
            log.error("cannot make %s of %s: %s", thing.kind, thing.area_code, where(error))  # noqa: TRY400  (a traceback may hold what people wrote)
            failed.add(thing.person_id)
            continue
        rows += [_row(chat, message, now) for message in messages]
        told.add(thing.person_id)
    await Outbox.bulk_create(rows, ignore_conflicts=True)
    return told - failed


async def chats_of(things: Iterable[Due], books: Books) -> dict[str, Chat]:
    """Return, by the things' keys, the chat used last of those that can still deliver them."""
    wanted: dict[str, list[Due]] = defaultdict(list)
    for thing in things:
        wanted[PURPOSES[thing.kind]].append(thing)
    found: dict[str, Chat] = {}
    for purpose, some in wanted.items():
        reach = await reach_of((thing.person_id for thing in some), books, purpose)
        found |= {t.key: chats[0] for t in some if (chats := reach[t.person_id].chats)}
    return found


async def _messages(
    running: _Tick, thing: Due, speaker: Catalog, now: datetime
) -> Sequence[Outgoing]:
    if thing.kind is DueKind.REMINDER:
        today = now.astimezone(running.schedule.zone).date()
        text = reminder_text(
            thing.person_name, thing.missing, today, speaker, sample=running.pack.sample
        )
        return [Outgoing(text, purpose="reminder", once=thing.key)]
    if thing.kind is DueKind.LATE_LIST:
        text = late_text(thing, speaker, sample=running.pack.sample)
        return [Outgoing(text, purpose="notice", once=thing.key)]
    if thing.kind is DueKind.AD_HOC:
        text = ad_hoc_text(thing, speaker, sample=running.pack.sample)
        return [Outgoing(text, purpose="notice", once=thing.key)]
    if thing.kind is DueKind.REPORT_NOTICE:
        text = notice_text(thing, speaker, sample=running.pack.sample)
        return [Outgoing(text, purpose="notice", once=thing.key)]
    shown = await _rendered(running, thing, speaker)
    # One part a message: whatever a channel cannot carry, the rest still arrives.
    messages = [Outgoing(shown.text, purpose="summary", once=thing.key)]
    whose = thing.area_code, thing.person_id
    messages += [
        Outgoing(
            shown.caption,
            picture=figures_key(*whose, picture),
            purpose="summary",
            once=f"{thing.key}|{number}",
        )
        for number, picture in enumerate(shown.pictures, start=1)
    ]
    messages.append(
        Outgoing(
            shown.caption,
            document=figures_key(*whose, shown.document),
            document_name=shown.document_name,
            purpose="summary",
            once=f"{thing.key}|xlsx",
        )
    )
    return messages


async def _rendered(running: _Tick, thing: Due, speaker: Catalog) -> _Rendered:
    from backend.reports.picture import progress_pngs  # noqa: PLC0415  (Pillow when first asked)
    from backend.reports.xlsx import progress_xlsx  # noqa: PLC0415  (loaded when first asked)

    key = (thing.area_code, thing.period, speaker.lang, thing.owner)
    if key not in running.rendered:
        schedule = running.schedule
        progress = await progress_of(
            thing.area_code, thing.period, running.clock, running.pack, zone=schedule.zone
        )
        if thing.owner:
            progress = owned_part(progress, running.pack, thing.owner)
        pictures = await asyncio.to_thread(progress_pngs, progress, speaker, zone=schedule.zone)
        book = await asyncio.to_thread(progress_xlsx, progress, speaker, zone=schedule.zone)
        title = speaker.get(N_("WEEKLY SUMMARY"))
        if thing.owner:
            title = f"{title} · {thing.owner}"
        before = await progress_of(
            thing.area_code,
            period_before(thing.period),
            running.clock,
            running.pack,
            zone=schedule.zone,
        )
        if thing.owner:
            before = owned_part(before, running.pack, thing.owner)
        elif said := await _planned(running, thing, speaker):
            title = f"{title}\n{said}"
        lost = regressions_text(regressions(before, progress), speaker)
        if lost:
            title = f"{title}\n{lost}\n"
        body = progress_text(
            progress, speaker, zone=schedule.zone, limit=SUMMARY_CHARS - len(title) - 1
        )
        # A late one is named after the day whose figures it holds.
        day = progress.at.astimezone(schedule.zone).date()
        running.rendered[key] = _Rendered(
            text=f"{title}\n{body}",
            caption=f"{progress.area_name}, {period_name(progress.period, speaker)}",
            pictures=[await schedule.attach(picture) for picture in pictures],
            document=await schedule.attach(book),
            document_name=f"tien-do-{thing.area_code}-{day.isoformat()}.xlsx",
        )
    return running.rendered[key]


async def _planned(running: _Tick, thing: Due, speaker: Catalog) -> str:
    """Return the line of what the plan sets down for this month in an officer's own area."""
    pack = running.pack
    if not (pack.task_plans or pack.inspections or pack.activities):
        return ""
    area = await Area.get(code=thing.area_code)
    below = Area.filter(id__in=numbers(await subtree([area.id])))
    codes = await below.values_list("code", flat=True)
    today = running.clock.now().astimezone(running.schedule.zone).date()
    month = period_of(Cadence.MONTHLY, today)
    return planned_line(planned(pack, month, {str(code) for code in codes}), speaker)


def _row(chat: Chat, message: Outgoing, now: datetime) -> Outbox:
    return Outbox(
        chat_id=chat.id,
        payload=message.to_json(),
        prompt=0,
        once=message.once,
        purpose=message.purpose,
        created_at=now,
    )


class Ticker:
    """Calls `tick` at once and then every minute, never two at a time, never dropping one.

    One that fails is logged and the next one tries again; `failures` counts them.
    """

    def __init__(self, run: Callable[[], Awaitable[object]]) -> None:
        """`run` is a `tick` with its arguments bound."""
        self._run = run
        self._scheduler: AsyncIOScheduler | None = None
        self.failures = 0

    async def start(self) -> None:
        """Begin; needs a running event loop."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        scheduler.add_job(
            self._tick,
            IntervalTrigger(seconds=TICK_SECONDS, timezone=UTC),
            id="tick",
            # The one now() of ours: the scheduler compares it with the machine's clock, not a Clock.
            next_run_time=datetime.now(UTC),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        scheduler.start()
        self._scheduler = scheduler

    async def stop(self) -> None:
        """Stop looking; a tick that runs is finished or rolled back by the database."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=False)

    async def _tick(self) -> None:
        try:
            await self._run()
        except asyncio.CancelledError:
            if self._scheduler is not None:
                raise
            # The program ends while it looked: the database rolls back, and that is no failure.

    def _failed(self, event: JobExecutionEvent) -> None:
        self.failures += 1
        log.error("a tick failed: %s", where(event.exception))
