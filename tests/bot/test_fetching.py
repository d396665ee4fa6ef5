"""An address in a message leads to the public internet or nowhere, and never to more than the limit."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.fetching import Fetcher, PrivateAddressError, PublicResolver, is_public
from bot.turn.shapes import MediaGoneError, MediaTooLargeError


class Names(AbstractResolver):
    """A name server that says what a test wants."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0)
            for a in self._addresses
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """A server on loopback that gives, refuses, redirects and inflates."""

    async def give(request: web.Request) -> web.StreamResponse:
        what = request.match_info["what"]
        if what == "photo":
            return web.Response(body=b"x" * 1_000, content_type="text/html")
        if what == "endless":
            stream = web.StreamResponse()
            await stream.prepare(request)
            for _ in range(100):
                await stream.write(b"x" * 1_000)
            return stream
        if what == "to-metadata":
            raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")
        if what == "to-file":
            raise web.HTTPFound("file:///etc/passwd")
        if what == "to-photo":
            raise web.HTTPFound("/photo")
        if what == "round":
            raise web.HTTPFound("/round")
        return web.Response(status=int(what))

    application = web.Application()
    application.router.add_get("/{what}", give)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def fetcher(server: str) -> AsyncIterator[Fetcher]:
    made = Fetcher(also=server)
    await made.start()
    yield made
    await made.stop()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.1.2.3", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::",
        "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "fe80::1%eth0", "fec0::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "2001:db8::1", "2001:0:53aa:64c:0:0:80ff:fffe", "nonsense", "",
    ],
)  # fmt: skip
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "118.69.1.1", "2400:cb00:2048:1::6810:1"])
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/a.jpg", "http://[::1]/a.jpg", "http://169.254.169.254/latest",
        "http://2130706433/a.jpg", "http://127.1/a.jpg", "http://0x7f.1/a.jpg",
        "http://localhost/a.jpg", "http://[::ffff:127.0.0.1]/a.jpg", "file:///etc/passwd",
        "ftp://example.com/a.jpg", "gopher://x", "//example.com/a.jpg", "a.jpg", "", "http://",
        "http://8.8.8.8:22/a.jpg", "http://user:password@8.8.8.8/a.jpg", "https://", "http://[",
    ],
)  # fmt: skip
async def test_what_is_not_public_is_gone(fetcher: Fetcher, address: str) -> None:
    with pytest.raises(MediaGoneError) as caught:
        await fetcher.fetch(address, 1_000)
    assert str(caught.value) == ""


@pytest.mark.parametrize("found", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], []])
async def test_a_name_that_leads_inside_is_refused(found: list[str]) -> None:
    with pytest.raises(PrivateAddressError):
        await PublicResolver(Names(*found)).resolve("photos.example", 80)


async def test_a_name_is_looked_up_once_and_the_checked_address_is_used() -> None:
    resolver = PublicResolver(Names("8.8.8.8"))
    assert [r["host"] for r in await resolver.resolve("photos.example", 80)] == ["8.8.8.8"]


async def test_through_the_real_connector_a_private_name_reaches_nobody(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookups: list[str] = []

    async def resolve(self: Any, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        lookups.append(host)
        return await Names("127.0.0.1").resolve(host, port)

    monkeypatch.setattr("bot.fetching.DefaultResolver.resolve", resolve)
    fetcher = Fetcher()
    await fetcher.start()
    with pytest.raises(MediaGoneError):
        await fetcher.fetch("http://photos.example/a.jpg", 1_000)
    await fetcher.stop()
    assert lookups == ["photos.example"]


async def test_the_offices_own_server_may_be_asked_and_nothing_beside_it(
    fetcher: Fetcher, server: str
) -> None:
    assert await fetcher.fetch(f"{server}/photo", 1_000) == b"x" * 1_000
    assert await fetcher.fetch(f"{server}/to-photo", 1_000) == b"x" * 1_000
    for path in ("to-metadata", "to-file", "round"):
        with pytest.raises(MediaGoneError):
            await fetcher.fetch(f"{server}/{path}", 1_000)


@pytest.mark.parametrize("path", ["photo", "endless"])
async def test_nothing_is_read_beyond_the_limit(fetcher: Fetcher, server: str, path: str) -> None:
    with pytest.raises(MediaTooLargeError):
        await fetcher.fetch(f"{server}/{path}", 999)


@pytest.mark.parametrize("status", [403, 404, 410, 451])
async def test_an_address_that_has_ended_is_gone(
    fetcher: Fetcher, server: str, status: int
) -> None:
    with pytest.raises(MediaGoneError):
        await fetcher.fetch(f"{server}/{status}", 1_000)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_trouble_that_may_pass_is_tried_again(
    fetcher: Fetcher, server: str, status: int
) -> None:
    with pytest.raises(OSError, match=str(status)) as caught:
        await fetcher.fetch(f"{server}/{status}", 1_000)
    assert server not in str(caught.value)


async def test_nobody_at_the_other_end_is_tried_again() -> None:
    nobody = "http://127.0.0.1:1"
    fetcher = Fetcher(also=nobody)
    await fetcher.start()
    with pytest.raises(OSError, match="could not be read") as caught:
        await fetcher.fetch(f"{nobody}/secret-path.jpg", 1_000)
    await fetcher.stop()
    assert "secret-path" not in repr(caught.value)
    assert caught.value.__context__ is None
