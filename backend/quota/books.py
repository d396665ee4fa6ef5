"""Every bot's rules and what it has sent this month, read at once for one look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from backend.models import BotRules, SentMonth
from backend.quota.decide import FIRST, RESERVE_SHARE, STRANGER, TEMPLATE, Spent
from backend.quota.rules import Allowance

Key = tuple[str, str]
"""Channel and bot."""


@dataclass(frozen=True, slots=True)
class Bot:
    """One bot. `rings`: the person's phone tells of a message."""

    channel: str
    bot: str
    allowance: Allowance
    rings: bool = True
    closed: bool = False
    share: float = RESERVE_SHARE


@dataclass(frozen=True, slots=True)
class Books:
    """The bots by channel and name, at one moment. `now` is aware, in the office's zone."""

    now: datetime
    bots: Mapping[Key, Bot] = field(default_factory=dict)
    sent: Mapping[Key, Mapping[str, int]] = field(default_factory=dict)
    """Messages of this month by purpose."""

    def bot(self, channel: str, bot: str) -> Bot:
        """Return a bot; one that nothing is known of has no rules."""
        return self.bots.get((channel, bot)) or Bot(channel, bot, Allowance())

    def spent(self, channel: str, bot: str) -> Spent:
        """Return what a bot has sent this month."""
        return spent_of(self.sent.get((channel, bot), {}))


def spent_of(by_purpose: Mapping[str, int]) -> Spent:
    """Return a month's messages as the decision wants them."""
    answers = sum(count for purpose, count in by_purpose.items() if purpose in FIRST)
    sent = sum(count for purpose, count in by_purpose.items() if purpose != TEMPLATE)
    return Spent(sent, answers, by_purpose.get(STRANGER, 0))


def month_of(now: datetime, zone: tzinfo) -> str:
    """Return the office's month of a moment: 2026-11."""
    return now.astimezone(zone).strftime("%Y-%m")


async def open_books(now: datetime, zone: tzinfo) -> Books:
    """Read the books as they are."""
    bots = {
        (row.channel, row.bot): Bot(
            row.channel,
            row.bot,
            Allowance(
                per_month=row.per_month,
                people=row.people,
                reply_seconds=row.reply_seconds,
                free_replies=row.free_replies,
            ),
            rings=row.rings,
            closed=row.closed_at is not None,
            share=row.reserve_share,
        )
        for row in await BotRules.all()
    }
    sent: dict[Key, dict[str, int]] = defaultdict(dict)
    for row in await SentMonth.filter(month=month_of(now, zone)):
        sent[row.channel, row.bot][row.purpose] = row.sent
    return Books(now.astimezone(zone), bots, sent)


async def note_bots(bots: Iterable[Bot], now: datetime) -> None:
    """Keep the rules of the bots that this installation has; the others are closed."""
    there = {(bot.channel, bot.bot): bot for bot in bots}
    for row in await BotRules.filter(closed_at=None):
        if (row.channel, row.bot) not in there:
            await BotRules.filter(id=row.id).update(closed_at=now)
    for bot in there.values():
        rules = bot.allowance
        await BotRules.update_or_create(
            channel=bot.channel,
            bot=bot.bot,
            defaults={
                "per_month": rules.per_month,
                "people": rules.people,
                "reply_seconds": rules.reply_seconds,
                "free_replies": rules.free_replies,
                "rings": bot.rings,
                "reserve_share": bot.share,
                "closed_at": None,
            },
        )
