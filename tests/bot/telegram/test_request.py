"""The HTTP under python-telegram-bot: what servers and proxies in between may do to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.telegram import request as module
from bot.telegram.request import AiohttpRequest, FloodError

TOKEN = "7:SecretSecretSecret"


class Between:
    """A server that answers every call as the test says."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.paths: list[str] = []

    async def handle(self, asked: web.Request) -> web.Response:
        self.paths.append(asked.path)
        if self.status == 302:
            raise web.HTTPFound("http://127.0.0.1:9/elsewhere")
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
async def between() -> AsyncIterator[tuple[Between, Bot]]:
    server = Between()
    application = web.Application()
    application.router.add_route("*", "/{all:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    made = AiohttpRequest(url)
    async with made:
        yield server, Bot(TOKEN, base_url=f"{url}/bot", request=made, get_updates_request=made)
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>sign in to the hotel's network</html>"),
        (200, b"[1, 2]"),
        (200, b"\xff\xfe"),
        (502, b"<html>Bad Gateway</html>"),
        (302, b""),
        (418, b'{"ok": false}'),
    ],
)
async def test_a_strange_answer_is_a_telegram_error_without_the_token(
    between: tuple[Between, Bot],
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: bytes,
) -> None:
    caplog.set_level("DEBUG")
    server, bot = between
    server.status, server.body = status, body
    with pytest.raises(TelegramError) as raised:
        await bot.get_me()
    assert len(server.paths) == 1, "and a redirect is not followed with the token in hand"
    chain: BaseException | None = raised.value
    while chain is not None:
        assert TOKEN not in repr(chain)
        chain = chain.__cause__
    assert TOKEN not in caplog.text


async def test_a_flood_says_how_long_and_a_proxys_flood_gets_a_few_seconds(
    between: tuple[Between, Bot],
) -> None:
    server, bot = between
    server.status, server.body = 429, b'{"ok":false,"parameters":{"retry_after":35}}'
    with pytest.raises(FloodError) as raised:
        await bot.get_me()
    assert raised.value.seconds == 35
    server.body = b"slow down"
    with pytest.raises(FloodError) as raised:
        await bot.get_me()
    assert 0 < raised.value.seconds <= 60


async def test_an_answer_too_large_is_not_read(
    between: tuple[Between, Bot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RESPONSE_BYTES", 1_000)
    server, bot = between
    server.body = b'{"ok":true,"result":"' + b"x" * 2_000 + b'"}'
    with pytest.raises(NetworkError, match="too large"):
        await bot.get_me()


async def test_an_answer_that_does_not_come_in_time_is_timed_out(
    between: tuple[Between, Bot],
) -> None:
    _, bot = between
    with pytest.raises(TimedOut):
        await bot.get_me(read_timeout=1e-6)


async def test_it_must_be_started_and_may_be_stopped_twice() -> None:
    made = AiohttpRequest("http://127.0.0.1:9")
    with pytest.raises(RuntimeError, match="not started"):
        _ = made.session
    await made.initialize()
    first = made.session
    await made.initialize()
    assert made.session is first
    await made.shutdown()
    await made.shutdown()


def test_the_environments_proxy_is_used_for_telegram_and_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert AiohttpRequest("https://api.telegram.org")._proxy == "http://proxy.example:3128"
    assert AiohttpRequest("http://127.0.0.1:8081")._proxy is None
    monkeypatch.setenv("no_proxy", "api.telegram.org")
    assert AiohttpRequest("https://api.telegram.org")._proxy is None
