"""Telling the admins that a door needs them: once, through another door that still works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from backend.models import Chat, Outbox, RoleGrant
from backend.people import Role
from bot.messages import Outgoing
from conversations.text import Paragraph
from locales import catalog

PURPOSE: Final = "warning"


async def tell_admins(
    paragraphs: Sequence[Paragraph], once: str, now: datetime, *, besides: tuple[str, str]
) -> bool:
    """Queue these words for each admin, in the chat they used last; say whether there is any.

    `once` names the occasion: each admin is told of it once ever. `besides` is the channel and
    bot that cannot carry it.
    """
    rows = []
    for person, chat in (await _chats(besides)).items():
        message = Outgoing(
            catalog(chat.lang).join(paragraphs), purpose=PURPOSE, once=f"{once}|{person}"
        )
        rows.append(
            Outbox(
                chat_id=chat.id,
                payload=message.to_json(),
                once=message.once,
                purpose=message.purpose,
                created_at=now,
            )
        )
    if rows:
        await Outbox.bulk_create(rows, ignore_conflicts=True)
    return bool(rows)


async def _chats(besides: tuple[str, str]) -> dict[int, Chat]:
    """Return for each admin the chat they used last that is not this bot's."""
    admins = await RoleGrant.filter(role=Role.ADMIN, revoked_at=None).values_list(
        "person_id", flat=True
    )
    rows = await Chat.filter(person_id__in=sorted({*admins}), private=True, blocked_at=None)
    found: dict[int, Chat] = {}
    for chat in sorted(rows, key=lambda c: (c.last_in_at or c.created_at, c.id)):
        if (chat.channel, chat.bot) != besides:
            found[chat.person_id] = chat  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return found
