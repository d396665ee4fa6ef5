"""A Telegram bot under the doctor's eye; the fake Telegram misbehaves, and nothing is changed there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.doctor.shapes import Mark, Sight
from bot.doctor.telegram import telegram
from locales import Catalog
from tests.bot.doctor.asked import a_sight, found, in_words
from tests.fakes.telegram import FakeTelegram

SECRET = "a-long-enough-secret_of-the-webhook"
PUBLIC = "https://office.example"
HOOK = f"{PUBLIC}/webhooks/telegram"


def sight_of(folder: Path, fake: FakeTelegram, *, webhook: bool = False, token: str = "") -> Sight:
    env = {"TELEGRAM_TOKEN": token or fake.token, "TELEGRAM_API_URL": fake.url}
    if webhook:
        env |= {"TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": SECRET, "PUBLIC_URL": PUBLIC}
    return a_sight(folder, **env)


async def test_a_bot_that_polls_is_in_order(tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        sight = sight_of(tmp_path, fake)
        assert [mark for mark, _ in await found(telegram(sight, sight.bots.telegram[0]))] == [
            Mark.GOOD
        ]
        assert set(fake.calls) == {"getMe", "getWebhookInfo"}


async def test_a_wrong_token_is_named_by_its_variable_and_not_shown(
    tmp_path: Path, catalog_vi: Catalog
) -> None:
    wrong = "999999:AAThisIsNotTheTokenOfAnyBotAtAll"
    async with FakeTelegram() as fake:
        sight = sight_of(tmp_path, fake, token=wrong)
        (finding,) = [f async for f in telegram(sight, sight.bots.telegram[0])]
    assert finding.mark is Mark.MEND
    assert "TELEGRAM_TOKEN" in in_words(finding, catalog_vi)
    assert "AAThis" not in in_words(finding, catalog_vi)


@pytest.mark.parametrize("status", [404, 500, 502])
async def test_a_telegram_out_of_order(status: int, tmp_path: Path, catalog_vi: Catalog) -> None:
    async with FakeTelegram() as fake:
        fake.fails("getMe", status, f"bad {fake.token} of +84901234567")
        sight = sight_of(tmp_path, fake)
        (finding,) = [f async for f in telegram(sight, sight.bots.telegram[0])]
    said = in_words(finding, catalog_vi)
    assert finding.mark is Mark.MEND
    assert fake.token not in said
    assert "8490" not in said


async def test_a_line_that_breaks(tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        fake.drops("getMe")
        sight = sight_of(tmp_path, fake)
        assert await found(telegram(sight, sight.bots.telegram[0])) == [
            (Mark.MEND, "Telegram is not reached ({kind})")
        ]


async def test_a_webhook_while_the_settings_say_poll_is_told_and_left_alone(tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        fake.use_webhook("https://elsewhere.example/hook")
        sight = sight_of(tmp_path, fake)
        seen = await found(telegram(sight, sight.bots.telegram[0]))
        assert seen[1:] == [(Mark.LOOK, "a webhook is set, and the settings say poll")]
        assert fake.webhook["url"] == "https://elsewhere.example/hook"
        assert fake.calls["deleteWebhook"] == 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (HOOK, (Mark.GOOD, "the webhook leads here")),
        ("https://elsewhere.example/x", (Mark.MEND, "the webhook leads elsewhere")),
        ("", (Mark.MEND, "no webhook is set")),
    ],
)
async def test_where_the_webhook_leads(url: str, says: tuple[Mark, str], tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        if url:
            fake.use_webhook(url, SECRET)
        sight = sight_of(tmp_path, fake, webhook=True)
        assert (await found(telegram(sight, sight.bots.telegram[0])))[1:] == [says]


async def test_what_telegram_says_of_its_last_failure_is_shown_without_tokens_and_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_vi: Catalog
) -> None:
    async with FakeTelegram() as fake:
        fake.use_webhook(HOOK, SECRET)
        sight = sight_of(tmp_path, fake, webhook=True)
        fake.webhook["last_error_date"] = int(sight.clock.now().timestamp()) - 60
        fake.webhook["last_error_message"] = (
            f"502 Bad Gateway for {fake.token} chat -1001234567890 phone +84 901 234 567 "
        )
        fake.updates = [{"update_id": n} for n in range(500)]
        findings = [f async for f in telegram(sight, sight.bots.telegram[0])]
    said = " ".join(in_words(f, catalog_vi) for f in findings)
    assert [f.mark for f in findings] == [Mark.GOOD, Mark.GOOD, Mark.LOOK, Mark.LOOK]
    assert "502 Bad Gateway" in said
    assert "500" in said
    for secret in (fake.token, "1234567890", "901 234", SECRET):
        assert secret not in said
