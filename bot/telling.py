"""Telling one person something that no message of theirs asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from backend.models import Chat, Outbox
from bot.messages import Outgoing
from conversations.text import Paragraph
from locales import catalog

PURPOSE: Final = "warning"


async def tell_person(person_id: int, words: Sequence[Paragraph], once: str, now: datetime) -> bool:
    """Queue words for a person in the private chat they used last; say whether there is one.

    `once` names the occasion: of each only the first message is sent, ever.
    """
    chats = await Chat.filter(person_id=person_id, private=True, blocked_at=None)
    if not chats:
        return False
    chat = max(chats, key=lambda c: (c.last_in_at or c.created_at, c.id))
    message = Outgoing(catalog(chat.lang).join(words), purpose=PURPOSE, once=once)
    row = Outbox(
        chat_id=chat.id,
        payload=message.to_json(),
        once=message.once,
        purpose=message.purpose,
        created_at=now,
    )
    await Outbox.bulk_create([row], ignore_conflicts=True)
    return True
