"""A bounded in-memory count of what each key did in the present window."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

MAX_KEYS = 10_000
"""Keys remembered at once; beyond it the one unused for longest is forgotten."""


class Throttle:
    """Lets each key do `limit` things in `seconds`; the count begins anew with each window."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, key: str, now: datetime) -> bool:
        """Count one thing and say whether it is within the limit."""
        moment = now.timestamp()
        since, count = self._seen.pop(key, (moment, 0))
        if moment - since >= self._seconds:
            since, count = moment, 0
        self._seen[key] = (since, count + 1)
        while len(self._seen) > MAX_KEYS:
            self._seen.popitem(last=False)
        return count < self._limit
