"""Tells the admins that Zalo's permission must be given again: once, where they can be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from backend.clock import Clock
from backend.models import Chat, Outbox, RoleGrant
from backend.people import Role
from bot.messages import Outgoing
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.pairs import Held, hashed
from conversations.text import Text
from locales import catalog

PURPOSE: Final = "warning"


def admins_told(
    clock: Clock, link: Callable[[], str], queued: Callable[[], None], bot: str = ""
) -> Callable[[Held], Awaitable[None]]:
    """Return what a TokenKeeper calls while the tokens are lost.

    Each admin is told once for each loss, through the chat of another channel that they used
    last; this account itself cannot carry it. `link` makes the address to open, `queued` wakes
    the sender.
    """

    async def tell(held: Held) -> None:
        now = clock.now()
        rows = []
        for person, chat in (await _chats(bot)).items():
            speaker = catalog(chat.lang)
            message = Outgoing(
                speaker.join(
                    [
                        Text("Zalo needs the office's permission once more."),
                        Text(
                            "Please open this link and choose the office's Official Account: {link}",
                            {"link": link()},
                        ),
                        Text("Until then no message goes out through Zalo."),
                    ]
                ),
                purpose=PURPOSE,
                once=f"zalo-oa|{bot}|{hashed(held.refresh_token)[:32]}|{person}",
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
            queued()

    return tell


async def _chats(bot: str) -> dict[int, Chat]:
    """Return for each admin the chat they used last that is not this account's."""
    admins = await RoleGrant.filter(role=Role.ADMIN, revoked_at=None).values_list(
        "person_id", flat=True
    )
    rows = await Chat.filter(person_id__in=sorted({*admins}), private=True, blocked_at=None)
    found: dict[int, Chat] = {}
    for chat in sorted(rows, key=lambda c: (c.last_in_at or c.created_at, c.id)):
        if (chat.channel, chat.bot) != (CHANNEL, bot):
            found[chat.person_id] = chat  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return found
