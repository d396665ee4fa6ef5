"""Words that decide count only while what they answer is the last thing that this chat was sent.

A press names what it is for; «1» and «ok» name nothing. Where such a word would decide something
and the chat was sent anything else since (a notice, the answer to another message), what is to be
decided is shown again and nothing is done. Each stage that decides has a function in `DECIDES` that
shows it, and returns None where the words do no harm (they stop, or lead to a further question).

Not among them are the stages that only lead on to what is asked next (menus, names, areas), and
above all no question of an interview: a notice that comes between a question and its answer must
not make the answer fall away, and an interview decides nothing before GỬI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tortoise.expressions import Q

from backend.models import Inbox, Outbox
from bot.messages import Kind, Outgoing
from bot.reception import (
    asking_back,
    asking_once,
    consenting,
    following_up,
    office,
    review_card,
    reviewing,
    settings,
    staging,
)
from bot.reception.house import Visit
from bot.turn import sql
from conversations.text import Text

ANSWERED: Final = (sql.DONE, sql.SET_ASIDE)
AGAIN: Final = Text("Something else came in between. Please look at this once more:")
DECIDES: Final[Mapping[str, Callable[[Visit, Text], Awaitable[list[Outgoing] | None]]]] = {
    review_card.STAGE: reviewing.again,
    reviewing.REASON: reviewing.again,
    reviewing.SURE: reviewing.again,
    **dict.fromkeys(asking_back.STAGES, reviewing.again),
    staging.NOTE: staging.again,
    asking_once.REASON: asking_once.again_why,
    asking_once.SURE: asking_once.again,
    office.ROLE: office.again,
    office.AREA: office.again,
    following_up.CONFIRM: following_up.again,
    settings.STAGE: settings.again,
    consenting.ASKING: consenting.again,
    consenting.WITHDRAWING: consenting.again,
}


async def shown_again(visit: Visit) -> list[Outgoing] | None:
    """Show again what is to be decided, where typed words might mean something else; None: go on."""
    show = DECIDES.get(visit.stage)
    if show is None or visit.turn.incoming.kind is not Kind.TEXT:
        return None
    return await show(visit, AGAIN) if await _something_since(visit) else None


async def _something_since(visit: Visit) -> bool:
    """Say whether this chat was sent anything after what it waits for was shown.

    That is what was answered to a message since, and what nobody's message asked for (a notice, a
    reminder …), counted from when it went out: one that was held for the morning came after all.
    """
    asked = await Inbox.get_or_none(id=visit.asked_by).only("id", "chat_id", "done_at")
    if asked is None or asked.done_at is None:
        return True  # so long ago that it is no longer kept
    chat = visit.turn.chat.id
    between = Inbox.filter(chat_id=chat, status__in=ANSWERED, id__gt=asked.id)
    if await between.filter(id__lt=visit.turn.inbox_id).exists():
        return True
    unasked = Outbox.filter(chat_id=chat).exclude(purpose=Outgoing("").purpose)
    sent = Q(status=sql.SENT, done_at__gt=asked.done_at)
    due = Q(not_before__isnull=True) | Q(not_before__lte=visit.now)
    leaving = Q(status=sql.TO_SEND, created_at__gt=asked.done_at) & due
    return await unasked.filter(sent | leaving).exists()
