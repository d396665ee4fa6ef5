"""The guard that keeps tests on this machine."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.loopback import NotLoopbackError


async def test_a_test_that_leaves_this_machine_fails() -> None:
    for host in ("192.0.2.1", "vi-du.example"):
        with pytest.raises(NotLoopbackError):
            await asyncio.open_connection(host, 80)
    with socket.socket() as plain, pytest.raises(NotLoopbackError):
        plain.connect(("192.0.2.1", 80))


async def test_this_machine_is_free() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            reader, writer = await asyncio.open_connection(host, port, family=socket.AF_INET)
            assert await reader.read() == b""
            writer.close()
