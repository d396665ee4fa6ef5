"""How each bot with a limit stands this month: for the page, the metrics, the chat, the warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from backend.models import Chat, Outbox
from backend.quota.books import open_books, spent_of
from backend.quota.decide import TEMPLATE, lasts_until, reserve
from backend.quota.words import channel_name
from conversations.text import N_
from locales import Catalog

TO_SEND: Final = 0
"""`Outbox.status` of what is still to be sent."""
LATER: Final = "later"
"""`Outbox.reason` of an answer that waits for a message to be left (bot.turn.put_off)."""
LEVELS: Final = (20, 5, 0)
"""Per cent of the month's messages at which the admins are told."""
PURPOSES: Final = {
    "answer": N_("answers"),
    "reminder": N_("reminders"),
    "notice": N_("notices"),
    "summary": N_("summaries"),
    "warning": N_("warnings"),
    "stranger": N_("to people not on the list"),
}


@dataclass(frozen=True, slots=True)
class MonthLeft:
    """One bot's month. `per_month` and `most_people` are None where there is no such limit."""

    channel: str
    bot: str
    month: str
    sent: Mapping[str, int]
    per_month: int | None
    kept: int
    """Messages that are kept for answers."""
    lasts_until: date | None
    """When they end if it goes on like this; None: not this month."""
    people: int
    most_people: int | None
    templates: int = 0
    """Paid templates to phone numbers, which are counted beside the messages."""
    waiting: int = 0
    """People to whom an answer waits because there is no message for it."""

    @property
    def left(self) -> int | None:
        """How many messages are left, None without a limit."""
        return None if self.per_month is None else max(0, self.per_month - sum(self.sent.values()))

    @property
    def level(self) -> int | None:
        """The lowest of the warned levels that is reached, None while there is enough."""
        if self.per_month is None or self.left is None:
            return None
        reached = [level for level in LEVELS if self.left * 100 <= level * self.per_month]
        return min(reached, default=None)

    @property
    def full(self) -> bool:
        """Whether the bot takes no more people."""
        return self.most_people is not None and self.people >= self.most_people


async def months(now: datetime, zone: tzinfo) -> list[MonthLeft]:
    """Return every open bot that has a limit, by channel and name."""
    books = await open_books(now, zone)
    today = books.now.date()
    found = []
    for (channel, name), bot in sorted(books.bots.items()):
        rules = bot.allowance
        sent = dict(books.sent.get((channel, name), {}))
        templates = sent.pop(TEMPLATE, 0)
        limited = rules.per_month is not None or rules.people is not None
        if bot.closed or not (limited or templates):
            continue
        spent, limit = spent_of(sent), rules.per_month
        found.append(
            MonthLeft(
                channel=channel,
                bot=name,
                month=today.strftime("%Y-%m"),
                sent=sent,
                per_month=limit,
                kept=reserve(limit, spent, today, bot.share) if limit is not None else 0,
                lasts_until=lasts_until(limit, spent, today) if limit is not None else None,
                people=await people_of(channel, name) if rules.people is not None else 0,
                most_people=rules.people,
                templates=templates,
                waiting=await _waiting(channel, name),
            )
        )
    return found


async def _waiting(channel: str, bot: str) -> int:
    rows = Outbox.filter(status=TO_SEND, reason=LATER, chat__channel=channel, chat__bot=bot)
    return len(set(await rows.values_list("chat_id", flat=True)))


async def people_of(channel: str, bot: str) -> int:
    """Return how many people the office knows through one bot."""
    chats = Chat.filter(channel=channel, bot=bot, private=True, person_id__isnull=False)
    return await chats.distinct().count()


def month_text(month: MonthLeft, catalog: Catalog) -> str:
    """Return how a bot stands, for an admin to read in a chat."""
    name = channel_name(month.channel, catalog) + (f" ({month.bot})" if month.bot else "")
    lines = [name]
    if month.per_month is not None:
        lines.append(
            catalog.get(
                N_("This month {left} of {all} messages are left."),
                left=month.left or 0,
                all=month.per_month,
            )
        )
        lines.append(_forecast(month, catalog))
        spent = [
            f"{catalog.get(PURPOSES.get(purpose, purpose))} {catalog.number(count)}"
            for purpose, count in sorted(month.sent.items(), key=lambda item: -item[1])
        ]
        if spent:
            lines.append(catalog.get(N_("Sent: {what}."), what=", ".join(spent)))
    if month.waiting:
        told = N_("{count} people get their answer later.")
        if not month.left:
            told = N_("{count} people get their answer next month.")
        lines.append(catalog.get(told, count=month.waiting))
    if month.templates:
        lines.append(
            catalog.get(N_("Paid template messages (ZNS): {count}."), count=month.templates)
        )
    if month.most_people is not None:
        lines.append(
            catalog.get(N_("People: {count} of {all}."), count=month.people, all=month.most_people)
        )
    return "\n".join(lines)


def _forecast(month: MonthLeft, catalog: Catalog) -> str:
    if not month.left:
        return catalog.get(N_("Nothing more is sent there this month."))
    if month.lasts_until is None:
        return catalog.get(N_("At this pace they last to the end of the month."))
    return catalog.get(N_("At this pace they last until {day}."), day=month.lasts_until)


def warning_text(month: MonthLeft, catalog: Catalog) -> str:
    """Return what the admins are told at a level."""
    told = N_("Answers come first. Reminders and summaries may go by another channel.")
    if not month.left:
        told = N_(
            "The last answers showed people the way to the web chat. Other answers wait for next month."
        )
    return f"{month_text(month, catalog)}\n\n{catalog.get(told)}"


def full_text(month: MonthLeft, catalog: Catalog) -> str:
    """Return what the admins are told when a bot takes no more people."""
    told = N_("The bot is full. Whoever comes now gets the web chat's link.")
    return f"{month_text(month, catalog)}\n\n{catalog.get(told)}"
