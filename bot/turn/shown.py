"""Which message of a channel showed which prompt, so that it can be edited."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from bot.turn import sql

_PROMPTS: Final = 20_000


class Shown:
    """The newest prompts by chat and number; older ones are asked of the database."""

    def __init__(self) -> None:
        """Begin with nothing in memory."""
        self._known: OrderedDict[tuple[int, int], str] = OrderedDict()

    def remember(self, chat_id: int, prompt: int, message_id: str) -> None:
        """Keep the channel's id of the message that showed a prompt."""
        if prompt and message_id:
            self._known[chat_id, prompt] = message_id
            if len(self._known) > _PROMPTS:
                self._known.popitem(last=False)

    async def find(self, chat_id: int, prompt: int) -> str:
        """Return that id, or "" when it is not known."""
        shown = self._known.get((chat_id, prompt))
        if shown is not None:
            return shown
        return await sql.statements().shown(sql.database(), chat_id, prompt)
