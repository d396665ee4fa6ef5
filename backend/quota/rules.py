"""What a channel lets one bot send, as data. The decisions are in `backend.quota.decide`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PER_PERSON: Final = 80
"""Paid answers a person and day, unless the office sets another number. No source says so: it is
our own choice. Four questionnaires on one day cost about 50; and 80 a day with one message every
two hours after them leave something of a free plan's 3,000, whoever writes without end."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a channel lets one bot send at all. None: no such rule is known.

    What a source states goes into the channel's default; what is unverified is a setting.
    """

    per_month: int | None = None
    """Messages that the bot may send in a calendar month."""
    people: int | None = None
    """How many people may talk with the bot."""
    reply_seconds: float | None = None
    """How long after a person's last message the bot may write to them."""
    free_replies: int | None = None
    """How many messages within `reply_seconds` cost nothing; each message resets the count."""
    night: tuple[int, int] | None = None
    """Hours of the office's zone (from, until) in which what nobody waits for is refused."""

    @property
    def unlimited(self) -> bool:
        """Whether nothing has to be asked before sending."""
        return self.per_month is None and self.reply_seconds is None and self.night is None
