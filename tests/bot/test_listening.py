"""Connections that say nothing: closed in time, and never so many that others find no room."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.listening import KEPT_FREE, MOST, listen, room


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="xin chào")


@asynccontextmanager
async def served(port: int, *, most: int, idle: float) -> AsyncIterator[None]:
    app = web.Application()
    app.add_routes([web.get("/", hello)])
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=idle, shutdown_timeout=1.0)
    await runner.setup()
    stop = await listen(runner, "127.0.0.1", port, most)
    yield
    await stop()
    await runner.cleanup()


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


async def test_one_more_than_there_is_room_for_is_told_so_and_room_comes_back(
    unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(unused_tcp_port, most=2, idle=600.0):
        silent = [await asyncio.open_connection("127.0.0.1", unused_tcp_port) for _ in range(2)]
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
            assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
            writer.close()
        assert len([r for r in caplog.records if "connections are open" in r.message]) == 1
        assert b"xin ch" in await asked(*silent[0])
        another = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        assert b"xin ch" in await asked(*another)
        silent[1][1].close()


async def test_a_head_that_never_ends_is_not_waited_for(unused_tcp_port: int) -> None:
    async with served(unused_tcp_port, most=10, idle=0.05):
        reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        writer.write(b"POST /c/ HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()


def test_files_are_kept_free_for_the_database_and_the_answers() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = room()
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert now >= soft
    assert found == max(KEPT_FREE // 2, min(MOST, now - KEPT_FREE))
