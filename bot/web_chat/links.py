"""Web chats and their secret links. A token is 256 random bits; only its hash is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from backend.models import Chat, WebLink
from bot.limits import WEB_LINK_DAYS

CHANNEL = "web"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
RENEW_WITHIN = timedelta(days=WEB_LINK_DAYS - 30)
"""A link that is used lives on; it is written anew at most once in thirty days."""


def hashed(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def begin_chat(now: datetime, lang: str) -> tuple[Chat, str]:
    """Make a web chat of nobody yet; return it and its link's token."""
    async with in_transaction():
        chat = await Chat.create(
            channel=CHANNEL, external_id=secrets.token_hex(16), lang=lang, created_at=now
        )
        return chat, await link_chat(chat.id, now)


async def link_chat(chat_id: int, now: datetime) -> str:
    """Make a further link to a web chat; return its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    await WebLink.create(
        token_sha256=hashed(token),
        kind="chat",
        chat_id=chat_id,
        created_at=now,
        expires_at=now + timedelta(days=WEB_LINK_DAYS),
    )
    return token


async def person_link(person_id: int, lang: str, now: datetime) -> str:
    """Make a further link to a person's web chat, and the chat if there is none; return its token."""
    chat = await Chat.filter(channel=CHANNEL, person_id=person_id).order_by("-id").first()
    if chat is None:
        chat = await Chat.create(
            channel=CHANNEL,
            external_id=secrets.token_hex(16),
            person_id=person_id,
            lang=lang,
            created_at=now,
        )
    return await link_chat(chat.id, now)


async def close_link(token: str, now: datetime) -> None:
    """End a link for good, on every phone that knows it; other links to the chat live on."""
    await WebLink.filter(token_sha256=hashed(token), kind="chat", revoked_at=None).update(
        revoked_at=now
    )


async def chat_of(token: str, now: datetime) -> Chat | None:
    """Return the chat a token opens, or None when it is wrong, expired or revoked.

    The lookup is by hash, so its time says nothing of how near a guess was. Side effect: a
    link in use is renewed.
    """
    if not TOKEN.fullmatch(token):
        return None
    link = (
        await WebLink.filter(
            token_sha256=hashed(token), kind="chat", revoked_at=None, expires_at__gt=now
        )
        .select_related("chat")
        .first()
    )
    if link is None or link.chat is None or link.chat.channel != CHANNEL:
        return None
    if link.expires_at - now < RENEW_WITHIN:
        await WebLink.filter(id=link.id).update(expires_at=now + timedelta(days=WEB_LINK_DAYS))
    return link.chat
