"""An album arrives as photos that say nothing of each other: those sent together are joined.

In the memory of one process. Another process (or this one after a restart) gives the same album
another name, which costs nothing that a person sees: what is said of a photo waits a moment in
the outbox and gives way to what is said of the next one (`bot.reception.late_photos`).
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import Final

from bot.messages import Incoming, Kind

TOGETHER_SECONDS: Final = 3.0
MAX_CHATS: Final = 1_000


class Albums:
    """Names an album after its first photo."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def joined(self, one: Incoming) -> Incoming:
        """Return a photo with the album of the photos sent just before it in the same chat."""
        if one.kind is not Kind.PHOTO or one.media is None or not one.sent_at:
            self._last.pop(one.chat, None)
            return one
        sent_at, album = self._last.pop(one.chat, (0.0, ""))
        if not abs(one.sent_at - sent_at) <= TOGETHER_SECONDS:
            album = one.external_id
        self._last[one.chat] = (one.sent_at, album)
        if len(self._last) > MAX_CHATS:
            self._last.popitem(last=False)
        return dataclasses.replace(one, media=dataclasses.replace(one.media, album=album))
