"""Somebody outside cannot spend what the villages need: neither one account nor very many."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.models import SentMonth
from backend.people import Role
from bot.reception.strangers import ANSWERS_A_DAY
from tests.clock import HandClock
from tests.fakes.zalo_bot import FakeZaloBot
from tests.journeys.house import a_house, invitation
from tests.journeys.village import VILLAGE

A_MONTH = 300


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_stranger_spends_little_of_a_month_and_a_code_opens_all_the_same(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with FakeZaloBot(clock) as fake:
        env = {
            "ZALO_BOT_TOKEN": fake.token,
            "ZALO_BOT_API_URL": fake.url,
            "ZALO_BOT_PER_MONTH": str(A_MONTH),
        }
        async with a_house(database_url, tmp_path, clock, **env) as program:

            async def all_heard() -> None:
                await fake.until(lambda: not fake.events and fake.asked_again)
                await program.turns.settled()
                await program.sender.delivered()
                clock.advance(2)

            # One account, again and again: a few answers a day, then silence.
            pest = fake.user("pest", "Pest")
            for _ in range(3 * ANSWERS_A_DAY):
                pest.says("Chào")
                await all_heard()
            assert len(fake.sent_to(pest)) == ANSWERS_A_DAY

            # Very many accounts: all of them together get a tenth of the month.
            many = [fake.user(f"many{n}", "Many") for n in range(A_MONTH // 5)]
            for n, one in enumerate(many):
                one.says("ABCD2345" if n % 2 else "?")
            await all_heard()
            assert sum(len(fake.sent_to(one)) for one in [pest, *many]) == A_MONTH // 10

            # Who has a code comes in nevertheless, also from the account that was silenced.
            for person in (fake.user("lan", "Lan"), pest):
                person.says(await invitation(Role.VILLAGE_HEAD, VILLAGE, clock, "Lan"))
                await person.expect("Chào mừng")
                await all_heard()
            books = {row.purpose: row.sent for row in await SentMonth.all()}
            assert books["stranger"] == A_MONTH // 10
