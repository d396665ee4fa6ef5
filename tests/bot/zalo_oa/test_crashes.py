"""A thousand killed processes: no refresh token is shown to Zalo twice, ever.

Several processes on one database look after the same tokens and are killed at any point where
they wait: before and after each commit, before, during and after each request. In between, days
go by, lines break, answers are lost, and a person gives permission again when that is needed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import pytest

from backend.models import TokenUse
from bot.zalo_oa.oauth import Granted, Note
from bot.zalo_oa.pairs import Held, Pairs
from bot.zalo_oa.tokens import PATIENCE, NoTokenError, State, TokenKeeper
from tests.bot.zalo_oa.sign_in import Killed, SignIn
from tests.clock import HandClock

PROCESSES = 3


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@dataclass
class Fate:
    """Kills one process at one of its waiting points, counted from when it was set."""

    left: int = -1
    where: Counter[str] = field(default_factory=Counter)

    async def point(self, name: str) -> None:
        await asyncio.sleep(0)
        if self.left == 0:
            self.left = -1
            self.where[name] += 1
            raise Killed
        self.left -= self.left > 0


class MortalPairs(Pairs):
    """The database as a process sees it that may die before or after each commit."""

    def __init__(self, fate: Fate, world: World) -> None:
        super().__init__("zalo-oa", "")
        self.fate = fate
        self.world = world

    async def _mortal(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        await self.fate.point(f"before {name}")
        done = await work()
        await self.fate.point(f"after {name}")
        return done

    async def load(self) -> Held:
        return await self._mortal("load", super().load)

    async def plant(self, token: str, now: Any) -> bool:
        return await self._mortal("plant", partial(super().plant, token, now))

    async def begin(self, token: str, now: Any) -> bool:
        work = partial(super().begin, token, now)
        return await self._mortal("begin", partial(self.world.begins, token, work))

    async def save(self, used: str, granted: Granted, now: Any) -> bool:
        work = partial(super().save, used, granted, now)
        return await self._mortal("save", partial(self.world.saves, used, work))

    async def give_up(self, used: str, outcome: str, now: Any) -> bool:
        return await self._mortal("give up", partial(super().give_up, used, outcome, now))


class MortalSignIn:
    """Zalo's sign-in as a process sees it that may die before or after a request."""

    def __init__(self, fate: Fate, sign_in: SignIn) -> None:
        self._fate = fate
        self._sign_in = sign_in

    async def away(self) -> bool:
        return await self._sign_in.away()

    async def refresh(self, refresh_token: str, before_sending: Note) -> Granted:
        await self._fate.point("before the request")
        self._sign_in.fate = self._fate
        granted = await self._sign_in.refresh(refresh_token, before_sending)
        await self._fate.point("after the answer")
        return granted


class DyingSignIn(SignIn):
    """Asks the client's fate while its request is on the way."""

    fate: Fate | None = None

    async def _pause(self) -> None:
        if self.fate is not None and self.at_once:
            await self.fate.point("during the request")
        await super()._pause()


class World:
    """The database, Zalo, and as many processes as are alive."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  (a story, not a secret)
        self.clock = HandClock()
        self.sign_in = DyingSignIn(self.random)
        self.fates = [Fate() for _ in range(PROCESSES)]
        self.begun: set[str] = set()
        self.saved: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.keepers: list[TokenKeeper] = []

    async def begins(self, token: str, work: Callable[[], Awaitable[bool]]) -> bool:
        """Remember, as only the test can, what was committed as begun."""
        begun = await work()
        if begun:
            assert token not in self.begun, "begun twice"
            self.begun.add(token)
        return begun

    async def saves(self, used: str, work: Callable[[], Awaitable[bool]]) -> bool:
        saved = await work()
        if saved:
            self.saved.add(used)
        return saved

    def born(self, number: int) -> TokenKeeper:
        fate = self.fates[number]
        return TokenKeeper(
            MortalSignIn(fate, self.sign_in),
            MortalPairs(fate, self),
            self.clock,
            seed="r0",
            pause=asyncio.sleep,
        )

    async def lives(self, number: int, work: Callable[[TokenKeeper], Awaitable[object]]) -> bool:
        """Let a process do something; if it is killed another one stands up in its place."""
        try:
            await work(self.keepers[number])
        except NoTokenError:
            self.counts["no token just now"] += 1
        except Killed:
            self.counts["kills"] += 1
            self.keepers[number] = self.born(number)
            return False
        return True


@pytest.mark.long
@pytest.mark.parametrize("seed", [1])
async def test_a_thousand_killed_processes_show_no_refresh_token_twice(
    database: str,
    seed: int,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "bot.zalo_oa.tokens")
    world = World(seed)
    world.keepers = [world.born(n) for n in range(PROCESSES)]
    while world.counts["kills"] < 1_000:
        await _an_hour_or_a_day(world)
        await _all_at_once(world)
        await _judge(world)
    sign_in = world.sign_in
    assert max(sign_in.shown.values()) == 1
    assert sign_in.most_at_once == 1
    assert sign_in.shown["r0"] == 1
    uses = Counter(await TokenUse.all().values_list("outcome", flat=True))
    assert not uses["refused"], "Zalo was shown a token that it no longer takes"
    where = sum((f.where for f in world.fates), Counter[str]())
    with capsys.disabled():
        kind = "PostgreSQL" if "postgres" in database else "SQLite"
        print(f"\n{kind}: {dict(world.counts)}")  # noqa: T201  (for -s)
        print(f"tokens shown once: {len(sign_in.shown)}; {dict(uses)}")  # noqa: T201  (for -s)
        print(f"killed: {dict(where)}")  # noqa: T201  (for -s)


async def _an_hour_or_a_day(world: World) -> None:
    """Time goes by: sometimes just beyond the patience with an unfinished refresh."""
    world.clock.advance(
        world.random.choice([1.0, 30.0, PATIENCE.total_seconds() + 1, 72_001.0, 90_001.0])
    )


async def _all_at_once(world: World) -> None:
    """Every process does something, side by side, and one or two of them die of it."""
    for fate in world.fates:
        fate.left = world.random.randrange(14) if world.random.random() < 0.8 else -1
    deeds: list[Callable[[TokenKeeper], Awaitable[object]]] = [
        TokenKeeper.open,
        TokenKeeper.refresh,
        _looks_without_tasks,
    ]
    await asyncio.gather(*(world.lives(n, world.random.choice(deeds)) for n in range(PROCESSES)))


async def _looks_without_tasks(keeper: TokenKeeper) -> None:
    """What `look` does, with the refresh in the same task, so that it dies with its process."""
    held = await keeper._pairs.load()
    if held.lost_at is None and not held.good(keeper._clock.now()):
        await keeper.refresh()


async def _judge(world: World) -> None:
    """Nothing was shown twice; tokens are lost only where nobody could have known better."""
    sign_in = world.sign_in
    assert max(sign_in.shown.values(), default=0) <= 1
    assert sign_in.most_at_once <= 1
    held = await Pairs("zalo-oa", "").load()
    if held.lost_at is None:
        return
    assert held.refresh_token in world.begun, "given up without ever having been sent"
    assert held.refresh_token not in world.saved, "given up although its successor was saved"
    if held.refresh_token in sign_in.lost_answers:
        world.counts["permission again: traded, and the answer reached nobody"] += 1
    elif sign_in.shown[held.refresh_token]:
        world.counts["permission again: sent, and the line broke"] += 1
    else:
        world.counts["permission again: killed between our commit and the first byte"] += 1
    assert (await _a_keeper(world).status()).state is State.AUTHORISE
    granted = sign_in.permits()
    await _a_keeper(world).adopt(granted, "oa")
    world.counts["permissions given"] += 1


def _a_keeper(world: World) -> TokenKeeper:
    """A process that nobody kills: the web process that a person's browser speaks to."""
    return TokenKeeper(world.sign_in, Pairs("zalo-oa", ""), world.clock, seed="")
