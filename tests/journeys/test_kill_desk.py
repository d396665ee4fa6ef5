"""kill -9 of the whole program under load, again and again: what was acknowledged is kept once.

Twelve village heads answer the four real questionnaires with photos through a Bot API over HTTP,
by polling and by webhook in turn. Each life of the program ends at a named step of a turn or at a
random instant. What was not acknowledged is delivered again, as Telegram does.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import random
import signal
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from backend.database import close_database, open_database
from backend.evidence.store import EvidenceStore
from backend.models import Area
from backend.people import Role
from backend.settings import read_settings
from bot.first_run import prepare
from tests.clock import PATIENCE, HandClock
from tests.fakes.telegram import FakeTelegram
from tests.journeys.heads import Head
from tests.journeys.house import SECRET, free_port, invitation, photo
from tests.journeys.kept import check_answers, check_replies, check_seen, check_updates
from tests.journeys.killed_house import HOLD, STEPS

KILLS = 100
EACH_STEP = 2
"""How often the program dies at each named step; the other deaths are at random instants."""
MOST_PASSINGS = 4
"""It dies at one of the first so many passings of the step."""
RANDOM = ""
STARTING = "it is starting"
LONGEST_START = 0.1
MOST_HEARD = 12
"""Acknowledgements of a random life, fewer than this."""
LONGEST_WAIT = 0.03
"""And then at most so many seconds, so that the end falls anywhere in a turn."""
LONGEST_LIFE = 25
"""A life whose step does not come ends after so many; the step is tried again later."""
SILENCE = 10.0
"""So does one of which nothing is heard for so long, because nobody has anything to say."""
RETRIES = 40
"""How often a step that did not come is tried again, all steps together."""
ONLY_ONCE = "a submission is recorded"
"""Heads do so four times and no more: it is wished for while they still do."""
FIRST_SUBMISSION = 12
"""By this life somebody has come so far."""
MOST_RESENT = 3
"""Messages to one chat that were on their way or unmarked at one death, at most."""
NO_HTTPS = "no webhook was set"
"""The house says so once a life: the fake's webhook is set by hand, on plain http."""


class House:
    """The nursery of program lives, and the deaths so far."""

    def __init__(self, nursery: asyncio.subprocess.Process, fake: FakeTelegram, url: str) -> None:
        self.fake = fake
        self.url = url
        self.deaths: Counter[str] = Counter()
        self.begins: list[dict[int, int]] = []
        """For each life, how many messages each chat had been sent before it."""
        self._nursery = nursery
        self._ready = asyncio.Event()

    async def live_and_die(
        self, mode: str, wish: str, heads: list[Head], dice: random.Random
    ) -> str:
        """One life in this mode that should end as wished; return how it did end."""
        for _ in range(20):  # what the last life left in its sockets is read now
            await asyncio.sleep(0)
        passing = 1 if wish == ONLY_ONCE else dice.randint(1, MOST_PASSINGS)
        pid = await self._born(mode, wish, passing)
        last = asyncio.create_task(self._last_words())
        as_wished = wish == STARTING
        if wish == STARTING:
            await asyncio.wait([last], timeout=dice.uniform(0, LONGEST_START))
        else:
            wanted = {RANDOM: dice.randrange(MOST_HEARD), HOLD: 1}.get(wish, LONGEST_LIFE)
            wanted += self._acknowledged(heads)
            hearing = asyncio.create_task(self._hear(mode, heads, wanted, held=wish == HOLD))
            await asyncio.wait([last, hearing], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([last], timeout=dice.uniform(0, LONGEST_WAIT))
            as_wished = hearing.done() and hearing.result() and wish == HOLD
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        if not last.done():
            with contextlib.suppress(ProcessLookupError):  # it was quicker than we
                os.kill(pid, signal.SIGKILL)
        died = await asyncio.wait_for(last, PATIENCE) or (wish if as_wished else RANDOM)
        await self.fake.hangs_up()
        self.deaths[died] += 1
        return died

    async def live_to_the_end(self, everybody: asyncio.Future[list[None]]) -> None:
        """One life that nobody ends before everybody has answered everything and was replied to."""
        pid = await self._born("poll", "", 0)
        await everybody  # each of them has patience enough for each reply
        await self.fake.until(lambda: not self.fake.updates)
        os.kill(pid, signal.SIGTERM)
        assert await asyncio.wait_for(self._last_words(), PATIENCE) == ""

    async def _born(self, mode: str, step: str, passing: int) -> int:
        self.begins.append({chat: len(self.fake.sent_to(chat)) for chat in self.fake.users})
        self._ready.clear()
        life = {"mode": mode, "step": step, "passing": passing}
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(life).encode() + b"\n")
        return int((await asyncio.wait_for(self._line(), PATIENCE)).removeprefix("born "))

    async def _last_words(self) -> str:
        """Read until the life is gone; return the step at which it ended itself, or nothing."""
        died = ""
        while (line := await self._line()) != "gone":
            if line == "ready":
                self._ready.set()
            else:
                died = line.removeprefix("died at ")
        return died

    async def _line(self) -> str:
        assert self._nursery.stdout is not None
        line = await self._nursery.stdout.readline()
        if not line:
            raise AssertionError("the nursery is gone")
        return line.decode().strip()

    async def _hear(self, mode: str, heads: list[Head], wanted: int, *, held: bool) -> bool:
        """Wait until so many updates are acknowledged; False when there was silence before that.

        Where replies are `held` nobody says anything new.
        """
        await asyncio.wait_for(self._ready.wait(), PATIENCE)
        if mode == "webhook":
            self.fake.use_webhook(f"{self.url}/webhooks/telegram", SECRET)
        while (heard := self._acknowledged(heads)) < wanted:
            if held and not self.fake.updates:
                return False
            more = functools.partial(self._more_than, heads, heard)
            try:
                async with asyncio.timeout(SILENCE):
                    await self.fake.until(more)
            except TimeoutError:
                return False
        return True

    def _more_than(self, heads: list[Head], heard: int) -> bool:
        return self._acknowledged(heads) > heard

    def _acknowledged(self, heads: list[Head]) -> int:
        return sum(len(head.said) for head in heads) - len(self.fake.updates)


@asynccontextmanager
async def nursery(env: dict[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).with_name("killed_house.py")), json.dumps(env),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
            cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": "."},
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):  # with the life that a failure left
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def invited(env: dict[str, str], fake: FakeTelegram) -> list[tuple[Head, str]]:
    """Prepare the house as `thonmoi run` does and invite a head for each village of the plan."""
    clock = HandClock()
    pack = await prepare(read_settings(env), clock, lambda _: None)
    seeds = count(1)  # each photo is another one, and large: nobody is advised to take it again
    await open_database(env["DATABASE_URL"])
    heads = []
    for number, area in enumerate(a for a in pack.areas if a.level == "village"):
        households = (await Area.get(code=area.code)).households
        assert households is not None
        user = fake.user(number + 1, f"Trưởng {number}")
        patient = number % 3 != 0
        head = Head(fake, user, area.code, households, patient, lambda: photo(next(seeds)))
        head.photographs = number == 1  # there are photos on their way to the end
        heads.append((head, await invitation(Role.VILLAGE_HEAD, area.code, clock)))
    await close_database()
    return heads


def the_deaths(dice: random.Random) -> list[str]:
    """Each named step so often and the rest at random; the named ones among the first."""
    often = [step for step in [*STEPS, HOLD, STARTING] for _ in range(EACH_STEP)]
    named = [step for step in often if step != ONLY_ONCE]
    first = [*named, *([RANDOM] * (len(named) // 3))]
    dice.shuffle(first)
    first[FIRST_SUBMISSION:FIRST_SUBMISSION] = [ONLY_ONCE] * EACH_STEP
    return [*first, *([RANDOM] * (KILLS - len(first)))]


async def killed_again_and_again(house: House, heads: list[Head], dice: random.Random) -> None:
    """Let the program live and die as wished while the heads talk, and some times more."""
    wishes = deque(the_deaths(dice))
    retries = RETRIES
    while wishes:
        wish = wishes.popleft()
        died = await house.live_and_die(dice.choice(["poll", "webhook"]), wish, heads, dice)
        if died != wish:
            # It died all the same, at random; the step is tried again soon, besides the others.
            assert retries, f"{wish!r} does not come; so far: {house.deaths}"
            retries -= 1
            wishes.insert(2, wish)


@pytest.mark.long
async def test_the_whole_program_killed_at_named_steps_and_random_instants(
    database_url: str, tmp_path: Path
) -> None:
    dice = random.Random(20261122)  # noqa: S311  (the same instants each run, as far as a clock allows)
    async with FakeTelegram() as fake:
        port = free_port()
        env = {
            "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data"), "PORT": str(port),
            "TELEGRAM_TOKEN": fake.token, "TELEGRAM_API_URL": fake.url,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
        }  # fmt: skip
        invitations = await invited(env, fake)
        heads = [head for head, _ in invitations]
        enough = asyncio.Event()
        async with nursery(env, tmp_path / "log") as process:
            house = House(process, fake, f"http://127.0.0.1:{port}")
            talking = [asyncio.create_task(h.answer_all(code, enough)) for h, code in invitations]
            await killed_again_and_again(house, heads, dice)
            enough.set()
            await house.live_to_the_end(asyncio.gather(*talking))

        assert house.deaths.total() >= KILLS
        assert {house.deaths[step] for step in [*STEPS, HOLD, STARTING]} == {EACH_STEP}
        assert sum(len(head.said) for head in heads) > 5 * KILLS, "there was no load to speak of"
        photos = EvidenceStore(read_settings(env).evidence_url)
        await open_database(database_url)
        try:
            await check_updates(heads)
            for head in heads:
                await check_answers(head, photos)
                await check_replies(head)
            again = [await check_seen(head, fake, house.begins) for head in heads]
        finally:
            await close_database()
        assert max(again) <= MOST_RESENT, again
        complaints = [x for x in (tmp_path / "log").read_text().splitlines() if "ERROR" in x]
        assert {x for x in complaints if NO_HTTPS not in x} == set()
