"""Nothing that Zalo hands over is lost or taken twice, by poll or by webhook."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from bot.limits import MAX_UPDATE_BYTES
from bot.zalo_bot.channel import REFUSED_SECONDS, ZaloBotChannel
from bot.zalo_bot.poller import ZaloBotPoller
from bot.zalo_bot.webhook import PATH, SECRET_HEADER, ZaloBotWebhook, keep_webhook
from tests.clock import HandClock
from tests.fakes.notebook import Notebook
from tests.fakes.zalo_bot import SECRET, FakeZaloBot


@asynccontextmanager
async def at_work(poller: ZaloBotPoller) -> AsyncIterator[None]:
    task = asyncio.create_task(poller.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def listening(channel: ZaloBotChannel, notebook: Notebook) -> AsyncIterator[str]:
    application = web.Application()
    application.add_routes(ZaloBotWebhook(channel, notebook, SECRET).routes())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


def everything(fake: FakeZaloBot) -> list[str]:
    lan = fake.user("lan")
    lan.says("95 hộ")
    lan.sends_album([b"a", b"b"])
    fake.photo_field = "photo"
    lan.sends_photo(b"c", caption="Bể nước")
    for kind in ("sticker", "voice", "unsupported"):
        lan.sends(kind)
    lan.says("@Bot họp lúc 8 giờ", group="g1")
    return ["text", *["photo"] * 3, *["unsupported"] * 3]


# ---- by poll ----


async def test_events_come_one_an_answer_and_all_are_kept(
    fake: FakeZaloBot, poller: ZaloBotPoller, notebook: Notebook
) -> None:
    kinds = everything(fake)
    async with at_work(poller):
        await fake.until(lambda: not fake.events and fake.asked_again)
    assert sorted(m.kind.value for m in notebook.kept) == sorted(kinds)
    assert fake.calls["getUpdates"] >= len(fake.consumed)


async def test_an_idle_poll_is_no_failure_and_is_asked_again_at_once(
    fake: FakeZaloBot, poller: ZaloBotPoller, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    fake.idle_seconds = 0.01
    before = clock.now()
    async with at_work(poller):
        await fake.until(lambda: fake.calls["getUpdates"] > 3)
    assert clock.now() == before
    assert not caplog.records


async def test_nothing_more_is_asked_for_while_an_event_is_not_kept(
    fake: FakeZaloBot, poller: ZaloBotPoller, notebook: Notebook
) -> None:
    notebook.gate.clear()
    for text in ("1", "2"):
        fake.user("lan").says(text)
    async with at_work(poller):
        await fake.until(lambda: len(fake.consumed) == 1)
        await asyncio.sleep(0)
        assert fake.calls["getUpdates"] == 1
        notebook.gate.set()
        await fake.until(lambda: not fake.events and fake.asked_again)
    assert [m.text for m in notebook.kept] == ["1", "2"]


async def test_a_database_that_is_away_costs_no_event(
    fake: FakeZaloBot, poller: ZaloBotPoller, notebook: Notebook, tmp_path: Path
) -> None:
    notebook.failures = 4
    for text in ("1", "2", "3"):
        fake.user("lan").says(text)
    asked_early: list[int] = []
    async with at_work(poller):
        await fake.until(
            lambda: (
                asked_early.append(len(fake.consumed) if notebook.failures else 0)
                or (not fake.events and fake.asked_again)
            )
        )
    assert max(asked_early) <= 1, "while the first was not kept no second was taken"
    assert [m.text for m in notebook.kept] == ["1", "2", "3"]
    assert list((tmp_path / "unkept").iterdir()) == []


async def test_what_could_not_be_kept_outlives_the_process(
    fake: FakeZaloBot, channel: ZaloBotChannel, clock: HandClock, tmp_path: Path
) -> None:
    away, back = Notebook(), Notebook()
    away.failures = 1_000
    folder = tmp_path / "unkept"
    fake.user("lan").says("95 hộ")
    assert await ZaloBotPoller(channel, away, folder, pause=clock.sleep).step()
    assert away.kept == []
    (folder / "000000000000.json").write_text("no message")
    assert not await ZaloBotPoller(channel, back, folder, pause=clock.sleep).step()
    assert [m.text for m in back.kept] == ["95 hộ"]
    assert [p.suffix for p in folder.iterdir()] == [".unreadable"]


async def test_an_event_in_hand_is_kept_though_the_program_stops(
    fake: FakeZaloBot, poller: ZaloBotPoller, notebook: Notebook
) -> None:
    notebook.gate.clear()
    fake.user("lan").says("95 hộ")
    task = asyncio.create_task(poller.run())
    await fake.until(lambda: fake.consumed)
    for _ in range(50):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    notebook.gate.set()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert [m.text for m in notebook.kept] == ["95 hộ"]


@pytest.mark.parametrize(
    "misbehave",
    [
        lambda fake: fake.fails("getUpdates", 502, times=5, page=True),
        lambda fake: fake.fails("getUpdates", 504, times=2),
        lambda fake: fake.fails("getUpdates", 429, times=2),
        lambda fake: fake.fails("getUpdates", 401),
        lambda fake: fake.fails("getUpdates", 404),
        lambda fake: fake.fails("getUpdates", 400),
        lambda fake: fake.drops("getUpdates", times=3),
        lambda fake: fake.fails("getWebhookInfo", 502),
    ],
)
async def test_nothing_zalo_does_ends_the_poll(
    fake: FakeZaloBot,
    poller: ZaloBotPoller,
    notebook: Notebook,
    clock: HandClock,
    misbehave: object,
) -> None:
    assert callable(misbehave)
    misbehave(fake)
    before = clock.now()
    fake.user("lan").says("95")
    async with at_work(poller):
        await fake.until(lambda: not fake.events and fake.asked_again)
    assert [m.text for m in notebook.kept] == ["95"]
    assert clock.now() > before, "and it waited in between"


async def test_a_webhook_that_is_set_goes_when_we_are_told_to_poll(
    fake: FakeZaloBot, poller: ZaloBotPoller, notebook: Notebook
) -> None:
    fake.webhook = {"url": "https://old.example/hook", "secret_token": "x" * 8, "updated_at": 1}
    fake.events.append({"message": {"from": {"id": "u"}, "chat": {"id": "u"}, "text": "95"}})
    async with at_work(poller):
        await fake.until(lambda: fake.consumed and fake.asked_again)
    assert [m.text for m in notebook.kept] == ["95"]
    assert fake.calls["deleteWebhook"] == 1


async def test_a_refused_token_is_told_once_and_asked_about_rarely(
    fake: FakeZaloBot,
    channel: ZaloBotChannel,
    poller: ZaloBotPoller,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake.fails("getUpdates", 401, times=3)
    before = clock.now()
    async with at_work(poller):
        await fake.until(lambda: fake.calls["getUpdates"] > 4)
    assert (clock.now() - before).total_seconds() >= 3 * REFUSED_SECONDS
    told = [r for r in caplog.records if "does not take the token" in r.getMessage()]
    assert len(told) == 1
    assert not channel.refused, "it works again"


async def test_one_message_that_the_database_refuses_stops_no_other(
    fake: FakeZaloBot, poller: ZaloBotPoller, notebook: Notebook
) -> None:
    notebook.refuses = ["poison"]
    for text in ("1", "poison", "2"):
        fake.user("lan").says(text)
    fake.add("no event at all")
    fake.add({"event_name": "message.text.received"})
    fake.user("lan").says("3")
    async with at_work(poller):
        await fake.until(lambda: not fake.events and fake.asked_again)
    assert [m.text for m in notebook.kept] == ["1", "unreadable", "2", "3"]


# ---- by webhook ----


@pytest.mark.parametrize("wrapped", [True, False])
async def test_every_event_posted_twice_is_kept_once(
    fake: FakeZaloBot, channel: ZaloBotChannel, notebook: Notebook, *, wrapped: bool
) -> None:
    fake.twice, fake.wrapped = True, wrapped
    async with listening(channel, notebook) as url:
        fake.use_webhook(url)
        kinds = everything(fake)
        await fake.delivered()
    assert sorted(m.kind.value for m in notebook.kept) == sorted(kinds)
    assert {status for _, status in fake.attempts} == {200}


async def test_zalo_is_answered_only_after_the_commit(
    fake: FakeZaloBot, channel: ZaloBotChannel, notebook: Notebook
) -> None:
    notebook.gate.clear()
    async with listening(channel, notebook) as url:
        fake.use_webhook(url)
        fake.user("lan").says("95")
        for _ in range(100):
            await asyncio.sleep(0)
        assert fake.attempts == []
        notebook.gate.set()
        await fake.delivered()
    assert [status for _, status in fake.attempts] == [200]


async def test_what_was_not_kept_is_not_acknowledged(
    fake: FakeZaloBot, channel: ZaloBotChannel, notebook: Notebook
) -> None:
    notebook.failures = 2
    async with listening(channel, notebook) as url:
        fake.use_webhook(url)
        fake.user("lan").says("95")
        await fake.delivered()
    assert [status for _, status in fake.attempts] == [503, 503, 200]
    assert [m.text for m in notebook.kept] == ["95"]


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        ("wrong", b"{}", 403),
        ("", b"{}", 403),
        ("bí mật".encode().decode("latin-1"), b"{}", 403),
        (SECRET, b"not json", 400),
        (SECRET, b"[1]", 400),
        (SECRET, b"[" * 100_000, 400),
        (SECRET, b" " * (MAX_UPDATE_BYTES + 1), 413),
        (SECRET, b"{}", 200),
    ],
)
async def test_who_does_not_know_the_secret_or_talks_nonsense_leaves_nothing(
    channel: ZaloBotChannel, notebook: Notebook, secret: str, body: bytes, status: int
) -> None:
    async with listening(channel, notebook) as url, ClientSession() as session:
        answer = await session.post(url, data=body, headers={SECRET_HEADER: secret})
        assert answer.status == status
        if status == 200:
            assert await answer.json() == {"message": "Success"}
    assert notebook.kept == []


def test_an_open_webhook_is_refused(channel: ZaloBotChannel, notebook: Notebook) -> None:
    with pytest.raises(ValueError, match="secret"):
        ZaloBotWebhook(channel, notebook, "short")


async def test_the_webhook_is_set_as_soon_as_zalo_takes_it(
    fake: FakeZaloBot, channel: ZaloBotChannel, clock: HandClock
) -> None:
    fake.fails("setWebhook", 502, times=3)
    await keep_webhook(channel, "https://thonmoi.example/", SECRET, clock.sleep)
    assert fake.webhook["url"] == f"https://thonmoi.example{PATH}"
    assert fake.webhook["secret_token"] == SECRET


async def test_without_https_no_webhook_is_set(
    fake: FakeZaloBot, channel: ZaloBotChannel, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    await keep_webhook(channel, "http://127.0.0.1:8080", SECRET, clock.sleep)
    assert fake.calls["setWebhook"] == 0
    assert "https" in caplog.text
    assert SECRET not in caplog.text
