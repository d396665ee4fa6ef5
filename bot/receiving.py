"""What receiving has in common, whatever the channel: nothing is acknowledged before it is kept.

- a webhook reads a bounded body and compares its secret in constant time;
- what came is journalled, and only then answered for;
- one message that the database refuses does not stop the others (`Postbox`);
- a webhook is set again and again until the channel takes it (`keep_trying`).
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiohttp import web

from backend.database import is_lost
from bot.limits import MAX_UPDATE_BYTES
from bot.messages import Incoming, Kind
from bot.turn.shapes import Journal

ATTEMPTS: Final = 5
MAX_STRIKES: Final = 1_000
FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 300.0
UNREADABLE: Final = "unreadable"
"""`text` of an UNSUPPORTED message that stands for one which could not be read or kept."""

log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A post to a webhook that is not taken; `status` is what it is answered with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Postbox:
    """A journal that gets over a message which the database will not take."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._strikes: dict[str, int] = {}

    async def put(self, incoming: Sequence[Incoming]) -> None:
        """Journal these messages; raise when not all of them are kept.

        If the journal refuses a batch, each message is tried by itself. One that is refused
        alone `ATTEMPTS` times, while the database is there, is kept as «unreadable», so that
        no single message can stop all others.
        """
        if not incoming:
            return
        try:
            await self._journal.record(incoming)
        except Exception as error:
            if is_lost(error):
                raise
            log.warning("messages were not journalled: %s", type(error).__name__)
        else:
            return
        refused = [e for one in incoming if (e := await self._put_alone(one)) is not None]
        if refused:
            raise refused[0]

    async def _put_alone(self, one: Incoming) -> Exception | None:
        """Journal one message; return why not, for it to be tried again."""
        try:
            await self._journal.record([one])
        except Exception as error:
            if is_lost(error):
                raise
            strikes = self._strikes.pop(one.external_id, 0) + 1
            if strikes < ATTEMPTS:
                self._strikes[one.external_id] = strikes
                if len(self._strikes) > MAX_STRIKES:
                    del self._strikes[next(iter(self._strikes))]
                return error
            # Only the type: the text of a database's error may quote what was written.
            log.error("a message is journalled as unreadable: %s", type(error).__name__)  # noqa: TRY400  (see above)
            await self._journal.record([bare(one)])
        else:
            self._strikes.pop(one.external_id, None)
        return None


def bare(one: Incoming) -> Incoming:
    """Return what is left of a message that cannot be kept: that it came, and from whom."""
    return Incoming(
        channel=one.channel,
        external_id=one.external_id,
        chat=one.chat,
        user=one.user,
        bot=one.bot,
        private=one.private,
        kind=Kind.UNSUPPORTED,
        text=UNREADABLE,
    )


async def keep_trying(
    set_it: Callable[[], Awaitable[bool]], pause: Callable[[float], Awaitable[None]]
) -> None:
    """Call until it says True, with pauses that grow from 2 seconds to 5 minutes."""
    wait = FIRST_WAIT
    while not await set_it():
        await pause(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def trusted_json(request: web.Request, header: str, secret: bytes) -> dict[str, Any]:
    """Return the object posted by somebody who knows the secret; raise RefusedError (403, 413, 400)."""
    given = request.headers.get(header, "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, secret):
        raise RefusedError(403)
    body = await bounded_body(request)
    if body is None:
        raise RefusedError(413)
    try:
        raw: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400) from None
    if not isinstance(raw, dict):
        raise RefusedError(400)
    return raw


async def bounded_body(request: web.Request, limit: int = MAX_UPDATE_BYTES) -> bytes | None:
    """Read the body, or None when it is larger than `limit`; no more is read then."""
    if (request.content_length or 0) > limit:
        return None
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
