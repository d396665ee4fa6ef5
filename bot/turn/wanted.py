"""Whether something that was queued is still to be sent: what the sender asks at the last moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.messages import Outgoing
from conversations.record import record


@record
class Waiting:
    """An outbox row that is no answer and has not gone out. Times are aware."""

    id: int
    chat_id: int
    message: Outgoing
    created_at: datetime


@record
class Wanted:
    """Send it as it is (all empty), put it off, leave it for a reason, or say it in other words."""

    until: datetime | None = None
    """Aware UTC."""
    over: str = ""
    """Why it is not sent any more."""
    message: Outgoing | None = None


StillWanted = Callable[[Waiting], Awaitable[Wanted]]
