"""By which of a person's chats a message can still reach them, and why the others cannot.

The chat used last comes first. A chat is passed over while
- the channel says that the person has blocked it, or the installation no longer has its bot;
- its reply window is over, or its bot's month is spent on what matters more;
- something sent there came back for its window or because the chat is gone, and the person has
  not written there since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.lists import numbers, parts_of
from backend.models import Chat, Outbox
from backend.quota.books import Books
from backend.quota.decide import WINDOW, Heard, decide

BLOCKED: Final = "blocked"
CLOSED: Final = "closed"
NO_CHAT: Final = "no_chat"
LASTING: Final = ("gone", "window")
"""Reasons for which a chat is not tried again before the person writes there."""
UNDELIVERABLE: Final = 3
"""`Outbox.status` of what its channel did not take."""
LOOK_BACK: Final = timedelta(days=62)
AT_ONCE: Final = 500
SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Barred:
    """Why one chat cannot be written to. `days` is the reply window, 0 when that is not it."""

    channel: str
    reason: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """One person's chats, the one used last first: those that can deliver, and the others."""

    chats: tuple[Chat, ...] = ()
    barred: tuple[Barred, ...] = ()


async def reach_of(
    people: Iterable[int], books: Books, purpose: str = "reminder"
) -> dict[int, Reach]:
    """Return how each of these people is reached with something of this purpose."""
    wanted = sorted(set(people))
    found: dict[int, Reach] = {}
    for some in parts_of(wanted, AT_ONCE):
        rows = await Chat.filter(person_id__in=numbers(some), private=True)
        back = await _came_back([chat.id for chat in rows], books.now)
        mine: dict[int, list[Chat]] = defaultdict(list)
        for chat in rows:
            mine[chat.person_id].append(chat)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        for person in some:
            found[person] = _reach(mine[person], back, books, purpose)
    return found


def why_not(chat: Chat, back: tuple[datetime, str] | None, books: Books, purpose: str) -> str:
    """Return why a chat cannot be written to now, "" when it can. Pure.

    `back` is when and why something last came back from it.
    """
    if chat.blocked_at is not None:
        return BLOCKED
    bot = books.bot(chat.channel, chat.bot)
    if bot.closed:
        return CLOSED
    verdict = decide(
        purpose,
        1,
        bot.allowance,
        spent=books.spent(chat.channel, chat.bot),
        heard=Heard(chat.last_in_at),
        now=books.now,
        share=bot.share,
    )
    if verdict.refused:
        return verdict.refused
    if back is not None and (chat.last_in_at is None or chat.last_in_at <= back[0]):
        return back[1]
    return ""


def _reach(
    chats: Sequence[Chat], back: dict[int, tuple[datetime, str]], books: Books, purpose: str
) -> Reach:
    open_: list[Chat] = []
    barred: list[Barred] = []
    newest_first = sorted(chats, key=lambda c: (c.last_in_at or c.created_at, c.id), reverse=True)
    for chat in newest_first:
        reason = why_not(chat, back.get(chat.id), books, purpose)
        if reason:
            barred.append(Barred(chat.channel, reason, _days(chat, reason, books)))
        else:
            open_.append(chat)
    return Reach(tuple(open_), tuple(barred) if chats else (Barred("", NO_CHAT),))


def _days(chat: Chat, reason: str, books: Books) -> int:
    window = books.bot(chat.channel, chat.bot).allowance.reply_seconds
    return int(window // SECONDS_A_DAY) if reason == WINDOW and window is not None else 0


async def _came_back(chats: Sequence[int], now: datetime) -> dict[int, tuple[datetime, str]]:
    """Return of each chat what came back last for a reason that lasts."""
    if not chats:
        return {}
    rows = (
        await Outbox.filter(
            chat_id__in=numbers(chats),
            status=UNDELIVERABLE,
            reason__in=LASTING,
            created_at__gt=now - LOOK_BACK,
        )
        .order_by("id")
        .values_list("chat_id", "done_at", "created_at", "reason")
    )
    return {int(chat): (done or made, str(reason)) for chat, done, made, reason in rows}
