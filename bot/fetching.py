"""Fetching a photo from an address that came in a message: from the public internet alone.

Whoever may name an address to be fetched must not reach what stands beside us: loopback,
private and link-local networks, a cloud's metadata. The host is resolved once, every address
it has must be public, and the connection goes to an address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from bot.turn.shapes import MediaGoneError, MediaTooLargeError

MAX_REDIRECTS: Final = 3
FETCH_SECONDS: Final = 60.0
STALLED_SECONDS: Final = 20.0
CONNECT_SECONDS: Final = 10.0
CHUNK: Final = 64 * 1024
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
GONE: Final = range(400, 500)
TRY_LATER: Final = frozenset({408, 425, 429})
INSIDE_SIX: Final = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
)
"""NAT64: an IPv4 address in an IPv6 one, which `is_global` takes for public."""


class PrivateAddressError(OSError):
    """The address is not one of the public internet."""


class Fetcher:
    """Fetches bounded bytes by http or https. `start` before use, `stop` afterwards.

    `also` is an origin («http://127.0.0.1:8081») that may be fetched from though its address
    is private: the channel's own server, where the office has set one.
    """

    def __init__(self, also: str = "") -> None:
        self._also = URL(also).origin() if also else None
        self._session: aiohttp.ClientSession | None = None
        self._own: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connections' pools."""
        if self._session is None:
            self._session = _session(PublicResolver())
            self._own = _session(None)

    async def stop(self) -> None:
        """Close them."""
        for session in (self._session, self._own):
            if session is not None:
                await session.close()
        self._session = self._own = None

    async def fetch(self, address: str, limit: int) -> bytes:
        """Return the bytes at an address.

        Raises MediaGoneError (no such thing, or no address of the public internet),
        MediaTooLargeError (nothing beyond `limit` is kept), OSError to try again. No error
        says the address.
        """
        for _ in range(MAX_REDIRECTS + 1):
            target = _checked(address, self._also)
            if target is None:
                raise MediaGoneError
            found = await self._once(target, limit)
            if isinstance(found, bytes):
                return found
            address = found
        raise MediaGoneError

    async def _once(self, target: URL, limit: int) -> bytes | str:
        """Return the bytes, or where the server sends us instead."""
        session = self._own if target.origin() == self._also else self._session
        if session is None:
            raise OSError("the fetcher is not started")
        trouble = ""
        try:
            async with session.get(target, allow_redirects=False) as response:
                if response.status in REDIRECTS:
                    return str(target.join(URL(response.headers.get("Location", ""))))
                if response.status in GONE and response.status not in TRY_LATER:
                    raise MediaGoneError
                if response.status != 200:  # noqa: PLR2004  (HTTP's own number)
                    raise OSError(f"the photo's server answered {response.status}")
                return await _bounded(response, limit)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateAddressError):
                raise MediaGoneError from None
            trouble = type(error).__name__
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            trouble = type(error).__name__
        # Made here: no context of this error holds the address.
        raise OSError(f"the photo could not be read: {trouble}")


class PublicResolver(AbstractResolver):
    """Resolves hosts; refuses one that has any address which is not public."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """See AbstractResolver; raises PrivateAddressError."""
        found = await self._resolver.resolve(host, port, family)
        if not found or not all(is_public(one["host"]) for one in found):
            raise PrivateAddressError("not a public address")
        return found

    async def close(self) -> None:
        """See AbstractResolver."""
        await self._resolver.close()


def is_public(text: str) -> bool:
    """Say whether an IP address is one of the public internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo:
            inner = address.teredo[1]
        if inner is not None:
            return is_public(str(inner))
        reserved = address.is_reserved or address.is_site_local  # ::/8 holds old forms of IPv4
        if reserved or any(address in network for network in INSIDE_SIX):
            return False
    return address.is_global and not address.is_multicast


def _session(resolver: AbstractResolver | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=16),
        timeout=aiohttp.ClientTimeout(
            total=FETCH_SECONDS, connect=CONNECT_SECONDS, sock_read=STALLED_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,  # a few bytes could become very many
        trust_env=False,
    )


def _checked(address: str, also: URL | None) -> URL | None:
    """Return the URL if it may be asked; the resolver checks names, here are bare addresses."""
    try:
        target = URL(address)
        origin = target.origin()
    except ValueError:
        return None
    if target.scheme not in {"http", "https"} or not target.host or target.user is not None:
        return None
    if origin == also:
        return target
    if target.port not in {80, 443}:
        return None
    bare = target.host.replace(":", "").replace(".", "")
    if ":" in target.host or bare.isdecimal():
        return target if is_public(target.host) else None
    return target


async def bounded_answer(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return what a server answered; ValueError when it is more than `limit` bytes."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise ValueError("the answer is too large")
    return bytes(body)


async def _bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise MediaTooLargeError
    data = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        if len(data) + len(chunk) > limit:
            raise MediaTooLargeError
        data += chunk
    return bytes(data)
