"""A Zalo bot under the doctor's eye."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.doctor.shapes import Mark, Sight
from bot.doctor.zalo_bot import zalo_bot
from locales import Catalog
from tests.bot.doctor.asked import a_sight, found, in_words
from tests.fakes.zalo_bot import FakeZaloBot

HOOK = "https://office.example/webhooks/zalo-bot"


def sight_of(folder: Path, fake: FakeZaloBot, *, webhook: bool = False, token: str = "") -> Sight:
    env = {"ZALO_BOT_TOKEN": token or fake.token, "ZALO_BOT_API_URL": fake.url}
    if webhook:
        env |= {
            "ZALO_BOT_MODE": "webhook",
            "ZALO_BOT_SECRET": "a-long-enough-secret_of-the-webhook",
            "PUBLIC_URL": "https://office.example",
        }
    return a_sight(folder, **env)


async def test_no_webhook_is_a_404_and_right_for_a_bot_that_polls(tmp_path: Path) -> None:
    async with FakeZaloBot() as fake:
        sight = sight_of(tmp_path, fake)
        seen = await found(zalo_bot(sight, sight.bots.zalo_bots[0]))
        assert seen == [(Mark.GOOD, "Zalo takes the token")]
        assert set(fake.calls) == {"getMe", "getWebhookInfo"}


async def test_a_wrong_token(tmp_path: Path, catalog_vi: Catalog) -> None:
    async with FakeZaloBot() as fake:
        sight = sight_of(tmp_path, fake, token="4321:another-token-that-nobody-shows")
        (finding,) = [f async for f in zalo_bot(sight, sight.bots.zalo_bots[0])]
    assert finding.mark is Mark.MEND
    assert "ZALO_BOT_TOKEN" in in_words(finding, catalog_vi)
    assert "another-token" not in in_words(finding, catalog_vi)


@pytest.mark.parametrize("status", [403, 408, 429, 500, 503])
async def test_a_zalo_out_of_order_is_no_wrong_token(status: int, tmp_path: Path) -> None:
    async with FakeZaloBot() as fake:
        fake.fails("getMe", status)
        sight = sight_of(tmp_path, fake)
        assert await found(zalo_bot(sight, sight.bots.zalo_bots[0])) == [
            (Mark.MEND, "Zalo is not reached ({kind})")
        ]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (HOOK, (Mark.GOOD, "the webhook leads here")),
        ("https://elsewhere.example/x", (Mark.MEND, "the webhook leads elsewhere")),
        ("", (Mark.MEND, "no webhook is set")),
    ],
)
async def test_where_the_webhook_leads(url: str, says: tuple[Mark, str], tmp_path: Path) -> None:
    async with FakeZaloBot() as fake:
        if url:
            fake.use_webhook(url)
        sight = sight_of(tmp_path, fake, webhook=True)
        assert (await found(zalo_bot(sight, sight.bots.zalo_bots[0])))[1:] == [says]


async def test_a_webhook_while_the_settings_say_poll_stays(tmp_path: Path) -> None:
    async with FakeZaloBot() as fake:
        fake.use_webhook(HOOK)
        sight = sight_of(tmp_path, fake)
        seen = await found(zalo_bot(sight, sight.bots.zalo_bots[0]))
        assert seen[1:] == [(Mark.LOOK, "a webhook is set, and the settings say poll")]
        assert fake.webhook["url"] == HOOK
