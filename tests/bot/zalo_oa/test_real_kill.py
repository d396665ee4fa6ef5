"""kill -9, for real: between Zalo's answer and our commit, and while others wait for the same token."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.models import TokenUse
from bot.zalo_oa.oauth import ZaloOAuth
from bot.zalo_oa.pairs import Pairs
from bot.zalo_oa.tokens import NoTokenError, State, TokenKeeper
from tests.clock import PATIENCE, HandClock
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, FakeZaloOA

SCRIPT = Path(__file__).with_name("renewing.py")
ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def process(database_url: str, fake: FakeZaloOA) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), database_url, fake.url, APP_ID, APP_SECRET,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def said(one: asyncio.subprocess.Process) -> str:
    out, _ = await asyncio.wait_for(one.communicate(), PATIENCE)
    return out.decode().strip()


async def test_a_process_killed_with_the_answer_on_its_way_costs_a_permission_and_no_second_use(
    database: str, clock: HandClock
) -> None:
    async with FakeZaloOA() as fake:
        with fake.holds("access_token"):
            first = await process(database, fake)
            await fake.until(lambda: fake.shown)
            # Another one, at the same moment, does not try.
            second = await process(database, fake)
            assert await said(second) == State.WAITING
            first.kill()
            assert await asyncio.wait_for(first.wait(), PATIENCE) == -9
        # Two minutes later nobody can have the answer any more.
        clock.set(datetime.now(UTC) + timedelta(seconds=130))
        oauth = ZaloOAuth(APP_ID, APP_SECRET, fake.url)
        keeper = TokenKeeper(oauth, Pairs("zalo-oa", ""), clock, seed="refresh-0")
        await keeper.open()
        with pytest.raises(NoTokenError):
            await keeper.refresh()
        assert (await keeper.status()).state is State.AUTHORISE
        assert fake.shown == {"refresh-0": 1}
        assert (await TokenUse.get()).outcome == "unknown"


async def test_two_processes_that_live_leave_the_newest_pair(
    database: str, clock: HandClock
) -> None:
    async with FakeZaloOA() as fake:
        several = await asyncio.gather(*(process(database, fake) for _ in range(2)))
        assert State.GOOD in await asyncio.gather(*(said(one) for one in several))
        assert max(fake.shown.values()) == 1
        held = await Pairs("zalo-oa", "").load()
        assert (held.access_token, held.refresh_token) == (fake.pair.access, fake.pair.refresh)
