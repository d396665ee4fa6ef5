"""What the HTTP server logs when something fails: never what was sent."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import web

from bot.server_log import server_log

TOKEN = "t" * 43


async def test_a_failed_request_is_one_line_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(request: web.Request) -> web.Response:
        raise RuntimeError(f"no chat {request.path}")

    app = web.Application()
    app.router.add_get("/c/{token}", fails)
    runner = web.AppRunner(app, logger=server_log(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    answers = []
    with caplog.at_level(logging.DEBUG):
        for request in (
            f"GET /c/{TOKEN} HTTP/1.1",
            f"GET /c/{TOKEN} HTTP/9.9x",
            f"GET /c/{TOKEN}{'a' * 9_000} HTTP/1.1",
            f"GET /c/{TOKEN}\r\nFORGED LINE",
        ):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(f"{request}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            answers.append((await reader.read())[9:12])
            writer.close()
    await runner.cleanup()
    assert answers == [b"500", b"400", b"400", b"400"]
    (line,) = [r.getMessage() for r in caplog.records if r.name != "asyncio"]
    assert line.startswith("a request failed: RuntimeError at test_server_log.py:")
    assert TOKEN not in caplog.text
    assert "FORGED" not in caplog.text
