"""What a person is told while few messages are left: where to go on without any.

It stands under an answer that is sent anyway, so it costs nothing of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from backend.clock import Clock
from backend.models import Chat
from backend.quota.words import channel_name
from bot.turn.quota import Why
from bot.web_chat.links import CHANNEL, person_link
from conversations.text import N_
from locales import catalog

WORDS: Final = {
    Why.MONTH: N_("{channel} has few messages left this month. You can go on answering here:"),
    Why.DAY: N_(
        "That was a lot for one day, so {channel} answers more slowly now. You can go on at once here:"
    ),
}


def ways_on(public_url: str, clock: Clock) -> Callable[[int, Why], Awaitable[str]]:
    """Return what the sender asks for these words, of a chat by its id; "" for nobody's chat."""

    async def words(chat_id: int, why: Why) -> str:
        chat = await Chat.get_or_none(id=chat_id)
        person: int | None = chat.person_id if chat else None  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        if chat is None or person is None or not chat.private or chat.channel == CHANNEL:
            return ""
        token = await person_link(person, chat.lang, clock.now())
        speaker = catalog(chat.lang)
        told = speaker.get(WORDS[why], channel=channel_name(chat.channel, speaker))
        return f"{told}\n{public_url.rstrip('/')}/c/{token}"

    return words
