"""A Zalo Official Account under the doctor's eye: its refresh token is never used."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.doctor.shapes import Mark, Sight
from bot.doctor.zalo_oa import zalo_oa
from bot.zalo_oa.oauth import Granted
from bot.zalo_oa.pairs import UNKNOWN, Pairs
from tests.bot.doctor.asked import a_sight, found
from tests.fakes.zalo_oa import FakeZaloOA

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def a_pair(sight: Sight, fake: FakeZaloOA, hours: float = 25, age: float = 0) -> Pairs:
    pairs = Pairs("zalo-oa", "")
    now = sight.clock.now() - timedelta(hours=age)
    await pairs.adopt(Granted(fake.pair.access, fake.pair.refresh, hours * 3_600), "", now)
    return pairs


async def test_every_state_of_the_tokens(database: str, tmp_path: Path) -> None:
    async with FakeZaloOA() as fake:
        sight = a_sight(tmp_path, database, **fake.env)
        account = sight.bots.zalo_oas[0]
        fake.pair.access, fake.pair.until = "access-of-this-story", 1e12
        assert await found(zalo_oa(sight, account)) == [
            (Mark.LOOK, "the tokens of the settings are not taken up yet")
        ]

        await a_pair(sight, fake)
        assert await found(zalo_oa(sight, account)) == [
            (Mark.GOOD, "the access token holds until {day}"),
            (Mark.GOOD, "Zalo takes the access token"),
        ]

        await a_pair(sight, fake, age=22)
        assert (await found(zalo_oa(sight, account)))[0] == (
            Mark.LOOK,
            "{what}; it should have been renewed",
        )

        await a_pair(sight, fake, age=30)
        assert await found(zalo_oa(sight, account)) == [
            (Mark.MEND, "the access token has ended; a renewal will bring another")
        ]

        pairs = await a_pair(sight, fake)
        await pairs.give_up(fake.pair.refresh, UNKNOWN, sight.clock.now())
        assert (await found(zalo_oa(sight, account)))[0] == (
            Mark.MEND,
            "Zalo's permission is lost since {day}",
        )
        assert fake.calls["access_token"] == 0
        assert not fake.shown


async def test_a_token_that_zalo_refuses_and_a_zalo_out_of_order(
    database: str, tmp_path: Path
) -> None:
    async with FakeZaloOA() as fake:
        sight = a_sight(tmp_path, database, **fake.env)
        account = sight.bots.zalo_oas[0]
        await a_pair(sight, fake)
        fake.fails("quota", -216)
        assert (await found(zalo_oa(sight, account)))[1] == (
            Mark.MEND,
            "Zalo does not take the access token",
        )
        fake.breaks("quota", 502)
        assert (await found(zalo_oa(sight, account)))[1][0] is Mark.MEND
        fake.breaks("quota", 404)
        assert (await found(zalo_oa(sight, account)))[1][0] is Mark.UNSEEN
        fake.fails("quota", -224)
        assert (await found(zalo_oa(sight, account)))[1][0] is Mark.UNSEEN


async def test_without_any_permission_the_command_is_named(database: str, tmp_path: Path) -> None:
    async with FakeZaloOA() as fake:
        env = fake.env | {"ZALO_OA_REFRESH_TOKEN": ""}
        sight = a_sight(tmp_path, database, **env)
        (finding,) = [f async for f in zalo_oa(sight, sight.bots.zalo_oas[0])]
    assert finding.mark is Mark.MEND
    assert finding.advice is not None
    assert finding.advice.params == {"command": "thonmoi zalo-oa authorise"}
