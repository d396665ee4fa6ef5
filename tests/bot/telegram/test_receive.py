"""Nothing is confirmed to Telegram before it is kept, and nothing Telegram does ends receiving."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from bot.limits import MAX_UPDATE_BYTES
from bot.messages import Kind
from bot.telegram.intake import Intake
from bot.telegram.poller import Poller
from bot.telegram.webhook import PATH, SECRET_HEADER, TelegramWebhook, keep_webhook
from tests.clock import HandClock
from tests.fakes.notebook import Notebook
from tests.fakes.telegram import FakeTelegram

SECRET = "only-telegram-knows"


@asynccontextmanager
async def polling(intake: Intake, clock: HandClock) -> AsyncIterator[Poller]:
    """A poller at work; its waits pass at once."""

    async def pause(seconds: float) -> None:
        await clock.sleep(seconds)
        await asyncio.sleep(0)

    poller = Poller(intake, pause=pause)
    task = asyncio.create_task(poller.run())
    try:
        yield poller
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def listening(intake: Intake) -> AsyncIterator[str]:
    """The webhook on a port of its own; gives its address."""
    application = web.Application()
    application.add_routes(TelegramWebhook(intake, SECRET).routes())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


def everything(fake: FakeTelegram) -> list[str]:
    """One of each kind of update; returns the kinds that must be kept."""
    lan = fake.user(1)
    lan.starts("code")
    lan.says("95 hộ")
    lan.presses_data("3:yes")
    lan.sends_photo(b"jpeg")
    lan.sends_album([b"a", b"b", b"c"])
    lan.sends_photo(b"heic", as_file=True, name="a.heic")
    lan.shares_contact()
    lan.shares_location(14, 107)
    lan.sends("sticker")
    lan.edits("96")
    return ["start", "text", "press", *["photo"] * 5, "contact", "location", *["unsupported"] * 2]


async def test_every_kind_of_update_polled_twice_is_kept_once(
    fake: FakeTelegram, intake: Intake, notebook: Notebook, clock: HandClock
) -> None:
    fake.twice = True
    kinds = everything(fake)
    async with polling(intake, clock):
        await fake.until(lambda: notebook.given >= 2 * len(kinds) and not fake.updates)
        await fake.until(lambda: fake.answered)
    assert sorted(m.kind.value for m in notebook.kept) == sorted(kinds)
    assert notebook.given == 2 * len(kinds)


async def test_every_kind_of_update_posted_twice_is_kept_once(
    fake: FakeTelegram, intake: Intake, notebook: Notebook
) -> None:
    fake.twice = True
    async with listening(intake) as url:
        fake.use_webhook(url, SECRET)
        kinds = everything(fake)
        await fake.delivered()
    assert sorted(m.kind.value for m in notebook.kept) == sorted(kinds)
    assert notebook.given == 2 * len(kinds)
    assert {status for _, status in fake.attempts} == {200}
    assert len(fake.answered) == 2, "a press is answered in the webhook's own response"
    assert fake.calls["answerCallbackQuery"] == 0


async def test_an_update_is_confirmed_only_after_it_is_kept(
    fake: FakeTelegram, intake: Intake, notebook: Notebook, clock: HandClock
) -> None:
    notebook.gate.clear()
    update = fake.user(1).says("95")
    async with polling(intake, clock):
        await fake.until(lambda: fake.calls["getUpdates"] == 1)
        assert fake.confirmed == 0
        notebook.gate.set()
        await fake.until(lambda: fake.confirmed)
    assert fake.confirmed == update["update_id"] + 1
    assert [m.text for m in notebook.kept] == ["95"]


async def test_a_journal_that_fails_confirms_nothing_and_loses_nothing(
    fake: FakeTelegram, intake: Intake, notebook: Notebook, clock: HandClock
) -> None:
    notebook.failures = 11
    lan = fake.user(1)
    for i in range(3):
        lan.says(f"{i}")
    confirmed_early: list[int] = []
    before = clock.now()
    async with polling(intake, clock):
        await fake.until(
            lambda: (
                confirmed_early.append(fake.confirmed if notebook.failures else 0) or fake.confirmed
            )
        )
    assert not any(confirmed_early)
    assert [m.text for m in notebook.kept] == ["0", "1", "2"]
    assert clock.now() > before, "and it waited in between"


async def test_one_update_that_the_database_refuses_stops_no_other(
    fake: FakeTelegram, intake: Intake, notebook: Notebook, clock: HandClock
) -> None:
    notebook.refuses = ["poison"]
    lan = fake.user(1)
    for text in ("1", "poison", "2"):
        lan.says(text)
    fake.add_raw({"update_id": "no number"})
    fake.add_raw({"update_id": 99_000_000, "message": {"chat": {"id": 1}, "from": {"id": 1}}})
    async with polling(intake, clock):
        await fake.until(lambda: fake.confirmed > 99_000_000)
    assert [m.text for m in notebook.kept] == ["1", "2", "unreadable", "unreadable"]
    assert all(m.kind is Kind.UNSUPPORTED for m in notebook.kept[2:])


@pytest.mark.parametrize(
    "misbehave",
    [
        lambda f: f.fails("getUpdates", 401, times=2),
        lambda f: f.fails("getUpdates", 404, times=2),
        lambda f: f.fails("getUpdates", 409, times=2),
        lambda f: f.fails("getUpdates", 429, retry_after=5),
        lambda f: f.fails("getUpdates", 502, times=3),
        lambda f: f.drops("getUpdates"),
        lambda f: f.drops("getUpdates", after=True),
    ],
    ids=["401", "404", "409", "429", "502", "dropped", "answer lost"],
)
async def test_nothing_telegram_answers_ends_polling(
    fake: FakeTelegram, intake: Intake, notebook: Notebook, clock: HandClock,
    misbehave: Callable[[FakeTelegram], None],
) -> None:  # fmt: skip
    misbehave(fake)
    before = clock.now()
    fake.user(1).says("95")
    async with polling(intake, clock):
        await fake.until(lambda: fake.confirmed)
    assert [m.text for m in notebook.kept] == ["95"]
    assert clock.now() > before


async def test_a_poller_takes_a_forgotten_webhook_away_and_only_then(
    fake: FakeTelegram, intake: Intake, notebook: Notebook, clock: HandClock
) -> None:
    fake.webhook = {"url": "http://127.0.0.1:9/", "secret_token": "x"}
    async with polling(intake, clock):
        await fake.until(lambda: fake.calls["deleteWebhook"])
        fake.user(1).says("95")
        await fake.until(lambda: notebook.kept)
    assert fake.calls["deleteWebhook"] == 1


async def test_a_wrong_secret_a_huge_body_and_no_json_are_refused(
    fake: FakeTelegram, intake: Intake, notebook: Notebook
) -> None:
    update = fake.user(1).says("95")
    async with listening(intake) as url, ClientSession() as client:

        async def post(secret: str | None, **body: object) -> int:
            headers = {} if secret is None else {SECRET_HEADER: secret}
            async with client.post(url, headers=headers, **body) as response:
                return response.status

        assert await post(None, json=update) == 403
        assert await post("", json=update) == 403
        assert await post(SECRET + "x", json=update) == 403
        assert await post("m\u1eadt", json=update) == 403
        assert await post(SECRET, data="{" * (MAX_UPDATE_BYTES + 1)) == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b"x" * 50_000

        assert await post(SECRET, data=endless()) == 413
        assert await post(SECRET, data=b"\xff{") == 400
        assert await post(SECRET, data="[" * 100_000) == 400
        assert await post(SECRET, json=[update]) == 400
        assert notebook.kept == []
        assert await post(SECRET, json=update) == 200
    assert [m.text for m in notebook.kept] == ["95"]


async def test_while_the_database_is_down_telegram_is_asked_to_repeat(
    fake: FakeTelegram, intake: Intake, notebook: Notebook
) -> None:
    notebook.failures = 5
    async with listening(intake) as url:
        fake.use_webhook(url, SECRET)
        fake.user(1).says("95")
        await fake.delivered()
    statuses = [status for _, status in fake.attempts]
    assert statuses[-1] == 200
    assert set(statuses[:-1]) == {503}
    assert [m.text for m in notebook.kept] == ["95"]


async def test_a_webhook_is_answered_only_after_the_commit(
    fake: FakeTelegram, intake: Intake, notebook: Notebook
) -> None:
    notebook.gate.clear()
    async with listening(intake) as url:
        fake.use_webhook(url, SECRET)
        fake.user(1).says("95")
        await asyncio.sleep(0)
        assert fake.attempts == []
        notebook.gate.set()
        await fake.delivered()
    assert [status for _, status in fake.attempts] == [200]


async def test_the_webhook_is_set_with_its_secret_as_soon_as_telegram_takes_it(
    fake: FakeTelegram, intake: Intake, clock: HandClock
) -> None:
    fake.fails("setWebhook", 502, times=2)
    await keep_webhook(intake, "https://thon.example", SECRET, clock.sleep)
    assert fake.webhook["url"] == "https://thon.example/webhooks/telegram"
    assert fake.webhook["secret_token"] == SECRET
    assert fake.calls["setWebhook"] == 3


async def test_no_webhook_without_https(fake: FakeTelegram, intake: Intake) -> None:
    await keep_webhook(intake, "http://127.0.0.1:8080", SECRET)
    assert fake.calls["setWebhook"] == 0


async def test_the_bot_learns_its_name(
    fake: FakeTelegram, intake: Intake, clock: HandClock
) -> None:
    fake.fails("getMe", 502)
    assert await intake.learn_username(clock.sleep) == "thonmoi_bot"
