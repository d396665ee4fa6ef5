"""What was queued is looked at once more before it goes out: another hour, other answers by then.

A channel's night, a spent month or an outage may keep a message for hours or days. So of all that
is no answer:

1. Nothing goes out in the office's quiet hours; it waits for their end.
2. A reminder goes to nobody who has sent everything by now, and names what is missing now. Who
   is answering just now is left alone until they are done.
   That a report was opened is no news to whom it no longer asks anything.
3. A photo or an answer is asked for again only while it still is to come, and an approval is told
   only while it holds.
4. Of several reminders, lists or notices of one kind that wait for a chat only the newest goes
   out: one message after an outage, not ten.

Both the sender (`bot.turn.sender`) and what goes another way (`bot.quota_watch`) ask this. While
nothing has come from the person's villages the answer costs a few statements of one row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo
from typing import Final

from backend.adhoc.notices import OPENED
from backend.clock import Clock
from backend.models import Chat, Outbox
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError
from backend.quota.decide import AT_ONCE
from backend.reports.reminder import reminder_text
from backend.review.still_told import Notice, notice_of, still_told
from backend.schedule.moments import local_day
from backend.schedule.reminder_rows import ANSWERING
from backend.schedule.still import (
    Known,
    is_answering,
    known_at,
    late_now,
    missing_now,
    quiet_until,
    still_asked,
    unchanged,
)
from bot.messages import Button, Outgoing
from bot.turn.wanted import StillWanted, Waiting, Wanted
from locales import catalog

NOTHING_MISSING: Final = "nothing is missing any more"
OVERTAKEN: Final = "nothing is to be said any more"
NEWER: Final = "a newer one says it"
OTHER_PLAN: Final = "of another plan"
REMINDER: Final = "reminder"
DAILY: Final = frozenset({REMINDER, "follow", "late", "report", "weekly"})
"""Kinds whose keys are «kind|plan|day|whose»: a later day's says all that an earlier one said."""
ONCE: Final = "adhoc"
_AS_REMINDER: Final = frozenset({REMINDER, "follow"})
_PARTS: Final = 4


KEPT: Final = timedelta(seconds=5)
"""So long the plan and the reports asked once are not read again, however much goes out."""


def still_wanted(pack: Callable[[], Awaitable[Pack]], clock: Clock, zone: tzinfo) -> StillWanted:
    """Return the question; `pack` returns the plan in force, `zone` is the office's."""
    known: Known | None = None

    async def ask(row: Waiting) -> Wanted:
        nonlocal known
        if row.message.purpose in AT_ONCE:
            return Wanted()
        now = clock.now()
        if known is None or not timedelta(0) <= now - known.at < KEPT:
            try:
                plan = await pack()
            except NoPlanError:
                return Wanted()
            known = await known_at(now, plan, zone)
        return await look(row, replace(known, at=now))

    return ask


async def look(row: Waiting, known: Known) -> Wanted:
    """Say what becomes of a row at the moment `known.at`."""
    pack = known.pack
    if (morning := await quiet_until(row.chat_id, known)) is not None:
        return Wanted(until=morning)
    if notice := notice_of(row.message.once):
        return await _notice(row, notice, known)
    parts = row.message.once.partition(">")[0].split("|", _PARTS - 1)
    if len(parts) == _PARTS and parts[0] == ONCE:
        return await _opened(parts[2], parts[3], known)
    if len(parts) < _PARTS or parts[0] not in DAILY:
        return Wanted()
    kind, plan, day, whose = parts
    if plan != pack.id:
        return Wanted(over=OTHER_PLAN)
    if await _newer_waits(row, kind, plan, day, whose):
        return Wanted(over=NEWER)
    return await _reminder(row, kind, whose, known) if kind in _AS_REMINDER else Wanted()


async def _opened(report: str, whose: str, known: Known) -> Wanted:
    """Say whether that a report was opened is still news to somebody who is to answer it."""
    what, _, person = whose.partition("|")
    if what != OPENED or not person.isdecimal() or not report.isdecimal():
        return Wanted()
    units = await still_asked(int(person), int(report), known)
    return Wanted() if units else Wanted(over=NOTHING_MISSING)


async def _notice(row: Waiting, notice: Notice, known: Known) -> Wanted:
    """Say what a notice of decisions says now."""
    chat = await Chat.get(id=row.chat_id).only("id", "lang")
    now = await still_told(notice, chat.lang, known.at, known.zone)
    if not now.text:
        return Wanted(over=OVERTAKEN)
    buttons = tuple((Button(label, data),) for label, data in now.buttons)
    # More may stand under it by now: the way to another chat (`bot.turn.permit`).
    if row.message.text.startswith(now.text) and row.message.buttons == buttons:
        return Wanted()
    return Wanted(message=replace(row.message, text=now.text, buttons=buttons))


async def _newer_waits(row: Waiting, kind: str, plan: str, day: str, whose: str) -> bool:
    """Say whether a later one of this kind waits for the same chat, or has gone out."""
    kinds = _AS_REMINDER if kind in _AS_REMINDER else {kind}
    waiting = await Outbox.filter(
        chat_id=row.chat_id, status__in=(0, 1), id__gt=row.id, purpose=row.message.purpose
    ).values_list("once", flat=True)
    for once in waiting:
        parts = str(once or "").partition(">")[0].split("|", _PARTS - 1)
        alike = len(parts) == _PARTS and (parts[0] in kinds, parts[1], parts[3]) == (
            True,
            plan,
            whose,
        )
        if alike and (kind in _AS_REMINDER or parts[2] > day):
            return True
    return False


async def _reminder(row: Waiting, kind: str, whose: str, known: Known) -> Wanted:
    if not whose.isdecimal():
        return Wanted()
    person, now = int(whose), known.at
    today = local_day(now, known.zone)
    if today == local_day(row.created_at, known.zone) and await unchanged(
        person, row.created_at, known
    ):
        return Wanted()
    if await is_answering(person, now):
        return Wanted(until=(now + ANSWERING).astimezone(UTC))
    missing = await (missing_now if kind == REMINDER else late_now)(person, known)
    if not missing:
        return Wanted(over=NOTHING_MISSING)
    chat = await Chat.get(id=row.chat_id).prefetch_related("person")
    name = chat.person.name if chat.person is not None else ""
    text = reminder_text(name, missing, today, catalog(chat.lang), sample=known.pack.sample)
    if text == row.message.text:
        return Wanted()
    return Wanted(message=replace(row.message, text=text))


def waiting_of(row: Outbox) -> Waiting:
    """Return an outbox row as it is asked about."""
    chat_id: int = row.chat_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return Waiting(row.id, chat_id, Outgoing.from_json(row.payload), row.created_at)
