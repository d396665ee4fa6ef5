"""May this message go out now? Pure: no clock, no database.

What is left of a month goes first to answers, then to reminders and notices, last to summaries:

1. An answer (and a warning to the admins) may take the last message of the month.
2. Reminders and notices stop while the *reserve* for answers is still there: a reminder that
   nobody can be helped to answer is worth nothing.
3. Summaries stop at one and a half times that reserve: reminders may still go then.
   The last few messages (`kept_for_links`) show one person after the other the way to the web
   chat; whoever was shown it gets no more of them. An answer that the month has no message for
   waits until the next one has begun.
4. Strangers (whom anybody can pretend to be, as often as they like) get a tenth of the month
   between them, and nothing of the reserve. A right code makes a person of a stranger.

The reserve is what answers are expected to need until the month ends: answers a day so far
(counted over at least a week, so that one busy first day tells little) times the days left. It
is never more than the office's share of the month's messages (a fifth unless set otherwise): the
days before a deadline are busier than those after it, and must not silence its reminders. It is
never less than half of that share, which melts away day by day. On the last day next to nothing
is held back: what is left over is lost at midnight.
"""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from backend.quota.rules import Allowance

ANSWER: Final = "answer"
TEMPLATE: Final = "zns"
"""Paid templates to a phone number: counted beside the month's messages, never as one of them."""
WARNING: Final = "warning"
SUMMARY: Final = "summary"
STRANGER: Final = "stranger"
"""An answer to somebody whom the office does not know."""
AT_ONCE: Final = frozenset({ANSWER, STRANGER})
"""Purposes that no night holds back: somebody has just written."""
STRANGERS_SHARE: Final = 0.1
"""Of a month's messages, what all strangers of a bot may get together."""
FIRST: Final = frozenset({ANSWER, WARNING})
"""Purposes for which nothing is held back."""
RESERVE_SHARE: Final = 0.2
LEAST_DAYS: Final = 7
"""A month's run rate is counted over at least so many days."""

LINKS_SHARE: Final = 0.02
MOST_FOR_LINKS: Final = 0.1
"""Parts of a month's messages that the way to the web chat may take."""
MORNING: Final = 7
"""Hour of the office's zone at which a new month's first messages go out."""

QUOTA: Final = "quota"
WINDOW: Final = "window"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one bot has sent in this month: all of it, the answers of it, and what went to strangers."""

    sent: int = 0
    answers: int = 0
    strangers: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """When a chat wrote last (aware; None: never) and how many messages it got since then."""

    last_in_at: datetime | None = None
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Send (both empty), hold until a moment (aware UTC), or refuse for a reason."""

    until: datetime | None = None
    refused: str = ""
    paid: int = 0
    """How many messages of the month it takes; the others of it are free."""


def decide(  # noqa: PLR0913  (every one is something that the answer hangs on)
    purpose: str,
    messages: int,
    allowance: Allowance,
    *,
    spent: Spent,
    heard: Heard,
    now: datetime,
    share: float = RESERVE_SHARE,
    told: bool = False,
) -> Verdict:
    """Say what becomes of something that takes so many messages.

    `now` is aware and in the office's zone, whose month and night count. `told`: the chat has
    been shown the way to the web chat in this month.
    """
    if _closed(allowance, heard, now):
        return Verdict(refused=WINDOW)
    paid = 0
    if allowance.per_month is not None:
        paid = paid_of(messages, allowance, heard)
    if paid and allowance.per_month is not None:
        left = allowance.per_month - spent.sent - paid
        kept = held_back(purpose, allowance.per_month, spent, now.date(), share)
        if purpose == ANSWER and told:
            kept = kept_for_links(allowance)
        if left < kept:
            return _next_month(purpose, allowance, heard, now)
        most = math.floor(STRANGERS_SHARE * allowance.per_month)
        if purpose == STRANGER and spent.strangers + paid > most:
            return Verdict(refused=QUOTA)
    until = None if purpose in AT_ONCE else night_ends(allowance, now)
    if until is None:
        return Verdict(paid=paid)
    if _closed(allowance, heard, until):
        return Verdict(refused=WINDOW)
    return Verdict(until=until)


def paid_of(messages: int, allowance: Allowance, heard: Heard) -> int:
    """Return how many of these messages are beyond the free replies to a chat's last message."""
    if allowance.free_replies is None or heard.last_in_at is None:
        return messages
    return max(0, messages - max(0, allowance.free_replies - heard.replies))


def kept_for_links(allowance: Allowance) -> int:
    """Return how many of a month's last messages show people the way to the web chat.

    One for each whom the bot may have, where that is known and few; the share is our own choice.
    """
    if allowance.per_month is None:
        return 0
    share = max(math.ceil(LINKS_SHARE * allowance.per_month), allowance.people or 0)
    return min(share, math.ceil(MOST_FOR_LINKS * allowance.per_month))


def held_back(purpose: str, per_month: int, spent: Spent, today: date, share: float) -> int:
    """Return how many of the month's messages must be left after this one."""
    if purpose in FIRST:
        return 0
    kept = reserve(per_month, spent, today, share)
    return kept + kept // 2 if purpose == SUMMARY else kept


def reserve(per_month: int, spent: Spent, today: date, share: float = RESERVE_SHARE) -> int:
    """Return how many messages are kept for answers until the month ends (see above)."""
    days = calendar.monthrange(today.year, today.month)[1]
    left = days - today.day + 1
    expected = spent.answers / max(today.day, LEAST_DAYS) * left
    most = share * per_month
    least = most / 2 * left / days
    return math.ceil(min(max(expected, least), most))


def lasts_until(per_month: int, spent: Spent, today: date) -> date | None:
    """Return the day on which the messages end if it goes on like this; None: not this month."""
    rate = spent.sent / max(today.day, LEAST_DAYS)
    left = per_month - spent.sent
    if left <= 0:
        return today
    if not rate:
        return None
    day = today + timedelta(days=min(int(left / rate), 31))
    return day if (day.year, day.month) == (today.year, today.month) else None


def night_ends(allowance: Allowance, now: datetime) -> datetime | None:
    """Return when the channel's night is over (UTC); None outside of it. `now` as in `decide`."""
    if allowance.night is None:
        return None
    start, end = allowance.night
    inside = start <= now.hour < end if start <= end else now.hour >= start or now.hour < end
    if not inside:
        return None
    morning = now.replace(hour=end % 24, minute=0, second=0, microsecond=0)
    if morning <= now:
        morning += timedelta(days=1)
    return morning.astimezone(UTC)


def cost_of(chars: int, max_text: int) -> int:
    """Return how many messages a text takes where at most `max_text` characters fit into one."""
    return max(1, math.ceil(chars / max_text)) if max_text > 0 else 1


def month_turns(now: datetime) -> datetime:
    """Return the first morning of the next month (UTC). `now` as in `decide`."""
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first.replace(hour=MORNING, minute=0, second=0, microsecond=0).astimezone(UTC)


def _next_month(purpose: str, allowance: Allowance, heard: Heard, now: datetime) -> Verdict:
    """An answer waits for the next month, if the person may still be written to by then."""
    until = month_turns(now)
    if purpose != ANSWER or _closed(allowance, heard, until):
        return Verdict(refused=QUOTA)
    return Verdict(until=until)


def _closed(allowance: Allowance, heard: Heard, at: datetime) -> bool:
    if allowance.reply_seconds is None:
        return False
    if heard.last_in_at is None:
        return True
    return at - heard.last_in_at > timedelta(seconds=allowance.reply_seconds)
