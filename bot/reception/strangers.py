"""What a stranger costs, where a bot's messages are counted: anybody may write, so it has bounds.

One chat gets a few answers a day; all strangers of a bot together get the share of its month that
`backend.quota.decide` leaves them. A right code opens the door beyond both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from backend.models import BotRules, Outbox
from backend.quota.decide import STRANGER
from bot.messages import Outgoing
from bot.turn.shapes import Turn

ANSWERS_A_DAY: Final = 5
"""Most messages a day to a chat of nobody: enough to mistype a code and read why."""


async def bounded(turn: Turn, answers: Iterable[Outgoing]) -> list[Outgoing]:
    """Return what of these answers to somebody unknown may go out; a day is one of UTC."""
    answers = [replace(one, purpose=STRANGER) for one in answers]
    chat = turn.chat
    counted = BotRules.filter(channel=chat.channel, bot=chat.bot, per_month__not_isnull=True)
    if not await counted.exists():
        return answers
    day = turn.now.date().isoformat()
    keys = [f"door|{chat.id}|{day}|{n}" for n in range(ANSWERS_A_DAY)]
    used = {row.once for row in await Outbox.filter(once__in=keys).only("id", "once")}
    free = [key for key in keys if key not in used]
    return [replace(one, once=key) for one, key in zip(answers, free, strict=False)]
