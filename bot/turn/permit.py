"""May this message go out now? Asks whether it is still wanted and what the quota has left for it.

What is put off is kept; under the last answers stands the way to the web chat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from backend.clock import Clock
from backend.models import Outbox
from backend.quota.decide import ANSWER, AT_ONCE
from bot.messages import Capabilities
from bot.turn import put_off, sql
from bot.turn.outbox import Queued
from bot.turn.quota import Quota, Why
from bot.turn.wanted import StillWanted, Waiting, Wanted

WayOn = Callable[[int, Why], Awaitable[str]]
"""Returns what a chat (its id) is told of the way to the web chat, "" if there is none for it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It is never sent; `stale`: because nobody wants it any more, which is no failure."""

    reason: str
    stale: bool = False


class Permit:
    """What the sender asks before each attempt."""

    def __init__(
        self,
        quota: Quota,
        clock: Clock,
        way_on: WayOn | None = None,
        still_wanted: StillWanted | None = None,
    ) -> None:
        """`way_on` has the words that are put under an answer when few messages are left.

        `still_wanted` is asked of whatever nobody waits for.
        """
        self._quota = quota
        self._clock = clock
        self._way_on = way_on
        self._still_wanted = still_wanted

    async def ask(self, row: Queued, able: Capabilities) -> Queued | Refused | None:
        """Return what is to be sent now, perhaps in other words; None: it is put off."""
        if (wanted := await self._wanted(row)).over:
            return Refused(wanted.over, stale=True)
        if wanted.until is not None:
            await self.put_off(row, wanted.until)
            return None
        if wanted.message is not None:
            await Outbox.filter(id=row.id).update(payload=wanted.message.to_json())
            row = replace(row, message=wanted.message)
        if counts(able):
            await self._quota.meet([row.chat_id])
        verdict = self._quota.ask(row, able, self._clock.now())
        if verdict.refused:
            return Refused(verdict.refused)
        if verdict.until is not None:
            await self.put_off(row, verdict.until)
            return None
        why = self._quota.why(row)
        if not why or self._way_on is None or row.shows_way:
            return row
        words = await self._way_on(row.chat_id, why)
        if not words:
            return row
        message = replace(row.message, text=f"{row.message.text}\n\n{words}".strip())
        await Outbox.filter(id=row.id).update(payload=message.to_json())
        return replace(row, message=message, shows_way=True)

    async def _wanted(self, row: Queued) -> Wanted:
        """Ask whether what is no answer is still to be sent, and in which words."""
        if self._still_wanted is None or row.message.purpose in AT_ONCE:
            return Wanted()
        waiting = Waiting(row.id, row.chat_id, row.message, row.created_at)
        return await self._still_wanted(waiting)

    @staticmethod
    async def put_off(row: Queued, until: datetime) -> None:
        """Keep a message until then: an answer to be said with others, anything else for the morning."""
        if row.message.purpose == ANSWER:
            await put_off.put_off(row, until)
        else:
            await Outbox.filter(id=row.id, status=sql.TO_SEND).update(not_before=until)


def counts(able: Capabilities) -> bool:
    """Say whether it matters what a chat of a bot that can do this has cost."""
    return able.allowance.per_month is not None
