"""Keeps an access token at hand, and refreshes it without ever using a refresh token twice.

The rules, all of them here:

1. A refresh is begun by a row that is committed before the request (`Pairs.begin`); only the
   process that wrote it sends. So there is one refresher among any number of processes.
2. A new pair is in the database before anybody uses it.
3. What was surely not sent may be sent later. A token whose use was begun and has no outcome is
   given up after PATIENCE, and so is a refused one: trying it again could only be a second use.
   A late answer that its process still saves brings it back.
4. Given up means that a person must give permission again. The old access token is used as long
   as it lives meanwhile, and the admin is told.
5. A refresh happens at 80 % of the access token's life, so a bad hour costs nobody a message.
6. All senders that wait for a token wait for the same refresh; one that just happened is not
   repeated because Zalo still refuses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from backend.clock import Clock
from bot.zalo_oa.oauth import Granted, NotSentError, OAuth, RefusedError, UnknownOutcomeError
from bot.zalo_oa.pairs import REFUSED, UNKNOWN, Held, Pairs

log = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=120)
"""How long a use that was begun may be without an outcome: four times the request's own limit."""
SHARE_OF_LIFE: Final = 0.8
JUST_NOW: Final = timedelta(minutes=5)
LAST_HOUR: Final = timedelta(hours=1)
"""With less life than this left a refresh is tried even while the server looks out of order."""
LONGEST_PAUSE: Final = 300.0
SHORTEST_PAUSE: Final = 5.0
TAKEN_SECONDS: Final = 5.0
LINE_SECONDS: Final = 30.0
LOST_SECONDS: Final = 120.0
SAVE_PAUSE: Final = 1.0
STOP_SECONDS: Final = 10.0


class State(StrEnum):
    """How the tokens stand."""

    GOOD = "good"
    WAITING = "waiting"
    """No access token just now; a refresh will bring one."""
    AUTHORISE = "authorise"
    """Only a person's permission brings new tokens."""


@dataclass(frozen=True, slots=True)
class Status:
    """For /readyz, the office's page and `doctor`. Times are aware UTC."""

    state: State
    until: datetime | None
    """When the access token at hand ends."""
    lost_at: datetime | None


class NoTokenError(Exception):
    """There is no access token that could be used; ask again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("no access token")
        self.seconds = seconds


class TokenKeeper:
    """The tokens of one Official Account in this process. `open`, then `run` as a task."""

    def __init__(  # noqa: PLR0913  (everything from outside is handed in)
        self,
        oauth: OAuth,
        pairs: Pairs,
        clock: Clock,
        *,
        seed: str = "",
        on_lost: Callable[[Held], Awaitable[None]] | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`seed` is the settings' refresh token.

        `on_lost` tells the admin; it is called at every look while the tokens are lost, and
        must itself see to it that it tells once.
        """
        self._oauth = oauth
        self._pairs = pairs
        self._clock = clock
        self._seed = seed
        self._on_lost = on_lost
        self._pause = pause
        self._held = Held()
        self._refreshing: asyncio.Task[Held] | None = None
        self._look_now = asyncio.Event()

    async def open(self) -> None:
        """Look at the database, and at a refresh token that the settings have newly got."""
        if self._seed:
            await self._pairs.plant(self._seed, self._clock.now())
        self._held = await self._pairs.load()

    async def run(self) -> None:
        """Refresh ahead of time, and notice what other processes do, until cancelled."""
        while True:
            try:
                wait = await self.look()
            except NoTokenError as error:
                wait = error.seconds
            except Exception as error:  # noqa: BLE001  (the database may be away; senders wait)
                log.warning("tokens could not be looked after: %s", type(error).__name__)
                wait = LINE_SECONDS
            await self._wait(min(max(wait, SHORTEST_PAUSE), LONGEST_PAUSE))

    async def look(self) -> float:
        """Refresh if it is time; return the seconds until it is worth while to look again."""
        held = self._held = await self._pairs.load()
        if held.lost_at is not None:
            if self._on_lost is not None:
                await self._on_lost(held)
            return LOST_SECONDS
        if not held.refresh_token:
            return LONGEST_PAUSE
        now = self._clock.now()
        due = due_at(held)
        if due is not None and now < due:
            return (due - now).total_seconds()
        try:
            held = await self._refreshed(held.access_token)
        finally:
            if self._held.lost_at is not None and self._on_lost is not None:
                await self._on_lost(self._held)
        due = due_at(held)
        return (due - self._clock.now()).total_seconds() if due else LINE_SECONDS

    async def stop(self) -> None:
        """Let a refresh that was begun end: what it brings must be saved."""
        if self._refreshing is not None and not self._refreshing.done():
            await asyncio.wait([self._refreshing], timeout=STOP_SECONDS)

    async def access_token(self) -> str:
        """Return an access token; raise NoTokenError when there is none."""
        if self._held.good(self._clock.now()):
            return self._held.access_token
        self._held = await self._pairs.load()
        if self._held.good(self._clock.now()):
            return self._held.access_token
        return (await self._refreshed(self._held.access_token)).access_token

    async def renewed(self, refused: str) -> str:
        """Return another access token than the one that Zalo refused; raise NoTokenError."""
        held = self._held = await self._pairs.load()
        now = self._clock.now()
        if held.access_token != refused and held.good(now):
            return held.access_token
        if held.obtained_at is not None and now - held.obtained_at < JUST_NOW:
            log.error("Zalo refuses an access token that it has just given")
            raise NoTokenError(LINE_SECONDS)
        return (await self._refreshed(held.access_token)).access_token

    async def adopt(self, granted: Granted, account: str, *, chosen: bool = False) -> bool:
        """Keep the pair that a person's permission gave, and use it from now on.

        False, and nothing is kept, when another account's permission was kept before; `chosen`:
        the settings name this account.
        """
        kept = await self._pairs.adopt(granted, account, self._clock.now(), chosen=chosen)
        self._held = await self._pairs.load()
        self._look_now.set()
        return kept

    async def account(self) -> str:
        """Return the id of the account that gave permission last, "" if it is not known."""
        return (await self._pairs.load()).account

    async def status(self) -> Status:
        """Return how the tokens stand, from the database."""
        held = await self._pairs.load()
        return Status(self._state_of(held), held.expires_at, held.lost_at)

    @property
    def state(self) -> State:
        """How the tokens stood when this process looked last, a few minutes ago at most."""
        return self._state_of(self._held)

    def _state_of(self, held: Held) -> State:
        if held.lost_at is not None or not held.refresh_token:
            return State.AUTHORISE
        return State.GOOD if held.good(self._clock.now()) else State.WAITING

    # -- one refresh --------------------------------------------------------------------------

    async def _refreshed(self, stale: str) -> Held:
        """Wait for the one refresh of this process; whoever stops waiting does not stop it."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self.refresh(stale), name="zalo-oa refresh")
            self._refreshing.add_done_callback(_seen)
        return await asyncio.shield(self._refreshing)

    async def refresh(self, stale: str | None = None) -> Held:
        """Get a new pair and save it; raise NoTokenError when there will be none just now.

        Nothing is done when another process has already brought another access token than the
        `stale` one.
        """
        held = self._held = await self._pairs.load()
        now = self._clock.now()
        if stale is not None and held.access_token != stale and held.good(now):
            return held
        if held.lost_at is not None or not held.refresh_token:
            raise NoTokenError(LOST_SECONDS)
        if held.begun_at is not None:
            if now - held.begun_at < PATIENCE:
                raise NoTokenError(TAKEN_SECONDS)
            await self._give_up(held, UNKNOWN)
        if _has_time(held, now) and await self._oauth.away():
            raise NoTokenError(LINE_SECONDS)
        try:
            granted = await self._oauth.refresh(held.refresh_token, partial(self._begin, held))
        except NotSentError:
            log.warning("Zalo's sign-in cannot be reached")
            raise NoTokenError(LINE_SECONDS) from None
        except RefusedError as error:
            log.error("Zalo refused to renew the tokens: error %d", error.code)  # noqa: TRY400  (no traceback wanted)
            await self._give_up(held, REFUSED)
        except UnknownOutcomeError:
            await self._give_up(held, UNKNOWN)
        else:
            return await self._save(held, granted)
        raise NoTokenError(LOST_SECONDS)

    async def _begin(self, held: Held) -> None:
        if not await self._pairs.begin(held.refresh_token, self._clock.now()):
            raise NoTokenError(TAKEN_SECONDS)

    async def _save(self, held: Held, granted: Granted) -> Held:
        """Save it, however long the database is away: nobody else has this pair."""
        while True:
            try:
                mine = await self._pairs.save(held.refresh_token, granted, self._clock.now())
                self._held = await self._pairs.load()
            except Exception as error:  # noqa: BLE001  (anything: giving up would lose the tokens)
                log.error("new tokens are not saved yet: %s", type(error).__name__)  # noqa: TRY400  (a traceback may quote the tokens)
                await self._pause(SAVE_PAUSE)
                continue
            if not mine:
                log.warning("new tokens were set aside: a person's permission came before them")
            return self._held

    async def _give_up(self, held: Held, outcome: str) -> None:
        """Note that a person is needed, unless there is a new pair by now; always raises."""
        lost = await self._pairs.give_up(held.refresh_token, outcome, self._clock.now())
        self._held = await self._pairs.load()
        if lost:
            log.error("Zalo's permission must be given again by a person (%s)", outcome)
            self._look_now.set()  # the admin is told at once
        raise NoTokenError(LOST_SECONDS if lost else TAKEN_SECONDS)

    async def _wait(self, seconds: float) -> None:
        """Wait, or less when tokens were just lost, or a person has given permission."""
        waiting = asyncio.ensure_future(self._pause(seconds))
        told = asyncio.create_task(self._look_now.wait())
        try:
            await asyncio.wait({waiting, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._look_now.clear()
            waiting.cancel()
            told.cancel()
            await asyncio.gather(waiting, told, return_exceptions=True)


def due_at(held: Held) -> datetime | None:
    """Return when the tokens should be refreshed; None: at once."""
    if held.obtained_at is None or held.expires_at is None:
        return None
    return held.obtained_at + (held.expires_at - held.obtained_at) * SHARE_OF_LIFE


def _has_time(held: Held, now: datetime) -> bool:
    return held.expires_at is not None and held.good(now + LAST_HOUR)


def _seen(task: asyncio.Task[Held]) -> None:
    """Take the exception of a refresh for which nobody waits any more."""
    if not task.cancelled():
        task.exception()
